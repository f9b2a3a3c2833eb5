//! Options that several commands share. Each can also be given as an environment variable `ZPNS_…`.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use zpns_apns::Endpoint;
use zpns_protocol::Environment;

use super::output::Failure;
use crate::dispatch::apns::Endpoints;
use crate::limits::Limits;
use crate::seal::MasterKey;
use crate::server::Config;
use crate::store::Store;

/// Where the database and its key are.
#[derive(Debug, Args)]
pub(super) struct StoreOptions {
    /// Folder of the database and the master key.
    #[arg(
        long,
        env = "ZPNS_DATA",
        default_value = "zpns-data",
        value_name = "DIR"
    )]
    data: PathBuf,
    /// Database file, if it is not zpns.db in the data folder.
    #[arg(long, env = "ZPNS_DATABASE", value_name = "FILE")]
    database: Option<PathBuf>,
    /// Master key: 32 bytes in base64. Without one the file master.key beside the database holds it, and is made if there is none.
    #[arg(
        long,
        env = "ZPNS_MASTER_KEY",
        value_name = "BASE64",
        hide_env_values = true
    )]
    master_key: Option<String>,
}

impl StoreOptions {
    /// A configuration with these and defaults.
    pub(super) fn config(&self) -> Config {
        let config = Config::in_folder(&self.data);
        let database = self
            .database
            .clone()
            .unwrap_or_else(|| config.database.clone());
        Config {
            database,
            master_key: self.master_key.clone(),
            ..config
        }
    }

    /// Opens the database and the master key. Works beside a running gateway.
    pub(super) fn open(&self) -> Result<(Store, MasterKey), Failure> {
        let config = self.config();
        Ok((Store::open(&config.database)?, config.master_key()?))
    }
}

/// Where APNs is.
#[derive(Debug, Args)]
pub(super) struct ApnsOptions {
    /// Host and port in place of api.sandbox.push.apple.com:443, for a simulator.
    #[arg(long = "apns-development", env = "ZPNS_APNS_DEVELOPMENT", value_name = "HOST:PORT", value_parser = endpoint)]
    development: Option<Endpoint>,
    /// Host and port in place of api.push.apple.com:443, for a simulator.
    #[arg(long = "apns-production", env = "ZPNS_APNS_PRODUCTION", value_name = "HOST:PORT", value_parser = endpoint)]
    production: Option<Endpoint>,
    /// Certificates (PEM) to trust instead of the system's, for a simulator.
    #[arg(long = "apns-ca-file", env = "ZPNS_APNS_CA_FILE", value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

impl ApnsOptions {
    pub(super) fn endpoints(&self) -> Endpoints {
        let or_apple = |given: &Option<Endpoint>, environment| {
            given
                .clone()
                .unwrap_or_else(|| Endpoint::apple(environment))
        };
        Endpoints {
            development: or_apple(&self.development, Environment::Development),
            production: or_apple(&self.production, Environment::Production),
            ca_file: self.ca_file.clone(),
        }
    }
}

fn endpoint(text: &str) -> Result<Endpoint, String> {
    let (host, port) = text
        .rsplit_once(':')
        .ok_or("give host and port, as localhost:2197")?;
    let port = port
        .parse()
        .map_err(|_| "the port is a number up to 65535")?;
    if host.is_empty() {
        Err("the host is missing".into())
    } else {
        Ok(Endpoint::new(host, port))
    }
}

/// How the gateway runs.
#[derive(Debug, Args)]
pub(super) struct RunOptions {
    /// Address to listen on. Put a proxy with TLS in front.
    #[arg(
        long,
        env = "ZPNS_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "IP:PORT"
    )]
    listen: SocketAddr,
    /// Where phones reach the gateway, as https://push.example.com. It goes into the pushes.
    #[arg(long, env = "ZPNS_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    #[command(flatten)]
    apns: ApnsOptions,
    /// How long APNs may take to answer one push, in seconds.
    #[arg(
        long,
        env = "ZPNS_APNS_TIMEOUT",
        default_value = "10",
        value_name = "SECONDS"
    )]
    apns_timeout: NonZeroU32,
    /// Try a token that APNs does not know once in the other environment, and store where it was known.
    #[arg(long, env = "ZPNS_PROBE", value_parser = clap::builder::BoolishValueParser::new())]
    probe_other_environment: bool,
    /// Requests per second of one API key or user.
    #[arg(
        long,
        env = "ZPNS_REQUESTS_PER_SECOND",
        default_value = "20000",
        value_name = "N"
    )]
    requests_per_second: NonZeroU32,
    /// Invitations per minute of one caller.
    #[arg(
        long,
        env = "ZPNS_INVITATIONS_PER_CALLER",
        default_value = "120",
        value_name = "N"
    )]
    invitations_per_caller: NonZeroU32,
    /// Invitations per minute to one callee.
    #[arg(
        long,
        env = "ZPNS_INVITATIONS_PER_CALLEE",
        default_value = "60",
        value_name = "N"
    )]
    invitations_per_callee: NonZeroU32,
    /// Deliveries that may wait for APNs before new ones are answered with 503.
    #[arg(long, env = "ZPNS_BACKLOG", default_value = "100000", value_name = "N")]
    backlog: usize,
    /// Event streams that may be open at once.
    #[arg(
        long,
        env = "ZPNS_FOLLOWERS",
        default_value = "20000",
        value_name = "N"
    )]
    followers: usize,
    /// Streams of all calls of one user that may be open at once: one more ends the oldest.
    #[arg(
        long,
        env = "ZPNS_STREAMS_PER_USER",
        default_value = "50",
        value_name = "N"
    )]
    streams_per_user: NonZeroU32,
}

impl RunOptions {
    pub(super) fn config(&self, store: &StoreOptions) -> Config {
        Config {
            listen: self.listen,
            public_url: self.public_url.clone(),
            apns: self.apns.endpoints(),
            apns_timeout: Duration::from_secs(self.apns_timeout.get().into()),
            probe_other_environment: self.probe_other_environment,
            limits: Limits {
                requests_per_second: self.requests_per_second,
                invitations_per_caller: self.invitations_per_caller,
                invitations_per_callee: self.invitations_per_callee,
                backlog: self.backlog,
                followers: self.followers,
                streams_per_user: self.streams_per_user,
            },
            ..store.config()
        }
    }
}
