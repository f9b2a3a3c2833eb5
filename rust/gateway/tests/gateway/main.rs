//! The gateway as a whole: real sockets, real SQLite, the APNs simulator.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub
)]

mod auth;
mod bad_input;
mod calls;
mod cancels;
mod cli;
mod events;
mod idempotency;
mod openapi;
mod operations;
mod pushes;
mod registration;
mod restart;
mod user_events;
mod world;
