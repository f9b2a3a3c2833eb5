//! From tokens to a pushID, through the public door: inputs in, effects out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::{Value, json};
use zpns_core::effect::{HttpMethod, HttpRequest};
use zpns_core::{AppFacts, Core, Effect, HttpFailure, HttpResponse, Input, PushRequest, Stored, SystemError, SystemEvent, TokenKind};

const START: u64 = 1_764_000_000_000;

/// A phone without an outside: it keeps what the core asked for.
struct Phone {
    core: Core,
    now: u64,
    requests: Vec<HttpRequest>,
    events: Vec<(String, Value)>,
    answers: Vec<(u64, Value)>,
    asked: Vec<PushRequest>,
    persisted: usize,
    next: u64,
}

impl Phone {
    fn launch(app: AppFacts, stored: Stored<'_>) -> Self {
        let core = Core::new(app, stored, [9; 32], START);
        let mut phone = Self { core, now: START, requests: vec![], events: vec![], answers: vec![], asked: vec![], persisted: 0, next: 0 };
        let effects = phone.core.start(START);
        phone.take(effects);
        for kind in ["registered", "tokenInvalidated", "userTokenNeeded"] {
            phone.input(Input::Listen(kind));
        }
        phone
    }

    fn store_build() -> Self {
        Self::launch(app(), Stored::Empty)
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Http(request) => self.requests.push(request),
                Effect::Emit(event) => self.events.push((event.kind, serde_json::from_str(&event.body).unwrap())),
                Effect::Complete { id, answer } => self.answers.push((id, serde_json::from_str(&answer).unwrap())),
                Effect::Push(request) => self.asked.push(request),
                Effect::Persist => self.persisted += 1,
                _ => {}
            }
        }
    }

    fn input(&mut self, input: Input<'_>) {
        let effects = self.core.handle(input, self.now);
        self.take(effects);
    }

    /// Calls a method and gives its answer, if it came at once.
    fn invoke(&mut self, method: &str, params: &Value) -> Option<Value> {
        self.next += 1;
        let id = self.next;
        self.input(Input::Invoke { id, method, params: &params.to_string() });
        self.answers.iter().find(|(answered, _)| *answered == id).map(|(_, answer)| answer.clone())
    }

    fn configure(&mut self) {
        let answer = self.invoke("configure", &json!({"serverURL": "https://push.example", "appID": "a", "userToken": user_token("bob")}));
        assert_eq!(answer.unwrap(), json!({"ok": {}}));
    }

    fn token(&mut self, kind: TokenKind, byte: u8) {
        self.input(Input::System(SystemEvent::TokenUpdated { kind, token: vec![byte; 32] }));
    }

    fn both_tokens(&mut self) {
        self.token(TokenKind::Apns, 0xA1);
        self.token(TokenKind::Voip, 0xB2);
    }

    fn register(&mut self) {
        assert_eq!(self.invoke("registerPush", &json!({"enableIOSVoIP": true})).unwrap(), json!({"ok": {}}));
    }

    fn respond(&mut self, status: u16, body: &Value) {
        self.respond_with(Ok(HttpResponse { status, retry_after: None, body: body.to_string().into_bytes() }));
    }

    fn respond_with(&mut self, outcome: Result<HttpResponse, HttpFailure>) {
        let request = self.requests.remove(0);
        self.input(Input::Http { id: request.id, outcome });
    }

    fn advance_to_deadline(&mut self) -> u64 {
        let due = self.core.next_deadline().expect("a timer");
        let waited = due.saturating_sub(self.now);
        self.now = due;
        self.input(Input::Tick);
        waited
    }

    fn registered(&self) -> Vec<&Value> {
        self.events.iter().filter(|(kind, _)| kind == "registered").map(|(_, body)| body).collect()
    }

    fn body(&self, request: usize) -> Value {
        serde_json::from_slice(self.requests[request].body.as_deref().unwrap()).unwrap()
    }
}

fn app() -> AppFacts {
    AppFacts {
        bundle_id: "com.example.app".into(),
        app_name: "Example".into(),
        app_version: "1".into(),
        background_modes: vec!["voip".into()],
        ..AppFacts::default()
    }
}

