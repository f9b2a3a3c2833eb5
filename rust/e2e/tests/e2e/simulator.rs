//! Pushes through the APNs simulator: from a provider over HTTP/2 to the phone.

use serde_json::json;
use tokio::runtime::Runtime;
use zpns_apns::{
    Client, ClientConfig, Credential, Endpoint, Notification, ProviderKey, PushType, SendError,
    TrustRoots,
};
use zpns_apns_sim::{Simulator, SimulatorConfig};
use zpns_e2e::{BUNDLE, HostOptions, HostedPhone, PATIENCE};
use zpns_phone::{
    DropReason, Permission, PhoneOptions, PushKind, Signing, TimelineEvent, TokenKind, Tokens,
};
use zpns_protocol::Environment;

/// A simulator, a provider with a key, and the runtime that they need.
struct Apns {
    runtime: Runtime,
    simulator: Simulator,
    key: ProviderKey,
}

impl Apns {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let simulator = runtime
            .block_on(Simulator::start(SimulatorConfig::default()))
            .unwrap();
        let p8 = simulator
            .mint_key("TEAM123456", "KEY1234567", &Environment::ALL, &[])
            .unwrap();
        let key = ProviderKey::from_p8(p8.as_bytes(), "TEAM123456", "KEY1234567").unwrap();
        Self {
            runtime,
            simulator,
            key,
        }
    }

    fn phone(&self, signing: Signing) -> HostedPhone {
        let phone = HostedPhone::new(HostOptions {
            phone: PhoneOptions {
                signing,
                voip_at_launch: true,
                permission: Permission::Granted,
                ..PhoneOptions::default()
            },
            simulator_url: Some(format!("http://{}", self.simulator.control())),
            manual_clock: None,
        });
        phone.launch().unwrap();
        wait(&phone, is_voip_token);
        wait(&phone, |what| *what == TimelineEvent::SimulatorConnected);
        phone
    }

    fn send(
        &self,
        environment: Environment,
        token: &[u8],
        topic: &str,
        kind: PushType,
        payload: &str,
    ) -> Result<(), SendError> {
        let hex = token
            .iter()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        let endpoint = Endpoint::new("localhost", self.simulator.address(environment).port());
        let roots = TrustRoots::Pem(self.simulator.ca_pem().into_bytes());
        self.runtime.block_on(async {
            let client = Client::new(ClientConfig {
                roots,
                ..ClientConfig::new(Credential::Token(self.key.clone()), endpoint)
            })
            .unwrap();
            client
                .send(Notification::new(
                    hex.parse().unwrap(),
                    topic,
                    kind,
                    payload.to_owned(),
                ))
                .await
                .map(|_| ())
        })
    }

    fn send_voip(
        &self,
        environment: Environment,
        phone: &HostedPhone,
        call_id: &str,
    ) -> Result<(), SendError> {
        let token = phone.tokens().voip.expect("a token");
        self.send(
            environment,
            &token,
            &format!("{BUNDLE}.voip"),
            PushType::Voip,
            &push(call_id),
        )
    }
}

fn is_voip_token(what: &TimelineEvent) -> bool {
    matches!(
        what,
        TimelineEvent::TokenIssued {
            kind: PushKind::Voip,
            ..
        }
    )
}

/// A VoIP push as the gateway sends it.
fn push(call_id: &str) -> String {
    json!({
        "aps": { "alert": { "title": "Alice", "body": "calls" } },
        "zego": { "version": 1, "voip_has_video": true, "voip_handle_type": 1, "voip_handle_value": "alice" },
        "call_id": call_id,
        "payload": "for the app",
    })
    .to_string()
}

/// Waits for something on the timeline, also among what happened before.
#[track_caller]
fn wait(phone: &HostedPhone, wanted: impl FnMut(&TimelineEvent) -> bool) {
    if let Err(error) = phone.wait_for(PATIENCE, wanted) {
        panic!("{error}");
    }
}

/// Waits for a call to ring.
#[track_caller]
fn rings(phone: &HostedPhone) {
    wait(phone, |what| matches!(what, TimelineEvent::Ringing { .. }));
}

#[test]
fn a_push_through_apns_rings_on_a_phone_whose_app_is_not_running() {
    let apns = Apns::start();
    let phone = apns.phone(Signing::Development);
    phone.kill().unwrap();
    apns.send_voip(Environment::Development, &phone, "call-42")
        .unwrap();
    rings(&phone);
}

