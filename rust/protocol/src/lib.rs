//! What crosses the network between a phone, the gateway and a caller's server.
//!
//! Types and names only: no IO, no decisions. Both ends use these types, so a key, a limit or an enum value has one home.
//!
//! * [`call_uuid`]: the one UUID that a call ID has everywhere
//! * [`Environment`]: which APNs a device token belongs to
//! * [`push_config`]: what a caller says about a push (`ZIMPushConfig`)
//! * [`payload`]: the JSON inside a VoIP push
//! * [`registration`]: a device and its tokens become a [`PushId`]
//! * [`calls`], [`pushes`]: the gateway's HTTP bodies
#![forbid(unsafe_code)]

mod call_id;
pub mod calls;
mod environment;
pub mod errors;
pub mod payload;
pub mod push_config;
mod push_id;
pub mod pushes;
pub mod registration;

pub use call_id::{CALL_NAMESPACE, CallId, InvalidCallId, call_uuid, parse_uuid};
pub use environment::Environment;
pub use push_id::{InvalidPushId, LocalPushId, PushId};
