//! Every decision on the phone, as a state machine: what happened goes in, what to do comes out.
//!
//! No IO, no clock, no thread, no randomness of its own: the same inputs give the same effects, so every rule about calls, tokens and
//! events can be driven by a property test. Shells (the client, Swift, TypeScript) carry out effects in order and decide nothing.
//!
//! ```
//! use zpns_core::{AppFacts, Core, Effect, Input, Stored};
//!
//! let app = AppFacts { bundle_id: "com.example.app".into(), app_name: "Example".into(), ..AppFacts::default() };
//! let now = 1_764_000_000_000;
//! let mut core = Core::new(app, Stored::Empty, [7; 32], now);
//! core.start(now);
//! let effects = core.handle(Input::VoipPush { payload: br#"{"call_id":"call-42"}"#, must_report: true }, now);
//! assert!(matches!(effects.first(), Some(Effect::Call(_))), "whatever came, the report is the first thing to do");
//! ```
//!
//! The parts: [`environment`] and [`mod@registration`] (which APNs, which tokens, what the gateway knows), `calls` (from the push to the end of
//! a call), `mailbox` (events that wait for JavaScript), [`command`] (what JavaScript may ask for).
#![forbid(unsafe_code)]

mod account;
mod app;
mod backoff;
mod by_time;
mod calls;
mod calls_changed;
mod clocks;
pub mod command;
mod context;
mod core;
mod diagnosis;
pub mod effect;
mod entropy;
pub mod environment;
pub mod error;
mod event;
mod input;
pub mod json_path;
mod keep_awake;
mod mailbox;
mod nesting;
mod notification;
mod other_calls;
pub mod registration;
mod returned_event;
mod store;
mod timers;
mod token;

pub use crate::app::{AppFacts, unnamed_caller};
pub use crate::clocks::Time;
pub use crate::core::{Core, Stored};
pub use crate::effect::{CallRequest, Effect, Event, PushRequest};
pub use crate::entropy::Entropy;
pub use crate::error::{Code, Error, SystemError};
pub use crate::event::{EventKind, Keep};
pub use crate::input::{
    ActionKind, CallAction, HttpFailure, HttpResponse, Input, NotificationKind, StreamItem,
    SystemEvent, TokenKind,
};
pub use crate::store::Snapshot;

/// Version of this library, as `getVersion` answers it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
