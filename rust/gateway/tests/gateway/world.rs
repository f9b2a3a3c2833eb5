//! What every test needs: a simulator, a gateway that can be restarted, phones, and requests.

use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use zeroize::Zeroizing;
use zpns_apns::Endpoint;
use zpns_apns_sim::{
    CertificateRequest, Environment, LogEntry, RegisteredDevice, Simulator, SimulatorConfig,
};
use zpns_gateway::auth::user_token;
use zpns_gateway::credentials;
use zpns_gateway::dispatch::apns::Endpoints;
use zpns_gateway::model::{Resource, Strategy};
use zpns_gateway::setup::{self, UserTokens};
use zpns_gateway::{Config, Gateway};

pub const BUNDLE: &str = "com.example.app";
const APP: &str = "app";
const SECRET: &str = "a secret of more than thirty-two characters";
const PATIENCE: Duration = Duration::from_secs(10);

pub struct World {
    pub simulator: Simulator,
    pub folder: TempDir,
    gateway: Option<Gateway>,
    api_key: String,
    secret: Zeroizing<Vec<u8>>,
    http: reqwest::Client,
    change: fn(&mut Config),
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "{} {}",
            self.status,
            self.body
        );
        self.body
    }

    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> String {
        assert_eq!(
            (self.status, self.body["error"]["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.body
        );
        self.body["error"]["message"].as_str().unwrap().to_owned()
    }
}

/// A phone: its tokens at the simulator, and its installation at the gateway.
pub struct Phone {
    pub device: RegisteredDevice,
    pub installation: String,
    pub push_id: String,
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// With another configuration.
    pub async fn with(change: fn(&mut Config)) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let simulator = Simulator::start(SimulatorConfig::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), simulator.ca_pem()).unwrap();
        let mut world = Self {
            simulator,
            folder,
            gateway: None,
            api_key: String::new(),
            secret: Zeroizing::new(SECRET.into()),
            http: reqwest::Client::new(),
            change,
        };
        world.start().await;
        let (store, master) = (
            world.gateway().store().clone(),
            world.gateway().master_key().clone(),
        );
        let secret = UserTokens::Secret(Zeroizing::new(SECRET.into()));
        setup::create_app(&store, &master, Some(APP.into()), "App".into(), secret)
            .await
            .unwrap();
        let p8 = world
            .simulator
            .mint_key("TEAM123456", "KEY1234567", &Environment::ALL, &[])
            .unwrap();
        let key = credentials::p8(
            p8.into_bytes(),
            "TEAM123456",
            "KEY1234567",
            Environment::ALL.to_vec(),
            vec![],
        )
        .unwrap();
        setup::add_credential(&store, &master, APP, key)
            .await
            .unwrap();
        world.resource("voip", Strategy::voip()).await;
        world.api_key = setup::create_key(&store, APP, "test").await.unwrap().0;
        world
    }

    pub async fn start(&mut self) {
        let endpoint = |address: std::net::SocketAddr| Endpoint::new("localhost", address.port());
        let mut config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            apns: Endpoints {
                development: endpoint(self.simulator.development()),
                production: endpoint(self.simulator.production()),
                ca_file: Some(self.folder.path().join("ca.pem")),
            },
            ..Config::in_folder(self.folder.path())
        };
        (self.change)(&mut config);
        self.gateway = Some(Gateway::start(config).await.unwrap());
    }

    /// Ends the gateway as kill -9 would: nothing is finished in order.
    pub async fn kill(&mut self) {
        drop(self.gateway.take());
        // Its tasks let go of the database on their own time.
        let lock = self.folder.path().join("zpns.lock");
        until("the database is free", || async {
            std::fs::File::open(&lock)
                .unwrap()
                .try_lock()
                .is_ok()
                .then_some(())
        })
        .await;
    }

    /// Ends the gateway in order.
    pub async fn stop(&mut self) {
        self.gateway.take().unwrap().stop().await;
    }

    pub fn gateway(&self) -> &Gateway {
        self.gateway.as_ref().unwrap()
    }

    pub async fn resource(&self, id: &str, strategy: Strategy) {
        self.gateway()
            .store()
            .set_resource(
                APP,
                Resource {
                    id: id.into(),
                    strategy,
                },
            )
            .await
            .unwrap();
    }

    /// In place of the provider key: a certificate for the bundle ID, from a `.p12`.
    pub async fn use_certificate(&self) {
        let (store, master) = (self.gateway().store(), self.gateway().master_key());
        self.remove_credentials().await;
        let file = self
            .simulator
            .mint_p12(&CertificateRequest::for_app(BUNDLE), "password")
            .unwrap();
        let certificate = credentials::p12(file, Zeroizing::new("password".into())).unwrap();
        setup::add_credential(store, master, APP, certificate)
            .await
            .unwrap();
    }

    pub async fn remove_credentials(&self) {
        for credential in self.gateway().store().credentials(Some(APP)).await.unwrap() {
            self.gateway()
                .store()
                .delete_credential(&credential.id)
                .await
                .unwrap();
        }
    }

    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    pub fn user_token(&self, user: &str) -> String {
        user_token::mint(APP, user, &self.secret, 600).unwrap()
    }

    /// One whose `exp` is this, in Unix seconds.
    pub fn user_token_until(&self, user: &str, expires: u64) -> String {
        let claims = json!({"sub": user, "aud": APP, "exp": expires});
        let key = jsonwebtoken::EncodingKey::from_secret(&self.secret);
        jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).unwrap()
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.gateway().url())
        };
        self.http.request(method.parse().unwrap(), url)
    }

    pub async fn call(&self, method: &str, path: &str, token: &str, body: Value) -> Answer {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        answer(self.request(method, path).bearer_auth(token).body(body)).await
    }

    pub async fn as_server(&self, method: &str, path: &str, body: Value) -> Answer {
        self.call(method, path, &self.api_key, body).await
    }

    pub async fn as_user(&self, user: &str, method: &str, path: &str, body: Value) -> Answer {
        self.call(method, path, &self.user_token(user), body).await
    }

    /// A phone whose tokens are of this environment, registered as that.
    pub async fn phone(&self, user: &str, environment: Environment) -> Phone {
        self.phone_registered_as(user, environment, environment)
            .await
    }

    pub async fn phone_registered_as(
        &self,
        user: &str,
        environment: Environment,
        says: Environment,
    ) -> Phone {
        let device = self.simulator.register_device(BUNDLE, environment);
        let installation = format!("{user}-{}", device.device_id);
        let body = registration(says, Some(&device.tokens.apns), Some(&device.tokens.voip));
        let registered = self
            .as_user(
                user,
                "PUT",
                &format!("/v1/installations/{installation}"),
                body,
            )
            .await
            .ok();
        let push_id = registered["pushID"].as_str().unwrap().to_owned();
        Phone {
            device,
            installation,
            push_id,
        }
    }

    /// Sends a push by this resource.
    pub async fn push(&self, to: &str, resource: &str) -> Value {
        let body = json!({"to": {"userIDs": [to]}, "pushConfig": {"resourcesID": resource, "title": "Alice", "content": "calls"}});
        self.as_server("POST", "/v1/pushes", body).await.ok()
    }

    /// The push's only delivery, once it has this status.
    pub async fn delivery(&self, push: &Value, status: &str) -> Value {
        let path = format!(
            "/v1/pushes/{}",
            push["id"].as_str().or(push["push"].as_str()).unwrap()
        );
        until(&format!("a delivery is {status}"), || async {
            let push = self.as_server("GET", &path, Value::Null).await.ok();
            assert_eq!(push["deliveries"].as_array().unwrap().len(), 1, "{push}");
            (push["deliveries"][0]["status"] == status).then(|| push["deliveries"][0].clone())
        })
        .await
    }

    pub async fn invite(&self, caller: &str, invitees: &[&str], timeout: u64) -> Value {
        let body = json!({"invitees": invitees, "timeout": timeout, "pushConfig": {"resourcesID": "voip", "title": caller}});
        self.as_user(caller, "POST", "/v1/calls", body).await.ok()
    }

    /// The next push that the phone gets.
    pub async fn rings(&self, phone: &Phone) -> Value {
        let mut pushes = self
            .simulator
            .pushes(&phone.device.device_id, Some(0))
            .unwrap();
        let push = tokio::time::timeout(PATIENCE, pushes.next())
            .await
            .expect("no push came")
            .unwrap();
        serde_json::to_value(&*push).unwrap()["payload"].clone()
    }

    pub fn log(&self) -> Vec<LogEntry> {
        self.simulator.log(0).entries
    }

    /// The call, once it is in this state.
    pub async fn call_is(&self, id: &str, state: &str) -> Value {
        let path = format!("/v1/calls/{id}");
        until(&format!("the call is {state}"), || async {
            let call = self.as_server("GET", &path, Value::Null).await.ok();
            (call["state"] == state).then_some(call)
        })
        .await
    }
}

