//! APNs simulator and gateway.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use zeroize::Zeroizing;
use zpns_apns_sim::{LogEntry, Simulator, SimulatorConfig};
use zpns_gateway::dispatch::apns::Endpoints;
use zpns_gateway::model::{Device, Resource, Strategy};
use zpns_gateway::setup::{self, UserTokens};
use zpns_gateway::{Config, Gateway, credentials};
use zpns_phone::PhoneOptions;
use zpns_protocol::Environment;

use crate::host::HostOptions;
use crate::phone::Phone;
use crate::proxy::Proxy;
use crate::{token, until};

/// Bundle ID of the app.
pub const BUNDLE: &str = "com.example.calls";
pub(crate) const APP: &str = "calls";
pub(crate) const SECRET: &str = "a secret of more than thirty-two characters";

/// A gateway, the APNs that it sends to, and the network between it and the phones.
#[derive(Debug)]
pub struct World {
    gateway: Option<Running>,
    config: Config,
    /// The network between the phones and the gateway.
    pub proxy: Proxy,
    /// APNs.
    pub simulator: Simulator,
    api_key: String,
    http: reqwest::Client,
    _folder: TempDir,
    runtime: Runtime,
}

/// A gateway in a runtime of its own, so that nothing of it lives on when it is killed.
#[derive(Debug)]
struct Running {
    gateway: Gateway,
    runtime: Runtime,
}

/// What the gateway answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// JSON; null if there was no body.
    pub body: Value,
}

