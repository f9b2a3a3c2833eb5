//! The APNs client as the dispatcher uses it. The only file that knows `zpns_apns`, beside [`crate::credentials`] which reads credential files.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;
use zpns_apns::{Client, ClientConfig, DeviceToken, Notification, Priority, PushType, SendError};
use zpns_protocol::Environment;
use zpns_protocol::pushes::DeliveryKind;

use super::verdict::Answer;
use crate::clock;
use crate::credentials::{self, CredentialFileError};
use crate::model::{Credential, Job};
use crate::refusal::Refusal;
use crate::seal::MasterKey;
use crate::store::Store;

/// Where APNs is. Only the operator chooses this, never a request.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// For development tokens.
    pub development: zpns_apns::Endpoint,
    /// For production tokens.
    pub production: zpns_apns::Endpoint,
    /// A file of PEM certificates to trust instead of the platform's, for a simulator.
    pub ca_file: Option<PathBuf>,
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            development: zpns_apns::Endpoint::apple(Environment::Development),
            production: zpns_apns::Endpoint::apple(Environment::Production),
            ca_file: None,
        }
    }
}

impl Endpoints {
    /// The one for this environment.
    pub const fn of(&self, environment: Environment) -> &zpns_apns::Endpoint {
        match environment {
            Environment::Development => &self.development,
            Environment::Production => &self.production,
        }
    }

    /// What the client trusts.
    pub fn roots(&self) -> std::io::Result<zpns_apns::TrustRoots> {
        Ok(match &self.ca_file {
            None => zpns_apns::TrustRoots::Platform,
            Some(file) => zpns_apns::TrustRoots::Pem(std::fs::read(file)?),
        })
    }
}

/// A client can't be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The stored credential.
    #[error(transparent)]
    Credential(#[from] CredentialFileError),
    /// The stored credential, or the database.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// It was deleted a moment ago.
    #[error("the credential was deleted")]
    Gone,
    /// The CA file.
    #[error("the CA file can't be read ({0}): check --apns-ca-file")]
    CaFile(#[from] std::io::Error),
    /// The client's own settings.
    #[error(transparent)]
    Config(#[from] zpns_apns::ConfigError),
}

/// One client for each credential and environment, made when it is first needed.
#[derive(Debug)]
pub struct Apns {
    store: Arc<Store>,
    master: MasterKey,
    endpoints: Endpoints,
    timeout: Duration,
    clients: Mutex<HashMap<(String, Environment), Arc<Client>>>,
}

impl Apns {
    /// No client yet.
    pub fn new(
        store: Arc<Store>,
        master: MasterKey,
        endpoints: Endpoints,
        timeout: Duration,
    ) -> Self {
        Self {
            store,
            master,
            endpoints,
            timeout,
            clients: Mutex::default(),
        }
    }

    /// Sends with this credential. `environment` is where the device's token belongs, and decides the host.
    pub async fn send(
        &self,
        credential: &Credential,
        environment: Environment,
        job: &Job,
    ) -> Answer {
        let client = match self.client(credential, environment).await {
            Ok(client) => client,
            Err(error) => {
                return Answer::Unsendable(format!(
                    "The credential {} can't be used: {error}",
                    credential.id
                ));
            }
        };
        let notification = match notification(job) {
            Ok(notification) => notification,
            Err(problem) => return Answer::Unsendable(problem),
        };
        match client.send(notification).await {
            Ok(_) => Answer::Accepted,
            Err(SendError::Rejected(rejection)) => Answer::Rejected {
                status: rejection.status,
                reason: rejection.reason.to_string(),
                dead_since: rejection.timestamp_ms,
                advice: rejection.reason.advice().to_owned(),
            },
            Err(error @ (SendError::Transport { .. } | SendError::Timeout { .. })) => {
                Answer::Unanswered(error.to_string())
            }
            Err(error) => Answer::Unsendable(error.to_string()),
        }
    }

    /// Forgets clients whose credential is no longer there.
    pub fn keep_only(&self, credentials: &[Credential]) {
        let known = |id: &String| credentials.iter().any(|c| c.id == *id);
        self.clients
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|(id, _), _| known(id));
    }

    async fn client(
        &self,
        credential: &Credential,
        environment: Environment,
    ) -> Result<Arc<Client>, ClientError> {
        let key = (credential.id.clone(), environment);
        if let Some(client) = self
            .clients
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
        {
            return Ok(Arc::clone(client));
        }
        let sealed = self
            .store
            .sealed_credential(&credential.id)
            .await
            .map_err(Refusal::from)?
            .ok_or(ClientError::Gone)?;
        let secret = credentials::unseal(&self.master, &credential.id, &sealed)?;
        let loaded = credentials::load(&secret, &credential.scope)?;
        let config = ClientConfig {
            roots: self.endpoints.roots()?,
            request_timeout: self.timeout,
            ..ClientConfig::new(loaded, self.endpoints.of(environment).clone())
        };
        let client = Arc::new(Client::new(config)?);
        // Two that came at once make two; the first one stays and the other was never connected.
        Ok(Arc::clone(
            self.clients
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(key)
                .or_insert(client),
        ))
    }
}

fn notification(job: &Job) -> Result<Notification, String> {
    let token: DeviceToken = job
        .token
        .parse()
        .map_err(|e: zpns_apns::InvalidDeviceToken| e.to_string())?;
    let push_type = match job.kind {
        DeliveryKind::Voip => PushType::Voip,
        DeliveryKind::Alert => PushType::Alert,
    };
    Ok(Notification {
        priority: Priority::Immediate,
        expiration: clock::seconds(job.expires_at),
        collapse_id: job.collapse_id.clone(),
        apns_id: Uuid::parse_str(&job.id)
            .map_err(|_| "The delivery ID is not a UUID.".to_owned())?,
        ..Notification::new(token, job.topic.clone(), push_type, job.payload.clone())
    })
}
