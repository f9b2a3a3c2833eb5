//! Phones, a gateway and the world between them, in memory: the phones of `zpns-phone` with the real core on them, and a gateway made of
//! the rules of `zpns-calls`, behind JSON commands. Compiled to WebAssembly it is what `react-native-zpns/jest`, the demo and the
//! browser run; as a Rust library it plays the scenario files.
//!
//! Nothing here decides about calls: the phone's rules are the core's, the gateway's are `zpns-calls`'.
//!
//! * [`World`]: phones, a gateway, one clock. Everything that is caused happens before a command returns.
//! * [`Command`], [`Message`]: what a world is told, and what it tells, as JSON.
#![deny(unsafe_code)]

#[cfg(target_arch = "wasm32")]
mod abi;
mod command;
mod gateway;
mod message;
mod run;
mod traffic;
mod world;

pub use command::{
    Command, FailureName, GatewayCommand, Invitation, NetworkRoute, OutsideAnswer, OutsideItem,
    PhoneCommand, ScriptedAnswer, TokenName, WorldCommand,
};
pub use message::{JsAnswer, JsEvent, Message, OutsideRequest, RequestEntry, StreamNumber};
pub use run::run;
pub use world::{KitError, START, World};
