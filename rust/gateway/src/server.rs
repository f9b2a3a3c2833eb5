//! A running gateway: everything put together and taken apart again.

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::auth::follow_token::FollowTokens;
use crate::calls::Calls;
use crate::dispatch::apns::{Apns, Endpoints};
use crate::dispatch::cancel::CancelPushes;
use crate::dispatch::{Dispatcher, Lanes};
use crate::http::{self, Services};
use crate::limits::{Limits, Meter};
use crate::metrics;
use crate::seal::{MasterKey, MasterKeyError};
use crate::store::{OpenError, Store};
use crate::streams::Streams;

/// How long requests and deliveries under way may take when the gateway goes down.
const GRACE: Duration = Duration::from_secs(10);
const FORGET_IDLE_EVERY: Duration = Duration::from_mins(1);

/// What a gateway needs.
#[derive(Clone, Debug)]
pub struct Config {
    /// The database file.
    pub database: PathBuf,
    /// The master key in base64; without one the file `master.key` beside the database holds it.
    pub master_key: Option<String>,
    /// Where to listen. Port 0: any free one.
    pub listen: SocketAddr,
    /// Where phones reach the gateway; without one, the listening address.
    pub public_url: Option<String>,
    /// Where APNs is.
    pub apns: Endpoints,
    /// How long APNs may take to answer one push.
    pub apns_timeout: Duration,
    /// Whether a token that APNs does not know is tried once in the other environment.
    pub probe_other_environment: bool,
    /// How much it takes.
    pub limits: Limits,
}

impl Config {
    /// The defaults, with the database in this folder.
    pub fn in_folder(folder: &std::path::Path) -> Self {
        Self {
            database: folder.join("zpns.db"),
            master_key: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            apns: Endpoints::default(),
            apns_timeout: Duration::from_secs(10),
            probe_other_environment: false,
            limits: Limits::default(),
        }
    }

    /// The master key: given, or from its file, which is made if there is none.
    pub fn master_key(&self) -> Result<MasterKey, MasterKeyError> {
        match &self.master_key {
            Some(text) => MasterKey::from_base64(text),
            None => MasterKey::from_file(&self.database.with_file_name("master.key")),
        }
    }
}

/// The gateway can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The master key.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The address.
    #[error("can't listen on {address} ({source}): choose another with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The public URL.
    #[error(
        "the public URL must begin with http:// or https:// and hold no query, as https://push.example.com"
    )]
    PublicUrl,
    /// The CA file.
    #[error("the CA file can't be read ({0}): check --apns-ca-file")]
    CaFile(io::Error),
    /// Metrics.
    #[error("the metrics recorder can't be made ({0})")]
    Metrics(String),
}

/// A running gateway. Dropping it without [`Gateway::stop`] is like killing it: what was accepted is in the database.
#[derive(Debug)]
pub struct Gateway {
    address: SocketAddr,
    url: String,
    store: Arc<Store>,
    master: MasterKey,
    dispatcher: Dispatcher,
    lanes: Option<Lanes>,
    stopping: watch::Sender<bool>,
    server: JoinHandle<io::Result<()>>,
    timers: Vec<JoinHandle<()>>,
    _claim: File,
}

impl Gateway {
    /// Starts: opens the database, takes up what an earlier run left behind, and listens.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        metrics::handle().map_err(|e| StartError::Metrics(e.to_string()))?;
        config.apns.roots().map_err(StartError::CaFile)?;
        let public_url = config.public_url.as_deref().map(public_url).transpose()?;
        let store = Arc::new(Store::open(&config.database)?);
        let claim = store.claim()?;
        let master = config.master_key()?;
        let failed = |source| StartError::Listen {
            address: config.listen,
            source,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let url = public_url.unwrap_or_else(|| format!("http://{address}"));

        let apns = Apns::new(
            Arc::clone(&store),
            master.clone(),
            config.apns,
            config.apns_timeout,
        );
        let cancels = CancelPushes::new(&url);
        let (dispatcher, lanes) = Dispatcher::start(
            Arc::clone(&store),
            apns,
            cancels,
            config.probe_other_environment,
        );
        let tokens = FollowTokens::new(&master);
        let calls = Calls::new(
            Arc::clone(&store),
            dispatcher.clone(),
            tokens.clone(),
            url.clone(),
        );
        let (stopping, stop) = watch::channel(false);
        let services = Arc::new(Services {
            store: Arc::clone(&store),
            master: master.clone(),
            follow_tokens: tokens,
            calls: Arc::clone(&calls),
            dispatcher: dispatcher.clone(),
            meter: Meter::new(&config.limits),
            streams: Streams::new(&config.limits),
            limits: config.limits,
            stopping: stop.clone(),
        });
        let timers = vec![
            tokio::spawn(calls.run_timer()),
            tokio::spawn(forget_idle(Arc::clone(&services))),
        ];
        let server = tokio::spawn(serve(listener, services, stop));
        if address.ip().is_unspecified() && url.contains(&address.to_string()) {
            tracing::warn!(
                "phones can't reach {url}, which goes into the pushes: set --public-url"
            );
        }
        tracing::info!(%address, url, "the gateway listens");
        Ok(Self {
            address,
            url,
            store,
            master,
            dispatcher,
            lanes: Some(lanes),
            stopping,
            server,
            timers,
            _claim: claim,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where phones reach it, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its store, for setting it up.
    pub const fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Its master key, for sealing credentials.
    pub const fn master_key(&self) -> &MasterKey {
        &self.master
    }

    /// Goes down in order: no new connections, requests under way are answered, event streams end, deliveries under way are finished.
    pub async fn stop(mut self) {
        self.stopping.send_replace(true);
        if tokio::time::timeout(GRACE, &mut self.server).await.is_err() {
            self.server.abort();
        }
        if let Some(lanes) = self.lanes.take() {
            self.dispatcher.stop(lanes, GRACE).await;
        }
        self.timers.iter().for_each(JoinHandle::abort);
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.abort();
        self.timers.iter().for_each(JoinHandle::abort);
        if let Some(lanes) = self.lanes.take() {
            lanes.abort();
        }
    }
}

async fn serve(
    listener: TcpListener,
    services: Arc<Services>,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let listener = listener.tap_io(|stream| {
        // Answers are small: without this each would wait for the client's acknowledgement of the last.
        let _ = stream.set_nodelay(true);
    });
    let stopped = async move {
        let _ = stop.wait_for(|stopping| *stopping).await;
    };
    axum::serve(listener, http::router(services))
        .with_graceful_shutdown(stopped)
        .await
}

async fn forget_idle(services: Arc<Services>) {
    loop {
        tokio::time::sleep(FORGET_IDLE_EVERY).await;
        services.meter.forget_idle();
        services.calls.hub().forget_idle();
    }
}

fn public_url(text: &str) -> Result<String, StartError> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .ok_or(StartError::PublicUrl)?;
    let trimmed = rest.trim_end_matches('/');
    if trimmed.is_empty() || trimmed.contains(['?', '#', ' ']) {
        return Err(StartError::PublicUrl);
    }
    Ok(text.trim_end_matches('/').to_owned())
}
