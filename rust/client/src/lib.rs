//! Runs the core in an app: a [`zpns_driver::Driver`] with one background thread, HTTP and TLS. It decides nothing.
//!
//! * [`Client`]: one per process. What happens goes in, and before the call returns its effects were carried out, in order, on the
//!   calling thread. A VoIP push is therefore reported before [`Client::voip_push`] returns.
//! * [`Platform`], [`Storage`], [`Clock`]: what the operating system and the app provide. They are called one effect at a time, from any
//!   thread; [`Storage::save`] and [`Platform::log`] also beside an effect.
//! * Timers, HTTP, server-sent events and saving run on one background thread that is started when the first of them is needed. Until
//!   then there is no runtime, no socket and no TLS: [`Client::start`] is cheap enough for the launch of an app.
//!
//! Used by `zpns-ffi` (Swift) and, as the real client, by the end-to-end tests and the benchmarks.
#![forbid(unsafe_code)]

mod background;
mod client;
mod connections;
mod date;
mod engine;
mod error;
mod gate;
mod http;
mod retry_after;
mod stream;
mod tls;
mod work_queue;
mod worker;

pub use client::Client;
pub use error::ClientError;
pub use zpns_driver::core;
pub use zpns_driver::server_events;
pub use zpns_driver::{
    ActionKind, AppFacts, CallAction, CallRequest, CallUpdate, Clock, Code, DtmfKind, EndedReason,
    Event, EventKind, Handle, HandleType, LocalNotification, LogEntry, LogLevel, NotificationKind,
    Platform, PortError, ProviderConfiguration, PushRequest, RequestedAction, Storage, SystemClock,
    SystemError, SystemEvent, TokenKind, call_uuid,
};
