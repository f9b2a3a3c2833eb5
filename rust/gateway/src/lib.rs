//! The self-hosted push gateway: devices register and get a pushID, servers send pushes and call invitations, and the gateway talks to APNs.
//!
//! [`server::Gateway`] is a running one; the binary `zpns` is [`cli`]. Inside:
//!
//! * [`http`]: the API, version 1
//! * [`auth`]: user tokens, API keys, follow tokens
//! * [`calls`]: call invitations, under the rules of [`zpns_calls`]
//! * [`dispatch`]: from durable deliveries to APNs
//! * [`store`]: what must survive
#![forbid(unsafe_code)]

pub mod auth;
pub mod calls;
pub mod cli;
pub mod clock;
pub mod credentials;
pub mod dev;
pub mod dispatch;
pub mod http;
pub mod limits;
pub mod metrics;
pub mod model;
pub mod random;
pub mod refusal;
pub mod seal;
pub mod server;
pub mod setup;
pub mod store;
pub mod streams;

pub use server::{Config, Gateway, StartError};
