//! Phone and gateway together.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod back_off;
mod calls;
mod devices;
mod environment;
mod limits;
mod outages;
mod push_faults;
mod races;
mod registration;
mod retries;
mod simulator;
mod streams;
mod unkind_phone;
mod unlocking;
mod user_tokens;
mod woken;
