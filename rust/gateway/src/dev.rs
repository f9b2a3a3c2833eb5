//! `zpns dev`: gateway, APNs simulator and an app that is ready to use, in one process.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;
use zeroize::Zeroizing;
use zpns_apns::Endpoint;
use zpns_apns_sim::{CertificateRequest, Simulator, SimulatorConfig, SimulatorError};
use zpns_protocol::Environment;

use crate::credentials::{self, CredentialFileError};
use crate::dispatch::apns::Endpoints;
use crate::model::{Resource, Strategy};
use crate::server::{Config, Gateway, StartError};
use crate::setup::{self, SetupError, UserTokens};
use crate::store::Store;

const TEAM: &str = "DEVTEAM000";
const KEY_ID: &str = "DEVKEY0000";
const P12_PASSWORD: &str = "zpns dev";

/// What `zpns dev` shall set up.
#[derive(Clone, Debug)]
pub struct DevOptions {
    /// Where to keep the database; a temporary folder without one.
    pub data: Option<PathBuf>,
    /// Where the gateway listens.
    pub listen: SocketAddr,
    /// Where phones reach it, if not there.
    pub public_url: Option<String>,
    /// Bundle ID of the app.
    pub bundle_id: String,
    /// ID of the app.
    pub app_id: String,
    /// Resources to set up: VoIP with an alert fallback.
    pub resources: Vec<String>,
    /// Whether to add a second app that sends with a VoIP certificate.
    pub certificate: bool,
    /// Ports of the simulator.
    pub simulator: SimulatorConfig,
}

/// An app and what one needs to use it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DevApp {
    /// `aud` of user tokens.
    #[serde(rename = "appID")]
    pub app_id: String,
    /// Signs user tokens (HS256).
    pub app_secret: String,
    /// For the app's server.
    pub api_key: String,
}

/// Everything one needs to use it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ready {
    /// The gateway.
    #[serde(rename = "gatewayURL")]
    pub gateway_url: String,
    /// The app, which sends with a provider key.
    #[serde(flatten)]
    pub app: DevApp,
    /// Bundle ID to register with.
    #[serde(rename = "bundleID")]
    pub bundle_id: String,
    /// `resourcesID`s.
    pub resources: Vec<String>,
    /// The simulator's control API.
    #[serde(rename = "simulatorURL")]
    pub simulator_url: String,
    /// The simulator as APNs (development), host and port.
    pub apns_development: String,
    /// The simulator as APNs (production), host and port.
    pub apns_production: String,
    /// Authority that signs the simulator's certificates.
    pub ca_file: PathBuf,
    /// Folder of the database.
    pub data: PathBuf,
    /// The app that sends with a certificate, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_app: Option<DevApp>,
}

