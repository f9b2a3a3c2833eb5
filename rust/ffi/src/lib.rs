//! The client for Swift (and, in tests, Python), through uniffi. A bridge and no API: it decides nothing, and only this crate knows uniffi.
//!
//! * The types that cross are the client's own; `calls`, `pushes`, `system` and `app` only tell uniffi their shape once more. A field that
//!   is missing there does not compile.
//! * Every exported function returns a `Result`: uniffi turns a panic inside such a function into an error that Swift can catch, and into
//!   a crash everywhere else.
//! * Ports are synchronous and fallible. One that throws something undeclared has failed like any other.

mod app;
mod calls;
mod client;
mod codes;
#[cfg(feature = "contract-test")]
mod contract_test;
mod error;
mod ports;
mod pushes;
mod system;

pub use client::Client;
pub use codes::{ErrorCode, call_uuid, error_codes, unnamed_caller, version};
#[cfg(feature = "contract-test")]
pub use contract_test::panic_on_purpose;
pub use error::ClientError;
pub use ports::{Platform, PortError, Storage};

uniffi::setup_scaffolding!();
