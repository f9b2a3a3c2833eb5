use std::time::Duration;

use zpns_protocol::Environment;

use crate::Credential;

/// Where APNs is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// A host name, which the server's certificate must carry, or an IP address.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

impl Endpoint {
    /// Apple's own host for an environment, port 443.
    pub fn apple(environment: Environment) -> Self {
        let host = match environment {
            Environment::Development => "api.sandbox.push.apple.com",
            Environment::Production => "api.push.apple.com",
        };
        Self::new(host, 443)
    }

    /// Any other host: port 2197 of Apple's, a proxy, or the simulator.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
        }
    }
}

/// Whom the client trusts to be APNs.
#[derive(Clone, Debug)]
pub enum TrustRoots {
    /// The authorities that this operating system trusts.
    Platform,
    /// Only these, one or more certificates in PEM. For the simulator, or to pin.
    Pem(Vec<u8>),
}

/// What a [`crate::Client`] needs to know. One client speaks for one credential at one host.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// The key or certificate.
    pub credential: Credential,
    /// The host and port.
    pub endpoint: Endpoint,
    /// Whom to trust.
    pub roots: TrustRoots,
    /// How many connections to open at most, at least 1. A further one is opened when the others are busy.
    pub connections: usize,
    /// How long one notification may take in all: waiting for a stream, sending, sending again.
    pub request_timeout: Duration,
    /// How long opening a connection may take: TCP, TLS and HTTP/2.
    pub connect_timeout: Duration,
    /// How often an idle connection is tested with PING. Apple asks to keep connections open and allows a PING an hour; shorter
    /// keeps the entry in NAT tables alive.
    pub keep_alive: Duration,
    /// How often a notification is sent again after a connection broke while it was under way and APNs may have processed it.
    /// What APNs certainly did not process is sent again for as long as `request_timeout` lasts.
    pub resends: u32,
}

impl ClientConfig {
    /// The usual settings: the platform's trust, 2 connections, 10 s for a request, 5 s to connect, PING every 5 minutes,
    /// 3 resends.
    pub fn new(credential: Credential, endpoint: Endpoint) -> Self {
        Self {
            credential,
            endpoint,
            roots: TrustRoots::Platform,
            connections: 2,
            request_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(5),
            keep_alive: Duration::from_mins(5),
            resends: 3,
        }
    }
}

/// A configuration that cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The host is neither a DNS name nor an IP address.
    #[error(
        "{host:?} is not a host name: give a name such as api.push.apple.com, without https:// and without a port"
    )]
    BadHost {
        /// What was given.
        host: String,
    },
    /// No connection may be opened.
    #[error("connections must be at least 1")]
    NoConnections,
    /// The trusted certificates cannot be read, or there are none.
    #[error("no certificate to trust: give one or more certificates in PEM")]
    BadRoots,
    /// The operating system's trust store cannot be used.
    #[error(
        "this system's trusted certificates cannot be used ({0}): install ca-certificates or give a CA file"
    )]
    PlatformRoots(String),
}
