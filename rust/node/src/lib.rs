//! A virtual iPhone under Node: [`zpns_phone::VirtualPhone`] as one class. Structured values cross as JSON text, which TypeScript
//! (`src/simulator`) gives types. Nothing here decides anything.
//!
//! What happens on the phone comes through one function, as [`Message`]s. It is weak, so a phone does not keep Node running, and there
//! are no statics: every worker and every jest registry that loads the addon has phones of its own.
// Safety of the boundary is napi's; `forbid` would refuse the code that its macros make.
#![deny(unsafe_code)]

mod message;
mod phone;
