//! APNs to develop, test and benchmark against: it takes pushes over HTTP/2 and TLS as Apple's servers do, with Apple's rules,
//! status codes and reasons, and hands them to virtual devices.
//!
//! A [`Simulator`] listens on three ports of 127.0.0.1:
//!
//! * **development** and **production**, the two APNs environments, each with its own device tokens. The server certificates are
//!   made at the start and carry the names `localhost`, `127.0.0.1` and those of Apple's hosts; [`Simulator::ca_pem`] is the
//!   authority to trust. Providers prove themselves with an ES256 provider token of a key from [`Simulator::mint_key`] or with a
//!   client certificate from [`Simulator::mint_certificate`]; both are really verified.
//! * **control**, plain HTTP/1.1 with JSON, for devices, logs and faults. Each operation is a method of [`Simulator`], too.
//!
//! | control API | |
//! |---|---|
//! | `GET /` | `{"development", "production": port, "caPem", "devices", "pushes"}` |
//! | `POST /devices` `{"bundleID", "environment"}` | 201 `{"deviceID", "tokens": {"apns", "voip"}}`, tokens of 64 hex digits |
//! | `GET /devices/{id}/pushes` | server-sent events: `id:` number of the push, `event: push`, data `{"id", "kind": "voip"\|"alert"\|"background", "topic", "apnsID", "priority", "expiration", "receivedAt": ms, "payload"}`. With `Last-Event-ID` the last 100 delivered pushes can be had again |
//! | `POST /devices/{id}/tokens` `{"kind": "apns"\|"voip"}` | 201 `{"kind", "token"}`: a new token; the old one is unregistered |
//! | `DELETE /devices/{id}` | 204; both tokens are unregistered |
//! | `GET /log?since=N` | `{"entries": […], "next": N}`: the requests after number N, see [`LogEntry`]; 10,000 are kept |
//! | `PUT /faults`, `DELETE /faults` | 204; what goes wrong from now on, see [`Faults`] |
//! | `PUT /tokens/{hex}/script` `[{"status", "reason"?, "timestamp"?, "delayMs"?}, …]` | 204; the answers for the next pushes to this token, see [`ScriptedAnswer`] |
//! | `POST /keys` `{"teamID", "keyID", "environments"?, "topics"?}` | 201 `{"p8"}`: a new provider key |
//! | `POST /certificates` `{"topics", "environments"?}` | 201 `{"certificatePem", "keyPem"}`: a new client certificate |
//! | `POST /provider-tokens/expire` | 204; every provider token seen so far counts as expired |
//!
//! Bad input is answered with 400, an unknown device or token with 404, both with `{"error": {"code", "message"}}`.
//!
//! As with APNs, a push to a device that is not connected is kept only until its expiration, only one for each topic, and is
//! delivered when the device connects.
//!
//! ```
//! use zpns_apns_sim::{Environment, Simulator, SimulatorConfig};
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let simulator = Simulator::start(SimulatorConfig::default()).await?;
//! let p8 = simulator.mint_key("TEAM123456", "KEY1234567", &Environment::ALL, &[])?;
//! let device = simulator.register_device("com.example.app", Environment::Development);
//! assert!(p8.contains("PRIVATE KEY"));
//! assert_eq!(device.tokens.voip.len(), 64);
//! simulator.shutdown().await;
//! # Ok::<(), zpns_apns_sim::SimulatorError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod apple_extensions;
mod authority;
mod config;
mod connection;
mod control;
mod core;
mod device;
mod error;
mod faults;
mod headers;
mod keys;
mod listener;
mod log;
mod mailbox;
mod provider;
mod registry;
mod rejection;
mod rules;
mod simulator;
mod wire;

pub use authority::{CertificatePair, CertificateRequest};
pub use config::SimulatorConfig;
pub use device::{DeviceTokens, RegisteredDevice, TokenKind};
pub use error::SimulatorError;
pub use faults::{Faults, ScriptedAnswer};
pub use log::{AuthKind, LogEntry, LogPage};
pub use mailbox::{Push, PushKind, PushStream};
pub use simulator::Simulator;
pub use zpns_protocol::Environment;