#[test]
fn a_token_is_good_in_the_environment_of_the_signature_only() {
    let apns = Apns::start();
    let phone = apns.phone(Signing::Production);
    assert!(
        apns.send_voip(Environment::Development, &phone, "call-1")
            .is_err()
    );
    apns.send_voip(Environment::Production, &phone, "call-2")
        .unwrap();
    rings(&phone);
}

#[test]
fn an_alert_goes_to_the_notification_centre() {
    let apns = Apns::start();
    let phone = apns.phone(Signing::Development);
    let token = phone.tokens().apns.expect("a token");
    apns.send(
        Environment::Development,
        &token,
        BUNDLE,
        PushType::Alert,
        r#"{"aps":{"alert":"hello"}}"#,
    )
    .unwrap();
    wait(&phone, |what| {
        *what
            == TimelineEvent::PushDropped {
                kind: PushKind::Alert,
                reason: DropReason::NotPermitted,
            }
    });
}

#[test]
fn an_old_token_is_dead_after_it_was_rotated_and_the_new_one_works() {
    let apns = Apns::start();
    let phone = apns.phone(Signing::Development);
    let old = phone.tokens().voip.unwrap();
    let before = phone.timeline().last();
    phone.rotate_token(TokenKind::Voip);
    phone.wait_after(before, PATIENCE, is_voip_token).unwrap();
    assert!(
        apns.send(
            Environment::Development,
            &old,
            &format!("{BUNDLE}.voip"),
            PushType::Voip,
            &push("call-1")
        )
        .is_err()
    );
    apns.send_voip(Environment::Development, &phone, "call-2")
        .unwrap();
    rings(&phone);
}

#[test]
fn a_new_installation_has_other_tokens_and_the_old_ones_are_dead() {
    let apns = Apns::start();
    let phone = apns.phone(Signing::Development);
    let Tokens { voip: old, .. } = phone.tokens();
    let before = phone.timeline().last();
    phone.reinstall();
    phone.launch().unwrap();
    phone.wait_after(before, PATIENCE, is_voip_token).unwrap();
    assert_ne!(phone.tokens().voip, old);
    assert!(
        apns.send(
            Environment::Development,
            &old.unwrap(),
            &format!("{BUNDLE}.voip"),
            PushType::Voip,
            "{}"
        )
        .is_err()
    );
}

#[test]
fn a_simulator_that_was_restarted_gives_the_phone_other_tokens() {
    let apns = Apns::start();
    let control_port = apns.simulator.control().port();
    let phone = apns.phone(Signing::Development);
    let old = phone.tokens().voip;
    let before = phone.timeline().last();
    // With its runtime all of its connections break, as when its process is killed.
    drop(apns);
    let runtime = Runtime::new().unwrap();
    let _simulator = runtime
        .block_on(Simulator::start(SimulatorConfig {
            control_port,
            ..SimulatorConfig::default()
        }))
        .unwrap();
    phone.wait_after(before, PATIENCE, is_voip_token).unwrap();
    assert_ne!(phone.tokens().voip, old);
}

#[test]
fn a_phone_that_is_switched_off_is_no_device_any_more() {
    let apns = Apns::start();
    let phone = apns.phone(Signing::Development);
    let token = phone.tokens().voip.unwrap();
    drop(phone);
    assert!(
        apns.send(
            Environment::Development,
            &token,
            &format!("{BUNDLE}.voip"),
            PushType::Voip,
            "{}"
        )
        .is_err()
    );
}

#[test]
fn a_phone_without_its_simulator_keeps_trying_and_still_works() {
    let phone = HostedPhone::new(HostOptions {
        simulator_url: Some("http://127.0.0.1:9".to_owned()),
        ..HostOptions::default()
    });
    phone.launch().unwrap();
    wait(&phone, |what| {
        matches!(what, TimelineEvent::SimulatorLost { .. })
    });
    let first = phone.timeline().last();
    phone
        .wait_after(first, PATIENCE, |what| {
            matches!(what, TimelineEvent::SimulatorLost { .. })
        })
        .unwrap();
    let entries = phone.timeline().entries();
    assert!(
        entries
            .iter()
            .all(|entry| entry.what != TimelineEvent::SimulatorConnected)
    );
}
