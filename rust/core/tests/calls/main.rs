//! Calls, through the public entry points: inputs in, effects out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod actions;
mod calls_changed;
mod clock;
mod control;
mod follow;
mod gateway;
mod invitation;
mod inviting;
mod pushes;
#[path = "../support/mod.rs"]
mod support;
mod user_token;
