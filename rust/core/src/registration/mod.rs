//! From push tokens to a pushID.
//!
//! `registerPush` asks for tokens; once those asked for are there, or [`GATHER_MS`] have passed, what is known (tokens, environment, user, app)
//! becomes one registration. With a gateway it is sent there, one request at a time, the newest facts winning, again and again until it
//! worked. Without one the pushID describes the device itself.

mod badge;
mod commands;
mod facts;
mod machine;
mod removal;
mod report;
mod stored;
mod tokens;

pub(crate) use machine::Registration;
pub(crate) use stored::StoredRegistration;

/// How long to wait for the second token once registration was asked for, in milliseconds.
pub const GATHER_MS: u64 = 5_000;