/// It can't start.
#[derive(Debug, thiserror::Error)]
pub enum DevError {
    /// The simulator.
    #[error(transparent)]
    Simulator(#[from] SimulatorError),
    /// The gateway.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Apps and keys.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The simulator's credentials.
    #[error(transparent)]
    Credential(#[from] CredentialFileError),
    /// The data folder.
    #[error("the folder {path} can't be used ({source}): choose another with --data")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Gateway and simulator, running.
#[derive(Debug)]
pub struct Dev {
    /// What one needs to use it.
    pub ready: Ready,
    gateway: Gateway,
    simulator: Simulator,
    /// Deleted at the end.
    _temporary: Option<tempfile::TempDir>,
}

impl Dev {
    /// Starts both and sets the app up.
    pub async fn start(options: DevOptions) -> Result<Self, DevError> {
        let (data, temporary) = folder(options.data.as_deref())?;
        let failed = |source| DevError::Folder {
            path: data.clone(),
            source,
        };
        let simulator = Simulator::start(options.simulator).await?;
        let ca_file = data.join("simulator-ca.pem");
        std::fs::write(&ca_file, simulator.ca_pem()).map_err(failed)?;
        let endpoint = |address: SocketAddr| Endpoint::new("localhost", address.port());
        let apns = Endpoints {
            development: endpoint(simulator.development()),
            production: endpoint(simulator.production()),
            ca_file: Some(ca_file.clone()),
        };
        let config = Config {
            listen: options.listen,
            public_url: options.public_url,
            apns,
            ..Config::in_folder(&data)
        };
        let gateway = Gateway::start(config).await?;

        let p8 = simulator.mint_key(TEAM, KEY_ID, &Environment::ALL, &[])?;
        let key = credentials::p8(
            p8.into_bytes(),
            TEAM,
            KEY_ID,
            Environment::ALL.to_vec(),
            Vec::new(),
        )?;
        let app = set_up(&gateway, &options.app_id, key, &options.resources).await?;
        let certificate_app = if options.certificate {
            let file = simulator.mint_p12(
                &CertificateRequest::for_app(&options.bundle_id),
                P12_PASSWORD,
            )?;
            let certificate = credentials::p12(file, Zeroizing::new(P12_PASSWORD.to_owned()))?;
            Some(
                set_up(
                    &gateway,
                    &format!("{}-certificate", options.app_id),
                    certificate,
                    &options.resources,
                )
                .await?,
            )
        } else {
            None
        };
        let ready = Ready {
            gateway_url: gateway.url().to_owned(),
            app,
            bundle_id: options.bundle_id,
            resources: options.resources,
            simulator_url: format!("http://{}", simulator.control()),
            apns_development: format!("localhost:{}", simulator.development().port()),
            apns_production: format!("localhost:{}", simulator.production().port()),
            ca_file,
            data,
            certificate_app,
        };
        Ok(Self {
            ready,
            gateway,
            simulator,
            _temporary: temporary,
        })
    }

    /// The simulator, to register devices and break things.
    pub const fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// The gateway.
    pub const fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Goes down in order.
    pub async fn stop(self) {
        self.gateway.stop().await;
        self.simulator.shutdown().await;
    }
}

fn folder(given: Option<&Path>) -> Result<(PathBuf, Option<tempfile::TempDir>), DevError> {
    let failed = |path: PathBuf| |source| DevError::Folder { path, source };
    if let Some(path) = given {
        std::fs::create_dir_all(path).map_err(failed(path.to_owned()))?;
        return Ok((path.to_owned(), None));
    }
    let temporary = tempfile::Builder::new()
        .prefix("zpns-dev-")
        .tempdir()
        .map_err(failed(std::env::temp_dir()))?;
    Ok((temporary.path().to_owned(), Some(temporary)))
}

/// Makes the app, or takes the one of an earlier run in the same folder. Its credentials are replaced: the simulator's are new each time.
async fn set_up(
    gateway: &Gateway,
    id: &str,
    credential: credentials::Checked,
    resources: &[String],
) -> Result<DevApp, SetupError> {
    let (store, master): (&Store, _) = (gateway.store(), gateway.master_key());
    let app_secret = match setup::create_app(
        store,
        master,
        Some(id.to_owned()),
        "zpns dev".into(),
        UserTokens::NewSecret,
    )
    .await
    {
        Ok((_, secret)) => secret.map(|s| s.to_string()).unwrap_or_default(),
        Err(SetupError::AppExists(_)) => {
            String::from_utf8_lossy(&setup::app_secret(store, master, id).await?).into_owned()
        }
        Err(error) => return Err(error),
    };
    for earlier in store.credentials(Some(id)).await? {
        store.delete_credential(&earlier.id).await?;
    }
    setup::add_credential(store, master, id, credential).await?;
    for resource in resources {
        store
            .set_resource(
                id,
                Resource {
                    id: resource.clone(),
                    strategy: Strategy::voip(),
                },
            )
            .await?;
    }
    let (api_key, _) = setup::create_key(store, id, "zpns dev").await?;
    Ok(DevApp {
        app_id: id.to_owned(),
        app_secret,
        api_key,
    })
}
