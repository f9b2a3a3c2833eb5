//! From tokens to a pushID, through the public entry points: inputs in, effects out.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod asking;
mod damaged_state;
mod facts;
mod giving_up;
mod phone;
mod refusals;
mod relaunch;
mod tokens;