/// A token whose payload says who the user is; nobody here checks its signature.
fn user_token(user: &str) -> String {
    match user {
        "bob" => "e30.eyJzdWIiOiJib2IifQ.s".into(),
        "eve" => "e30.eyJzdWIiOiJldmUifQ.s".into(),
        _ => panic!("no token for {user}"),
    }
}

const PUSH_ID: &str = "zp_0000000000000000000001";

#[test]
fn without_a_gateway_the_push_id_describes_the_device() {
    let mut phone = Phone::store_build();
    phone.register();
    phone.both_tokens();
    let registered = phone.registered();
    assert_eq!(registered.len(), 1);
    assert_eq!(registered[0]["errorCode"], 0);
    let id = zpns_protocol::PushId::parse(registered[0]["pushID"].as_str().unwrap()).unwrap();
    let device = id.device().unwrap().unwrap();
    assert_eq!((device.bundle_id.as_str(), device.env), ("com.example.app", zpns_protocol::Environment::Production));
    assert_eq!((device.apns, device.voip), (Some("a1".repeat(32)), Some("b2".repeat(32))));
}

#[test]
fn both_tokens_become_one_registration() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.token(TokenKind::Apns, 0xA1);
    assert!(phone.requests.is_empty(), "the VoIP token is still to come");
    phone.token(TokenKind::Voip, 0xB2);
    assert_eq!(phone.requests.len(), 1);
    let request = &phone.requests[0];
    assert_eq!(request.method, HttpMethod::Put);
    assert!(request.url.starts_with("https://push.example/v1/installations/"), "{}", request.url);
    assert_eq!(request.bearer.as_deref(), Some(user_token("bob").as_str()));
    let body = phone.body(0);
    assert_eq!(body["bundleID"], "com.example.app");
    assert_eq!(body["environment"], "production");
    assert_eq!(body["tokens"], json!({"apns": "a1".repeat(32), "voip": "b2".repeat(32)}));
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    assert_eq!(phone.registered()[0]["pushID"], PUSH_ID);
}

#[test]
fn a_token_that_does_not_come_is_waited_for_only_a_short_while() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.token(TokenKind::Apns, 0xA1);
    assert_eq!(phone.advance_to_deadline(), zpns_core::registration::GATHER_MS);
    assert_eq!(phone.body(0)["tokens"], json!({"apns": "a1".repeat(32)}));
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    phone.token(TokenKind::Voip, 0xB2);
    assert_eq!(phone.body(0)["tokens"]["voip"], "b2".repeat(32), "the late token registers again");
}

#[test]
fn without_any_token_registered_says_so_and_a_late_token_still_registers() {
    let mut phone = Phone::store_build();
    phone.register();
    phone.advance_to_deadline();
    assert_eq!(phone.registered()[0]["errorCode"], 6_000_401);
    phone.token(TokenKind::Apns, 0xA1);
    assert_eq!(phone.registered()[1]["errorCode"], 0);
}

#[test]
fn apples_own_error_comes_through() {
    let mut phone = Phone::store_build();
    assert!(phone.invoke("registerPush", &json!({})).is_some());
    let error = SystemError { domain: "NSCocoaErrorDomain".into(), code: 3000, message: "no valid aps-environment".into() };
    phone.input(Input::System(SystemEvent::TokenFailed { kind: TokenKind::Apns, error }));
    assert_eq!(phone.registered()[0]["errorCode"], 3000);
    assert_eq!(phone.registered()[0]["msg"], "no valid aps-environment");
}

#[test]
fn one_request_is_in_flight_and_the_newest_facts_win() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.token(TokenKind::Voip, 0xC3);
    phone.token(TokenKind::Voip, 0xD4);
    assert_eq!(phone.requests.len(), 1);
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    assert!(phone.registered().is_empty(), "what was confirmed is old already");
    assert_eq!(phone.requests.len(), 1);
    assert_eq!(phone.body(0)["tokens"]["voip"], "d4".repeat(32));
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    assert_eq!(phone.registered().len(), 1);
    assert!(phone.requests.is_empty());
}

#[test]
fn environment_and_user_changes_register_again() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    phone.invoke("enableDebug", &json!({"isDebug": true}));
    assert_eq!(phone.body(0)["environment"], "development");
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    phone.invoke("setUserToken", &json!({"userToken": user_token("eve")}));
    assert_eq!(phone.requests[0].bearer.as_deref(), Some(user_token("eve").as_str()));
    phone.respond(200, &json!({"pushID": "zp_0000000000000000000002"}));
    assert_eq!(phone.registered().last().unwrap()["pushID"], "zp_0000000000000000000002");
}