pub fn registration(environment: Environment, apns: Option<&str>, voip: Option<&str>) -> Value {
    let mut tokens = json!({});
    if let Some(token) = apns {
        tokens["apns"] = token.into();
    }
    if let Some(token) = voip {
        tokens["voip"] = token.into();
    }
    json!({"bundleID": BUNDLE, "environment": environment, "tokens": tokens, "sdk": "test/1", "locale": "en"})
}

pub async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.unwrap();
    let body = if bytes.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&bytes)))
    };
    Answer {
        status,
        headers,
        body,
    }
}

/// Asks again and again until there is an answer.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "it did not happen: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Reads events until the stream ends, or `most` have come.
pub async fn read(response: reqwest::Response, most: usize) -> Vec<(u64, String, Value)> {
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut bytes = response.bytes_stream();
    let (mut text, mut events) = (String::new(), Vec::new());
    while events.len() < most {
        let next = tokio::time::timeout(std::time::Duration::from_secs(10), bytes.next())
            .await
            .expect("no event came");
        let Some(chunk) = next else { break };
        text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        while let Some((event, rest)) = text.split_once("\n\n") {
            let field = |name: &str| {
                event
                    .lines()
                    .find_map(|line| line.strip_prefix(name))
                    .map(|v| v.trim().to_owned())
            };
            if let (Some(id), Some(kind), Some(data)) =
                (field("id:"), field("event:"), field("data:"))
            {
                events.push((
                    id.parse().unwrap(),
                    kind,
                    serde_json::from_str(&data).unwrap(),
                ));
            }
            text = rest.to_owned();
        }
    }
    events
}
