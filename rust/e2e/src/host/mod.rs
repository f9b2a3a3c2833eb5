//! What the model of an iPhone needs to run by itself: a thread, the system's clock, the real client as its app, and a connection to an
//! APNs simulator. It carries and decides nothing.
//!
//! * [`HostedPhone`]: a phone that runs
//! * [`HostOptions`]: which phone, which simulator, whose clock

mod client_app;
mod error;
mod hosted_phone;
mod options;
mod phone_thread;
mod simulator;
mod timed_phone;
mod timeline_watch;

pub use self::error::HostError;
pub use self::hosted_phone::HostedPhone;
pub use self::options::HostOptions;
pub use self::timeline_watch::DidNotHappen;