#[test]
fn a_contradiction_between_setting_and_evidence_is_a_warning_with_what_was_set() {
    let profile = b"<plist><dict><key>Entitlements</key><dict><key>aps-environment</key><string>development</string></dict></dict></plist>";
    let mut phone = Phone::launch(AppFacts { provisioning_profile: Some(profile.to_vec()), ..app() }, Stored::Empty);
    phone.invoke("enableDebug", &json!({"isDebug": false}));
    phone.register();
    phone.both_tokens();
    let body = phone.registered()[0];
    assert_eq!(body["environment"], "production");
    assert_eq!(body["environmentSource"], "enableDebug");
    assert!(body["warning"].as_str().unwrap().contains("enableDebug(true)"));
    let diagnosis = phone.invoke("diagnose", &json!({})).unwrap();
    assert!(diagnosis["ok"]["registration"]["warning"].is_string());
    assert!(!diagnosis.to_string().contains(&"b2".repeat(32)), "no token in diagnose()");
}

#[test]
fn failures_are_told_once_and_tried_again_with_growing_waits_until_it_works() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    let mut waits = vec![];
    for failure in 0..8 {
        if failure % 2 == 0 {
            phone.respond_with(Err(HttpFailure::Unreachable));
        } else {
            phone.respond(503, &json!({"error": {"code": "busy", "message": "try later"}}));
        }
        waits.push(phone.advance_to_deadline());
    }
    assert_eq!(phone.registered().len(), 1);
    assert_eq!(phone.registered()[0]["errorCode"], 6_000_404);
    assert!(waits[7] > 16 * waits[0], "{waits:?}");
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    assert_eq!(phone.registered()[1]["pushID"], PUSH_ID);
    assert_eq!(phone.core.next_deadline(), None);
}

#[test]
fn retry_after_is_obeyed_and_waking_up_skips_the_wait() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.respond_with(Ok(HttpResponse { status: 429, retry_after: Some(120), body: vec![] }));
    assert_eq!(phone.core.next_deadline(), Some(START + 120_000));
    assert!(phone.requests.is_empty());
    phone.input(Input::System(SystemEvent::Awake));
    assert_eq!(phone.requests.len(), 1);
}

#[test]
fn a_refused_user_token_is_asked_for_once_and_registration_goes_on_with_the_new_one() {
    let mut phone = Phone::store_build();
    let params = json!({"serverURL": "https://push.example", "appID": "a", "userToken": user_token("bob"), "userTokenProvider": true});
    phone.invoke("configure", &params);
    phone.register();
    phone.both_tokens();
    phone.respond(401, &json!({"error": {"code": "token_expired", "message": "expired"}}));
    let asked = |phone: &Phone| phone.events.iter().filter(|(kind, _)| kind == "userTokenNeeded").count();
    assert_eq!(asked(&phone), 1);
    assert!(phone.requests.is_empty() && phone.core.next_deadline().is_none(), "nothing is sent without a token");
    phone.token(TokenKind::Voip, 0xC3);
    assert_eq!(asked(&phone), 1);
    phone.invoke("setUserToken", &json!({"userToken": user_token("bob")}));
    assert_eq!(phone.requests.len(), 1);
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    assert_eq!(phone.registered().len(), 1);
    assert_eq!(phone.registered()[0]["pushID"], PUSH_ID);
}

#[test]
fn without_a_user_token_registered_says_how_to_give_one() {
    let mut phone = Phone::store_build();
    phone.invoke("configure", &json!({"serverURL": "https://push.example", "appID": "a"}));
    phone.register();
    phone.both_tokens();
    assert_eq!(phone.registered()[0]["errorCode"], 6_009_004);
    assert!(phone.registered()[0]["msg"].as_str().unwrap().contains("getUserToken"));
}

#[test]
fn an_invalidated_token_is_told_and_the_gateway_loses_it() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    phone.input(Input::System(SystemEvent::TokenInvalidated { kind: TokenKind::Voip }));
    assert!(phone.events.contains(&("tokenInvalidated".into(), json!({"kind": "voip"}))));
    assert_eq!(phone.body(0)["tokens"], json!({"apns": "a1".repeat(32)}));
}

