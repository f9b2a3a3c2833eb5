//! Phones, a gateway and the world between them, in memory: the phones of `zpns-phone` with the real core on them, and a gateway made of
//! the rules of `zpns-calls`, behind JSON commands. Compiled to WebAssembly it is what `react-native-zpns/jest`, the demo and the
//! browser run; as a Rust library it plays the scenario files.
//!
//! Nothing here decides about calls: the phone's rules are the core's, the gateway's are `zpns-calls`'.
//!
//! * [`World`]: phones, a gateway, one clock. Everything that is caused happens before a command returns.
//! * [`run`]: carries a command out; its documentation lists them.
//! * [`Message`]: what a world tells.
#![deny(unsafe_code)]

#[cfg(target_arch = "wasm32")]
mod abi;
mod command;
mod gateway;
mod message;
mod run;
mod traffic;
mod world;

pub use message::{JsAnswer, JsEvent, Message, OutsideRequest, RequestEntry, StreamNumber};
pub use run::run;
pub use world::{START, World};
