//! A provider that sends exactly the frames a test asks for.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    dead_code,
    unreachable_pub
)]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderMap, Request};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use zpns_apns_sim::{CertificatePair, Environment, RegisteredDevice, Simulator, SimulatorConfig};

pub const TEAM: &str = "TEAM123456";
pub const KEY: &str = "KEY1234567";
pub const BUNDLE: &str = "com.example.app";
pub const VOIP: &str = "com.example.app.voip";
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A simulator with one key and one device in the development environment.
pub struct Bench {
    pub simulator: Simulator,
    pub p8: String,
    pub device: RegisteredDevice,
    /// One provider token for the whole test: changing it too often is against the rules.
    token: String,
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
    let token = bearer(&p8, TEAM, KEY, now());
    Bench {
        simulator,
        p8,
        device,
        token,
    }
}

pub fn now() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// `bearer <JWT>`.
pub fn bearer(p8: &str, team: &str, key: &str, issued_at: u64) -> String {
    let header = Header {
        kid: Some(key.into()),
        ..Header::new(Algorithm::ES256)
    };
    let key = EncodingKey::from_ec_pem(p8.as_bytes()).unwrap();
    format!(
        "bearer {}",
        encode(&header, &json!({"iss": team, "iat": issued_at}), &key).unwrap()
    )
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn reason(&self) -> &str {
        self.body["reason"].as_str().unwrap_or("")
    }
}

#[derive(Clone)]
pub struct Line {
    pub sender: SendRequest<Bytes>,
}

impl Bench {
    pub async fn connect(&self) -> Line {
        self.connect_to(Environment::Development, None)
            .await
            .unwrap()
    }

    pub async fn connect_to(
        &self,
        environment: Environment,
        certificate: Option<&CertificatePair>,
    ) -> Result<Line, std::io::Error> {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(self.simulator.ca_pem().as_bytes()).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = builder.with_root_certificates(roots);
        let mut config = match certificate {
            None => builder.with_no_client_auth(),
            Some(pair) => {
                let chain =
                    vec![CertificateDer::from_pem_slice(pair.certificate_pem.as_bytes()).unwrap()];
                builder
                    .with_client_auth_cert(
                        chain,
                        PrivateKeyDer::from_pem_slice(pair.key_pem.as_bytes()).unwrap(),
                    )
                    .unwrap()
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        let tcp = TcpStream::connect(self.simulator.address(environment)).await?;
        tcp.set_nodelay(true)?;
        let name = ServerName::try_from("api.push.apple.com").unwrap();
        let tls = TlsConnector::from(Arc::new(config))
            .connect(name, tcp)
            .await?;
        let (sender, connection) = h2::client::handshake(tls)
            .await
            .map_err(std::io::Error::other)?;
        tokio::spawn(connection);
        Ok(Line { sender })
    }

    /// An alert that breaks no rule.
    pub fn alert(&self) -> Push {
        Push::new(&self.device.tokens.apns)
            .with("apns-topic", BUNDLE)
            .with("apns-push-type", "alert")
            .with("authorization", &self.token())
    }

    /// A call that breaks no rule.
    pub fn voip(&self) -> Push {
        Push::new(&self.device.tokens.voip)
            .with("apns-topic", VOIP)
            .with("apns-push-type", "voip")
            .with("authorization", &self.token())
    }

    /// `bearer <JWT>` of the key.
    pub fn token(&self) -> String {
        self.token.clone()
    }

    /// Sends one push on a connection of its own.
    pub async fn send(&self, push: Push) -> Answer {
        self.connect().await.send(push).await.unwrap()
    }
}

#[derive(Clone)]
pub struct Push {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    payload: Vec<u8>,
}

impl Push {
    pub fn new(token: &str) -> Self {
        let payload = br#"{"aps":{"alert":"hello"}}"#.to_vec();
        Self {
            method: "POST",
            path: format!("/3/device/{token}"),
            headers: Vec::new(),
            payload,
        }
    }

    /// With this header instead of one of the same name.
    pub fn with(self, name: &str, value: &str) -> Self {
        self.without(name).and(name, value)
    }

    /// With this header besides one of the same name.
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(own, _)| own != name);
        self
    }

    pub fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    pub fn path(self, path: &str) -> Self {
        Self {
            path: path.into(),
            ..self
        }
    }

    pub fn to(self, token: &str) -> Self {
        self.path(&format!("/3/device/{token}"))
    }

    pub fn payload(self, payload: &[u8]) -> Self {
        Self {
            payload: payload.to_vec(),
            ..self
        }
    }
}

impl Line {
    pub async fn send(&self, push: Push) -> Result<Answer, h2::Error> {
        timeout(PATIENCE, self.exchange(push))
            .await
            .expect("an answer in time")
    }

    async fn exchange(&self, push: Push) -> Result<Answer, h2::Error> {
        let mut request = Request::builder()
            .method(push.method)
            .uri(format!("https://api.push.apple.com{}", push.path));
        for (name, value) in &push.headers {
            request = request.header(name, value);
        }
        let mut sender = self.sender.clone().ready().await?;
        let (response, mut stream) = sender.send_request(request.body(()).unwrap(), false)?;
        stream.send_data(push.payload.into(), true)?;
        let (head, mut body) = response.await?.into_parts();
        let mut bytes = Vec::new();
        while let Some(chunk) = body.data().await {
            bytes.extend_from_slice(&chunk?);
        }
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap()
        };
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        })
    }
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
