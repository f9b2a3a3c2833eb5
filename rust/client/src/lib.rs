//! Drives [`zpns_core`]: gives it time, network and storage, and carries out what it asks for. It decides nothing.
//!
//! * [`Client`]: one per process. What happens goes in, and before the call returns its effects were carried out, in order, on the
//!   calling thread. A VoIP push is therefore reported before [`Client::voip_push`] returns.
//! * [`Platform`], [`Storage`], [`Clock`]: what the operating system and the app provide.
//! * Timers, HTTP, server-sent events and saving run on one background thread that is started when the first of them is needed. Until
//!   then there is no runtime, no socket and no TLS: [`Client::start`] is cheap enough for the launch of an app.
#![forbid(unsafe_code)]

mod background;
mod client;
mod clock;
mod effects;
mod error;
mod http;
mod ports;
mod retry_after;
mod saver;
mod server_events;
mod shared;
mod stream;
mod streams;
mod tls;
mod turns;

pub use client::Client;
pub use clock::{Clock, SystemClock};
pub use error::ClientError;
pub use ports::{Platform, PortError, Storage};
pub use zpns_core as core;
pub use zpns_core::effect::{
    CallRequest, CallUpdate, DtmfKind, EndedReason, Event, Handle, LocalNotification, LogEntry,
    LogLevel, ProviderConfiguration, PushRequest, RequestedAction,
};
pub use zpns_core::{
    ActionKind, AppFacts, CallAction, Code, EventKind, NotificationKind, SystemError, SystemEvent,
    TokenKind,
};
pub use zpns_protocol::{call_uuid, push_config::HandleType};
