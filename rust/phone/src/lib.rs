//! The model of an iPhone with one app on it: process life, PushKit, CallKit, UserNotifications, files, and the app's way to the network,
//! behind [`zpns_driver`]'s ports, so that the very code that runs on a device runs where PushKit and CallKit do not exist.
//!
//! No IO, no threads, no randomness and no clock of its own: seed and time are parameters, so a story replays bit for bit. A host moves
//! the clock, carries what the app asks of the network, and says [`VirtualPhone::settle`] after what it did. Used by `zpns-kit` (tests of
//! apps, the demo, the browser) and by `zpns-e2e` (real time, real client, real network).
//!
//! * [`VirtualPhone`]: owns what outlives the app (files, tokens, calls on the screen, permission), starts and kills the app's process,
//!   and is the user's hands.
//! * [`Timeline`]: everything that happened, as [`TimelineEvent`]s.
//! * [`PhoneOptions`]: iOS version, signing, how strict and how slow the system is.
//! * [`App`], [`Launcher`]: the app itself; by default it is the library's driver, nothing else.
//!
//! It is as strict as iOS. An app that gets a VoIP push and returns without reporting a call is killed, and after three times PushKit
//! delivers no more until it is installed anew. An end that is reported before the report completed is lost. An action is settled once,
//! before its deadline. Everything that iOS says to the app is said in order, never from within a call of the app.
#![forbid(unsafe_code)]

mod app;
mod callkit;
mod clock;
mod delivery;
mod device;
mod error;
mod javascript;
mod network;
mod notifications;
mod options;
mod phone;
mod platform;
mod process;
mod pushkit;
mod queue;
mod schedule;
mod storage;
mod suspension;
mod timeline;
mod timeline_event;
mod tokens;
mod upper;
mod user;

pub use zpns_driver as driver;
pub use zpns_driver::core::TokenKind;

pub use crate::app::{App, Launch, Launcher, Library};
pub use crate::callkit::{
    ActionName, AudioActivation, Call, CallState, EndCause, IncomingCallError, Origin,
    OtherCallChange, Others, Recent, RecentKind,
};
pub use crate::device::Tokens;
pub use crate::error::PhoneError;
pub use crate::javascript::{JsMessage, JsSink};
pub use crate::network::{NetworkAnswer, NetworkChange, NetworkRequest, NetworkRequestKind};
pub use crate::notifications::Notification;
pub use crate::options::{Permission, PhoneOptions, Signing};
pub use crate::phone::{AppState, Snapshot, VirtualPhone};
pub use crate::storage::StorageChange;
pub use crate::timeline::{Entry, Observer, Timeline};
pub use crate::timeline_event::{DropReason, KillReason, LaunchedBy, PushKind, TimelineEvent};
