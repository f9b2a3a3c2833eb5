//! apns-sim
