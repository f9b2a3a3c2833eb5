//! The core against hostile bytes, at every entry point by which the bytes of others come in: never a panic, always a decision, in bounded time and
//! memory.
//!
//! `entry_points` says what must hold whatever the bytes are, and is what `fuzz/` drives too; `documents` has the documents; the other files say
//! more where more is known: which field of a push or a method may be of which type.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod allocations;
mod corpus;
mod documents;
mod entry_points;
mod fields;
mod growth;
mod limits;
mod parameters;
mod stored_fields;
