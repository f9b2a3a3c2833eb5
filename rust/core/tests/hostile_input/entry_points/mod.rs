//! The entry points by which bytes of others come in. Each has a `check` that takes any bytes, plays them, and asserts what must hold whatever they
//! are; it gives the longest time that the core worked on one input. The corpus test gives it hostile documents, `fuzz/` what libFuzzer finds.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

pub mod commands;
pub mod gateway;
pub mod notification;
pub mod payload;
pub mod phone;
pub mod profile;
pub mod stored;
pub mod work;
