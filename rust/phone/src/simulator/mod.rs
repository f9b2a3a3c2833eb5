//! The phone's line to an APNs simulator: this installation is a device there, and its pushes come as server-sent events.

mod control;
mod follow;
mod server_events;

pub(crate) use self::follow::{Order, follow};
