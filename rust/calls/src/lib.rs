//! The rules of the gateway about calls, invitations and devices. Pure: values in, values out.
//!
//! It has no IO, no clock, no storage, no randomness and no cryptography: whoever uses it brings `now`, new IDs and signatures, and keeps
//! the rows. Two gateways use it, so that both answer with the same statuses, codes and words: `zpns-gateway`, which ships, and the gateway
//! in memory of `zpns-kit`.
//!
//! * [`auth`]: who asks, what their token must say, and what they may do
//! * [`check`]: whether the body of a request can be used
//! * [`invitation`]: begins a call
//! * [`machine`]: what happens to a call
//! * [`push`]: what a device is sent, and where
//! * [`late`], [`cancel`]: who is sent an invitation later, and who is told that it is over
//! * [`user_events`]: what a user's stream brings, and where it goes on
//! * [`devices`]: what a registration changes
//! * [`CallError`]: why a request is refused
#![forbid(unsafe_code)]

pub mod auth;
pub mod cancel;
pub mod check;
pub mod device;
pub mod devices;
mod error;
#[cfg(test)]
mod examples;
pub mod invitation;
pub mod late;
pub mod machine;
pub mod push;
pub mod strategy;
pub mod user_events;

pub use error::CallError;
