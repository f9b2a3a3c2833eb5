//! What a VoIP push says, and what is decided about it. Pure: nothing here knows the calls of this phone.

mod decision;
mod log;
mod loose;
mod payload;

pub(super) use self::decision::{Decision, Known, Why, decide};
pub(super) use self::log::{LoggedPush, PushLog};
pub(super) use self::payload::Push;
