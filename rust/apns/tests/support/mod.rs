//! A client and the simulator it talks to.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    dead_code,
    unreachable_pub
)]

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::time::timeout;
use zpns_apns::{
    Accepted, CertificateIdentity, Client, ClientConfig, Credential, Endpoint, Environment,
    Notification, ProviderKey, PushType, SendError, TrustRoots,
};
use zpns_apns_sim::{CertificateRequest, RegisteredDevice, Simulator, SimulatorConfig};

pub const TEAM: &str = "TEAM123456";
pub const KEY: &str = "KEY1234567";
pub const BUNDLE: &str = "com.example.app";
pub const VOIP: &str = "com.example.app.voip";
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A simulator with one device in the development environment, and a key.
pub struct Bench {
    pub simulator: Simulator,
    pub device: RegisteredDevice,
    pub key: ProviderKey,
}

pub async fn bench() -> Bench {
    bench_with(SimulatorConfig::default()).await
}

pub async fn bench_with(config: SimulatorConfig) -> Bench {
    let simulator = Simulator::start(config).await.unwrap();
    let p8 = simulator
        .mint_key(TEAM, KEY, &Environment::ALL, &[])
        .unwrap();
    let device = simulator.register_device(BUNDLE, Environment::Development);
    Bench {
        simulator,
        device,
        key: ProviderKey::from_p8(p8.as_bytes(), TEAM, KEY).unwrap(),
    }
}

impl Bench {
    pub fn endpoint(&self, environment: Environment) -> Endpoint {
        Endpoint::new("localhost", self.simulator.address(environment).port())
    }

    pub fn config(&self) -> ClientConfig {
        let roots = TrustRoots::Pem(self.simulator.ca_pem().into_bytes());
        ClientConfig {
            roots,
            ..ClientConfig::new(
                Credential::Token(self.key.clone()),
                self.endpoint(Environment::Development),
            )
        }
    }

    /// With the key, to the development environment.
    pub fn client(&self) -> Client {
        Client::new(self.config()).unwrap()
    }

    pub fn client_with_certificate(&self, request: &CertificateRequest) -> Client {
        let pair = self.simulator.mint_certificate(request).unwrap();
        let identity =
            CertificateIdentity::from_pem(pair.certificate_pem.as_bytes(), pair.key_pem.as_bytes())
                .unwrap();
        Client::new(ClientConfig {
            credential: Credential::Certificate(identity),
            ..self.config()
        })
        .unwrap()
    }

    pub fn voip(&self) -> Notification {
        let token = self.device.tokens.voip.parse().unwrap();
        Notification::new(token, VOIP, PushType::Voip, r#"{"call_id":"call-42"}"#)
    }

    pub fn alert(&self) -> Notification {
        let token = self.device.tokens.apns.parse().unwrap();
        Notification::new(
            token,
            BUNDLE,
            PushType::Alert,
            r#"{"aps":{"alert":"hello"}}"#,
        )
    }

    /// Sends that many calls at once.
    pub async fn burst(&self, client: &Client, count: usize) -> Vec<Result<Accepted, SendError>> {
        let sends = (0..count).map(|_| client.send(self.voip()));
        timeout(PATIENCE, join_all(sends))
            .await
            .expect("all answers in time")
    }

    /// How often the simulator accepted each `apns-id`.
    pub fn accepted(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for entry in self
            .simulator
            .log(0)
            .entries
            .iter()
            .filter(|entry| entry.status == 200)
        {
            *counts.entry(entry.apns_id.clone()).or_default() += 1;
        }
        counts
    }

    pub fn log(&self) -> Vec<Value> {
        self.simulator
            .log(0)
            .entries
            .iter()
            .map(|entry| serde_json::to_value(entry).unwrap())
            .collect()
    }
}

/// The IDs of what was accepted; fails if anything was not.
pub fn ids(results: Vec<Result<Accepted, SendError>>) -> Vec<String> {
    let mut ids: Vec<_> = results
        .into_iter()
        .map(|result| result.unwrap().apns_id.to_string())
        .collect();
    ids.sort();
    ids
}

/// Waits until a condition holds.
pub async fn until(mut condition: impl FnMut() -> bool) {
    timeout(PATIENCE, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await
    .expect("the condition in time");
}
