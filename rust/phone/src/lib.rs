//! A virtual iPhone with one app on it: PushKit, CallKit and UserNotifications behind [`zpns_client`]'s ports, so that the very code that
//! runs on a device runs on a laptop and in CI, where PushKit and CallKit do not exist.
//!
//! * [`VirtualPhone`]: owns what outlives the app (files, tokens, calls on the screen, permission), starts and kills the app's process,
//!   and is the user's hands.
//! * [`Timeline`]: everything that happened, typed ([`Happening`]), to read and to wait on.
//! * [`PhoneOptions`]: iOS version, signing, APNs simulator, how strict and how slow the system is.
//! * [`App`], [`Launcher`]: the app itself; by default it is [`zpns_client::Client`], nothing else.
//!
//! It is as strict as iOS. An app that gets a VoIP push and returns without reporting a call is killed, and after three times PushKit
//! delivers no more until it is installed anew. An end that is reported before the report completed is lost. An action is settled once,
//! before its deadline. Everything that iOS says to the app is said on one serial queue, never from within a call of the app.
#![forbid(unsafe_code)]

mod app;
mod callkit;
mod clock;
mod delivery;
mod device;
mod error;
mod hands;
mod happening;
mod javascript;
mod life;
mod notifications;
mod options;
mod phone;
mod platform;
mod pushkit;
mod queue;
mod schedule;
mod simulator;
mod storage;
mod timeline;
mod tokens;
mod upper;

pub use zpns_client::core::TokenKind;
pub use zpns_client::{self as client};

pub use crate::app::{App, Launch, Launcher, Library};
pub use crate::callkit::{ActionName, Call, CallState, EndCause, Origin, Others, Recent};
pub use crate::device::Tokens;
pub use crate::error::PhoneError;
pub use crate::happening::{DropReason, Happening, KillReason, LaunchedBy, PushKind};
pub use crate::javascript::{JsMessage, JsSink};
pub use crate::notifications::Notification;
pub use crate::options::{Permission, PhoneOptions, Signing};
pub use crate::phone::{AppState, Snapshot, VirtualPhone};
pub use crate::timeline::{Entry, NotYet, Observer, Timeline};