impl World {
    /// An app that sends with a provider key, and has the resource `voip`.
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    /// The same with another configuration of the gateway.
    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        // A process has one; only the first world sets it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Runtime::new().unwrap();
        let simulator = runtime
            .block_on(Simulator::start(SimulatorConfig::default()))
            .unwrap();
        let proxy = Proxy::start(runtime.handle());
        let folder = tempfile::tempdir().unwrap();
        let ca_file = folder.path().join("ca.pem");
        std::fs::write(&ca_file, simulator.ca_pem()).unwrap();
        let endpoint = |environment| {
            zpns_apns::Endpoint::new("localhost", simulator.address(environment).port())
        };
        let apns = Endpoints {
            development: endpoint(Environment::Development),
            production: endpoint(Environment::Production),
            ca_file: Some(ca_file),
        };
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut config = Config {
            listen,
            public_url: Some(proxy.url()),
            apns,
            ..Config::in_folder(folder.path())
        };
        change(&mut config);
        let (http, api_key) = (reqwest::Client::new(), String::new());
        let mut world = Self {
            gateway: None,
            config,
            proxy,
            simulator,
            api_key,
            http,
            _folder: folder,
            runtime,
        };
        world.start();
        world.api_key = world
            .runtime
            .block_on(set_up(world.gateway(), &world.simulator));
        world
    }

    /// Starts the gateway, at its former address if it had one.
    pub fn start(&mut self) {
        let runtime = Runtime::new().unwrap();
        let gateway = runtime
            .block_on(Gateway::start(self.config.clone()))
            .unwrap();
        self.config.listen = gateway.address();
        self.proxy.set_gateway(gateway.address());
        self.gateway = Some(Running { gateway, runtime });
    }

    /// Stops the gateway as a signal to terminate would: it finishes what is under way.
    pub fn stop(&mut self) {
        let Running { gateway, runtime } = self.gateway.take().expect("a gateway that runs");
        runtime.block_on(gateway.stop());
    }

    /// Ends the gateway as `kill -9` would: it finishes nothing, connections break.
    pub fn kill(&mut self) {
        let Running { gateway, runtime } = self.gateway.take().expect("a gateway that runs");
        drop(gateway);
        drop(runtime);
    }

    /// Where the gateway is, past the proxy.
    pub fn url(&self) -> String {
        format!("http://{}", self.config.listen)
    }

    /// A phone that reaches the gateway through the proxy; its user is signed in and it is registered.
    pub fn phone(&self, user: &str) -> Phone {
        self.phone_at(&self.proxy.url(), user)
    }

    /// A phone that reaches the gateway past the proxy for what its user does. Invitations it follows through the proxy, as all phones do.
    pub fn phone_past_proxy(&self, user: &str) -> Phone {
        self.phone_at(&self.url(), user)
    }

    fn phone_at(&self, url: &str, user: &str) -> Phone {
        let phone = self.new_phone(PhoneOptions::default());
        phone.sign_in(url, user);
        let registered = phone.register();
        assert_eq!(registered["errorCode"], 0, "{registered}");
        phone
    }

    /// A phone with the app, which was opened and nothing more.
    pub fn new_phone(&self, options: impl Into<HostOptions>) -> Phone {
        let mut options = options.into();
        BUNDLE.clone_into(&mut options.phone.bundle_id);
        options.simulator_url = Some(format!("http://{}", self.simulator.control()));
        Phone::new(options)
    }

    /// A token that is good for ten minutes.
    pub fn user_token(&self, user: &str) -> String {
        token::fresh(user)
    }

    /// A token that was good until a minute ago.
    pub fn expired_token(&self, user: &str) -> String {
        token::expired(user)
    }

    /// Asks the gateway as the app's server.
    pub fn as_server(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.request(method, path, &self.api_key, body)
    }

    /// Asks the gateway as a user.
    pub fn as_user(&self, user: &str, method: &str, path: &str, body: &Value) -> Answer {
        self.request(method, path, &self.user_token(user), body)
    }

    /// The events of a call after the one with this number, as a user hears them who follows the call to its end.
    pub fn events_as(&self, user: &str, call: &str, after: Option<u64>) -> Vec<Value> {
        let mut request = self
            .http
            .get(format!("{}/v1/calls/{call}/events", self.url()))
            .bearer_auth(self.user_token(user));
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let text = self
            .runtime
            .block_on(async { request.send().await.unwrap().text().await.unwrap() });
        text.lines()
            .filter_map(|line| line.strip_prefix("data:"))
            .map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }

    fn request(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        let mut request = self
            .http
            .request(method.parse().unwrap(), format!("{}{path}", self.url()))
            .bearer_auth(token);
        if !body.is_null() {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        self.runtime.block_on(async {
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            let bytes = response.bytes().await.unwrap();
            Answer {
                status,
                body: serde_json::from_slice(&bytes).unwrap_or_default(),
            }
        })
    }

    /// The app's server invites on behalf of a user: the gateway's answer.
    #[track_caller]
    pub fn invite(&self, caller: &str, invitees: &[&str], call: &str, timeout: u32) -> Value {
        let push = json!({ "resourcesID": "voip", "title": caller, "content": "calls you" });
        let invite = json!({ "caller": caller, "invitees": invitees, "callID": call, "timeout": timeout, "pushConfig": push });
        self.as_server("POST", "/v1/calls", &invite).ok()
    }

    /// The app's server pushes to devices or users: the gateway's answer.
    #[track_caller]
    pub fn push(&self, to: &Value) -> Value {
        let config = json!({ "resourcesID": "voip", "title": "Alice", "content": "calls you" });
        self.as_server(
            "POST",
            "/v1/pushes",
            &json!({ "to": to, "pushConfig": config }),
        )
        .ok()
    }

    /// The deliveries of a push, once all of them have come to an end.
    #[track_caller]
    pub fn deliveries(&self, push: &Value) -> Vec<Value> {
        let path = format!("/v1/pushes/{}", push.as_str().unwrap());
        until("all deliveries come to an end", || {
            let deliveries = self.as_server("GET", &path, &Value::Null).ok()["deliveries"]
                .as_array()
                .unwrap()
                .clone();
            deliveries
                .iter()
                .all(|delivery| !matches!(delivery["status"].as_str(), Some("queued" | "sent")))
                .then_some(deliveries)
        })
    }

    /// A call, as the gateway describes it.
    #[track_caller]
    pub fn call(&self, call: &str) -> Value {
        self.as_server("GET", &format!("/v1/calls/{call}"), &Value::Null)
            .ok()
    }

    /// Waits until a call is in this state.
    #[track_caller]
    pub fn call_is(&self, call: &str, state: &str) -> Value {
        until(&format!("{call} is {state}"), || {
            Some(self.call(call)).filter(|call| call["state"] == state)
        })
    }

    /// Waits until a participant of a call is in this state.
    #[track_caller]
    pub fn user_is(&self, call: &str, user: &str, state: &str) {
        until(&format!("{user} is {state} in {call}"), || {
            let call = self.call(call);
            let mut users = call["participants"].as_array()?.iter();
            users
                .any(|participant| participant["userID"] == user && participant["state"] == state)
                .then_some(())
        });
    }

    /// Creates or replaces a resource.
    pub fn resource(&self, id: &str, strategy: Strategy) {
        let resource = Resource {
            id: id.to_owned(),
            strategy,
        };
        self.runtime
            .block_on(self.gateway().store().set_resource(APP, resource))
            .unwrap();
    }

    /// The devices of a user, as the gateway knows them.
    pub fn devices(&self, user: &str) -> Vec<Device> {
        self.runtime
            .block_on(self.gateway().store().devices(APP, Some(user)))
            .unwrap()
    }

    /// What was asked of APNs so far.
    pub fn apns_log(&self) -> Vec<LogEntry> {
        self.simulator.log(0).entries
    }

    /// The gateway.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway.as_ref().expect("a gateway that runs").gateway
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl Answer {
    /// The body of a success.
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
}

/// Creates the app, its credential and its resource. Returns the API key of its server.
async fn set_up(gateway: &Gateway, simulator: &Simulator) -> String {
    let (store, master) = (gateway.store(), gateway.master_key());
    let secret = UserTokens::Secret(Zeroizing::new(SECRET.to_owned()));
    setup::create_app(
        store,
        master,
        Some(APP.to_owned()),
        "Calls".to_owned(),
        secret,
    )
    .await
    .unwrap();
    let p8 = simulator
        .mint_key("TEAM123456", "KEY1234567", &Environment::ALL, &[])
        .unwrap();
    let key = credentials::p8(
        p8.into_bytes(),
        "TEAM123456",
        "KEY1234567",
        Environment::ALL.to_vec(),
        Vec::new(),
    )
    .unwrap();
    setup::add_credential(store, master, APP, key)
        .await
        .unwrap();
    store
        .set_resource(
            APP,
            Resource {
                id: "voip".to_owned(),
                strategy: Strategy::voip(),
            },
        )
        .await
        .unwrap();
    setup::create_key(store, APP, "tests").await.unwrap().0
}
