//! Makes a [`zpns_core::Core`] run: hands it what happens, carries out its effects in order, tells it what failed. It decides nothing,
//! starts no thread and knows no async runtime, so the same code runs in an app, in a test and in a browser.
//!
//! * [`Driver`]: one core with its ports. Use it from one thread at a time; a port may call it back.
//! * [`Platform`], [`Storage`], [`Network`], [`Scheduler`], [`Clock`]: what a host provides.
//!
//! Used by `zpns-client` (an app: one background thread, reqwest, files) and `zpns-phone` (the model of an iPhone).
#![forbid(unsafe_code)]

mod driver;
mod error;
mod failure;
mod perform;
mod ports;
pub mod server_events;

pub use driver::Driver;
pub use error::DriverError;
pub use ports::{
    Clock, Network, Platform, Polled, PortError, Ports, Scheduler, Storage, SystemClock,
};
pub use zpns_core as core;
pub use zpns_core::effect::{
    CallRequest, CallUpdate, DtmfKind, EndedReason, Event, Handle, HttpMethod, HttpRequest,
    LocalNotification, LogEntry, LogLevel, ProviderConfiguration, PushRequest, RequestedAction,
    StreamRequest,
};
pub use zpns_core::{
    ActionKind, AppFacts, CallAction, Code, EventKind, HttpFailure, HttpResponse, Input,
    NotificationKind, StreamItem, SystemError, SystemEvent, TokenKind,
};
pub use zpns_protocol::{call_uuid, push_config::HandleType};