#[test]
fn unregistering_settles_when_the_gateway_knows() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    assert_eq!(phone.invoke("unregisterPush", &json!({})), None);
    assert!(phone.asked.contains(&PushRequest::Unregister { apns: true, voip: true }));
    assert_eq!(phone.requests[0].method, HttpMethod::Delete);
    phone.respond(204, &json!(null));
    assert_eq!(phone.answers.last().unwrap().1, json!({"ok": {}}));
}

#[test]
fn unregistering_offline_fails_with_a_reason_and_goes_on_after_a_restart() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    phone.invoke("unregisterPush", &json!({}));
    phone.respond_with(Err(HttpFailure::Unreachable));
    assert_eq!(phone.answers.last().unwrap().1["error"]["code"], "6000405");
    let stored = phone.core.snapshot().unwrap().to_bytes();
    let mut again = Phone::launch(app(), Stored::Bytes(&stored));
    again.configure();
    assert_eq!(again.requests[0].method, HttpMethod::Delete);
}

#[test]
fn a_relaunch_asks_for_tokens_and_keeps_its_installation() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    let url = phone.requests[0].url.clone();
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    let stored = phone.core.snapshot().unwrap().to_bytes();
    assert!(!String::from_utf8_lossy(&stored).contains(&"b2".repeat(32)), "tokens are not stored");
    let mut again = Phone::launch(app(), Stored::Bytes(&stored));
    assert_eq!(again.asked, [PushRequest::Register { apns: true, voip: true }]);
    again.configure();
    again.both_tokens();
    assert_eq!(again.requests[0].url, url);
}

#[test]
fn unreadable_storage_counts_as_empty_and_loses_nothing() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    let stored = phone.core.snapshot().unwrap().to_bytes();
    let mut locked = Phone::launch(app(), Stored::Unreadable);
    assert_eq!(locked.asked, [PushRequest::Register { apns: false, voip: true }], "a push may have launched us");
    locked.both_tokens();
    assert_eq!((locked.core.snapshot(), locked.persisted), (None, 0), "nothing is overwritten");
    locked.input(Input::StorageReadable(Some(&stored)));
    assert_eq!(locked.asked.last(), Some(&PushRequest::Register { apns: true, voip: true }));
    assert!(locked.core.snapshot().is_some());
}

#[test]
fn damaged_storage_is_begun_anew() {
    for bytes in [&b"not json"[..], b"", b"[]", br#"{"v": 99}"#, b"\xff\xfe"] {
        let mut phone = Phone::launch(app(), Stored::Bytes(bytes));
        phone.register();
        phone.both_tokens();
        assert_eq!(phone.registered()[0]["errorCode"], 0);
    }
}

