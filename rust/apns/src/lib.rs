//! A client for the Apple Push Notification service, the part that a provider runs.
//!
//! [`Client::send`] takes one [`Notification`] and answers with what APNs said about it: [`Accepted`], or a [`SendError`] that
//! tells a dead device from a wrong credential from a broken line. Everything between, connections, streams, provider tokens, and
//! the notifications that APNs handed back unprocessed, is the client's own business:
//!
//! * Connections are opened when there is something to send, at most [`ClientConfig::connections`] of them, kept alive with PING
//!   and replaced when the server says GOAWAY. `TCP_NODELAY` is always set.
//! * APNs changes the number of streams that it allows while a connection lives: one before it accepted a provider token, one
//!   again after a rejected token, hundreds in between. The client follows the current number; what does not fit waits its turn.
//! * A stream that was refused, or that lies above GOAWAY's last stream, was not processed (RFC 9113, 6.8 and 8.7) and is sent
//!   again. A notification that was under way on a line that broke may have been processed; it is sent again a few times under the
//!   same `apns-id`, and if that does not help the error says that it is ambiguous.
//! * One provider token is minted about every 50 minutes and shared by all connections.
//!
//! ```no_run
//! use zpns_apns::{Client, ClientConfig, Credential, DeviceToken, Endpoint, Environment, Notification, ProviderKey, PushType};
//!
//! # async fn ring(p8: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! let key = ProviderKey::from_p8(p8, "TEAM123456", "KEY1234567")?;
//! let client = Client::new(ClientConfig::new(Credential::Token(key), Endpoint::apple(Environment::Production)))?;
//! let token: DeviceToken = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00".parse()?;
//! let push = Notification::new(token, "com.example.app.voip", PushType::Voip, r#"{"call_id":"call-42"}"#);
//! match client.send(push).await {
//!     Ok(accepted) => println!("APNs took it as {}", accepted.apns_id),
//!     Err(error) => println!("{error}"),
//! }
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod certificate;
mod certificate_facts;
mod client;
mod config;
mod connection;
mod credential;
mod device_token;
mod error;
mod hex;
mod lifetime;
mod notification;
mod pool;
mod provider_key;
mod provider_token;
mod reason;
mod request;
mod tls;

pub use certificate::CertificateIdentity;
pub use certificate_facts::CertificateFacts;
pub use client::{Client, Statistics};
pub use config::{ClientConfig, ConfigError, Endpoint, TrustRoots};
pub use credential::{Credential, CredentialError};
pub use device_token::{DeviceToken, InvalidDeviceToken};
pub use error::{Accepted, Rejection, SendError};
pub use notification::{
    ALERT_PAYLOAD_LIMIT, Notification, NotificationError, Priority, PushType, VOIP_PAYLOAD_LIMIT,
};
pub use provider_key::ProviderKey;
pub use reason::{Class, Reason};
pub use zpns_protocol::Environment;
