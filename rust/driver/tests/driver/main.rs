//! The driver with the real core and a host that remembers what it was asked.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

mod failing_ports;
mod host;
mod order;
mod saving;
mod shut_down;
mod streams;
mod ticks;