#[test]
fn bad_options_are_refused_with_what_is_wrong() {
    let mut phone = Phone::store_build();
    for (method, params, part) in [
        ("registerPush", json!({"iOSEnvironment": 7}), "iOSEnvironment 7"),
        ("registerPush", json!({"enableIOSVoIP": "yes"}), "boolean"),
        ("enableDebug", json!({}), "isDebug"),
        ("configure", json!({"serverURL": "push.example"}), "serverURL"),
        ("configure", json!({"serverURL": "https://push.example"}), "appID"),
        ("setServerBadge", json!({"badge": -1}), "99999"),
        ("setVoipToken", json!({"token": "xyz", "isProduct": true}), "hex"),
        ("addLocalNotification", json!({}), "title"),
    ] {
        let answer = phone.invoke(method, &params).unwrap();
        assert_eq!(answer["error"]["code"], "6009001", "{method} {answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(part) && message.contains(method), "{message}");
    }
    for params in ["{", "[]", "null", "3", "{} {}"] {
        phone.input(Input::Invoke { id: 99, method: "registerPush", params });
        assert_eq!(phone.answers.last().unwrap().1["error"]["code"], "6009001", "{params}");
    }
    phone.input(Input::Invoke { id: 100, method: "fly", params: "{}" });
    assert_eq!(phone.answers.last().unwrap().1["error"]["code"], "6009002");
}

#[test]
fn when_the_clock_is_set_back_time_inside_goes_on() {
    let mut phone = Phone::store_build();
    phone.register();
    phone.now = 5;
    phone.input(Input::Tick);
    assert!(phone.registered().is_empty(), "the deadline did not come");
    assert_eq!(phone.core.next_deadline(), Some(5 + zpns_core::registration::GATHER_MS), "by the clock as it is now");
    phone.advance_to_deadline();
    assert_eq!(phone.registered()[0]["errorCode"], 6_000_401);
}

#[test]
fn a_native_app_may_bring_its_own_token_and_say_which_environment() {
    let mut phone = Phone::store_build();
    phone.token(TokenKind::Apns, 0xA1);
    phone.invoke("setVoipToken", &json!({"token": "ABCD", "isProduct": false}));
    let id = zpns_protocol::PushId::parse(phone.registered()[0]["pushID"].as_str().unwrap()).unwrap();
    let device = id.device().unwrap().unwrap();
    assert_eq!((device.env, device.voip.as_deref()), (zpns_protocol::Environment::Development, Some("abcd")));
}

#[test]
fn switching_call_kit_off_gives_the_voip_token_up_and_keeps_alerts() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    assert_eq!(phone.invoke("setCallKitEnabled", &json!({"enabled": false})).unwrap(), json!({"ok": {}}));
    assert_eq!(phone.asked.last(), Some(&PushRequest::Unregister { apns: false, voip: true }));
    assert_eq!(phone.body(0)["tokens"], json!({"apns": "a1".repeat(32)}));
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    phone.register();
    assert_eq!(phone.asked.last(), Some(&PushRequest::Register { apns: true, voip: false }), "no VoIP pushes without CallKit");

    let stored = phone.core.snapshot().unwrap().to_bytes();
    let mut again = Phone::launch(app(), Stored::Bytes(&stored));
    assert_eq!(again.asked, [PushRequest::Register { apns: true, voip: false }], "the switch is remembered");
    again.invoke("setCallKitEnabled", &json!({"enabled": true}));
    assert_eq!(again.asked.last(), Some(&PushRequest::Register { apns: true, voip: true }));
}

#[test]
fn a_build_without_call_kit_registers_for_alerts_and_no_app_switches_call_kit_on() {
    let mut phone = Phone::launch(AppFacts { call_kit_disabled: true, ..app() }, Stored::Empty);
    phone.register();
    assert_eq!(phone.asked.last(), Some(&PushRequest::Register { apns: true, voip: false }));
    phone.token(TokenKind::Apns, 0xA1);
    assert_eq!(phone.registered()[0]["errorCode"], 0);
    let answer = phone.invoke("setCallKitEnabled", &json!({"enabled": true})).unwrap();
    assert_eq!(answer["error"]["code"], "6009010");
}

#[test]
fn what_the_app_said_before_the_first_unlock_is_newer_than_what_was_stored() {
    let mut phone = Phone::store_build();
    phone.invoke("registerPush", &json!({"iOSEnvironment": 1}));
    let stored = phone.core.snapshot().unwrap().to_bytes();
    let environment_after = |method: &str| {
        let mut phone = Phone::launch(app(), Stored::Unreadable);
        phone.invoke(method, &json!({}));
        phone.input(Input::StorageReadable(Some(&stored)));
        let registration = phone.invoke("getRegistration", &json!({})).unwrap()["ok"].take();
        (registration["environment"].as_str().unwrap().to_owned(), registration["state"].as_str().unwrap().to_owned())
    };
    assert_eq!(environment_after("registerPush"), ("production".to_owned(), "registering".to_owned()), "automatic, as it said");
    assert_eq!(environment_after("unregisterPush").1, "idle");
}

#[test]
fn facts_that_go_back_to_what_was_confirmed_are_sent_again_if_others_may_have_arrived_meanwhile() {
    let mut phone = Phone::store_build();
    phone.configure();
    phone.register();
    phone.both_tokens();
    let request = phone.requests.remove(0);
    let body = json!({"pushID": "zp_0123456789abcdefghijAB"}).to_string().into_bytes();
    phone.input(Input::Http { id: request.id, outcome: Ok(HttpResponse { status: 200, retry_after: None, body }) });
    phone.invoke("enableDebug", &json!({"isDebug": true}));
    let request = phone.requests.remove(0);
    phone.input(Input::Http { id: request.id, outcome: Err(HttpFailure::TimedOut) });
    phone.invoke("enableDebug", &json!({"isDebug": false}));
    assert_eq!(phone.requests.len(), 1, "the gateway may have the development environment");
}
