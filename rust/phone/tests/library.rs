//! The real client and core on the phone: what the pieces do together.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use serde_json::{Value, json};
use support::{Js, START, count, library, library_with, push, ringing, wait};
use uuid::Uuid;
use zpns_phone::{
    AppState, CallState, DropReason, EndCause, LaunchedBy, NetworkRequest, NetworkRequestKind,
    PhoneOptions, PushKind, Signing, StorageChange, TimelineEvent, VirtualPhone,
};
use zpns_protocol::call_uuid;

/// A phone whose app was opened once and is not running any more.
fn installed() -> VirtualPhone {
    installed_with(PhoneOptions::default())
}

fn installed_with(options: PhoneOptions) -> VirtualPhone {
    let phone = library_with(options);
    phone.launch().unwrap();
    phone.settle();
    phone.kill().unwrap();
    phone
}

/// A call rings, in an app that was started for it and has no JavaScript.
fn rings(call_id: &str) -> (VirtualPhone, Uuid) {
    let phone = installed();
    phone.deliver_push(PushKind::Voip, push(call_id));
    phone.settle();
    let uuid = ringing(&phone);
    (phone, uuid)
}

#[test]
fn a_push_to_an_app_that_is_not_running_rings_without_javascript() {
    let (phone, uuid) = rings("call-42");
    assert_eq!(uuid, call_uuid("call-42"));
    assert_eq!(
        count(&phone, |what| *what
            == TimelineEvent::Launched {
                by: LaunchedBy::Push
            }),
        1
    );
    let call = &phone.ringing()[0];
    assert_eq!((call.name.as_deref(), call.video), (Some("Alice"), true));
    assert_eq!(phone.snapshot().strikes, 0);
}

#[test]
fn bytes_that_are_no_push_are_reported_too_and_nothing_is_left_on_the_screen() {
    let phone = installed();
    for payload in [&b""[..], b"{", b"[]", b"null", &[0xff, 0xfe], b"7"] {
        phone.deliver_push(PushKind::Voip, payload);
        phone.settle();
        phone.settle();
    }
    assert_eq!(
        count(&phone, |what| matches!(
            what,
            TimelineEvent::IncomingReported { .. }
        )),
        6
    );
    assert_eq!((phone.snapshot().strikes, phone.calls().len()), (0, 0));
}

#[test]
fn a_second_push_for_a_call_that_rings_is_reported_and_makes_no_second_call() {
    let (phone, _) = rings("call-42");
    phone.deliver_push(PushKind::Voip, push("call-42"));
    phone.settle();
    assert_eq!(
        count(&phone, |what| matches!(
            what,
            TimelineEvent::IncomingReported { .. }
        )),
        2
    );
    assert_eq!(phone.calls().len(), 1);
}

#[test]
fn javascript_that_starts_late_hears_of_the_push_and_of_the_answer() {
    let (phone, uuid) = rings("call-42");
    phone.answer(uuid).unwrap();
    phone.settle();
    let js = Js::start(&phone);
    js.listen("didReceiveIncomingPush")
        .listen("performAnswerCallAction");
    let push = js.hear("didReceiveIncomingPush");
    assert_eq!(push["uuid"], json!(uuid.to_string().to_uppercase()));
    assert_eq!(push["payload"]["payload"], json!("for the app"));
    let answer = js.hear("performAnswerCallAction");
    assert_eq!(answer["source"], json!("user"));
    assert!(
        js.ask(
            "completeAction",
            &json!({ "seq": answer["seq"], "outcome": "fulfill" })
        )
        .get("ok")
        .is_some()
    );
    phone.settle();
    assert_eq!(phone.calls()[0].state, CallState::Active);
    assert_eq!(
        count(&phone, |what| *what
            == TimelineEvent::AudioActivated { told: true }),
        1
    );
}

#[test]
fn an_answer_that_javascript_never_settles_ends_the_call_before_ios_would() {
    let (phone, uuid) = rings("call-42");
    phone.answer(uuid).unwrap();
    phone.advance(30_000);
    assert!(phone.calls().is_empty());
    assert_eq!(
        count(&phone, |what| matches!(
            what,
            TimelineEvent::ActionTimedOut { .. }
        )),
        0
    );
    assert_eq!(
        count(&phone, |what| *what
            == TimelineEvent::CallEnded {
                uuid,
                cause: EndCause::Failed
            }),
        1
    );
}

#[test]
fn a_decline_without_javascript_is_fulfilled() {
    let (phone, uuid) = rings("call-42");
    phone.end(uuid).unwrap();
    phone.advance(30_000);
    wait(&phone, |what| {
        *what
            == TimelineEvent::CallEnded {
                uuid,
                cause: EndCause::User,
            }
    });
    assert_eq!(
        count(&phone, |what| matches!(
            what,
            TimelineEvent::ActionTimedOut { .. }
        )),
        0
    );
}

#[test]
fn an_end_that_the_app_reports_before_the_report_completed_is_not_lost() {
    let phone = installed_with(PhoneOptions {
        report_delay_ms: 500,
        ..PhoneOptions::default()
    });
    phone.deliver_push(PushKind::Voip, push("call-42"));
    phone.settle();
    let uuid = call_uuid("call-42");
    let js = Js::start(&phone);
    js.ask("reportCallEnded", &json!({ "uuid": uuid, "reason": 2 }));
    phone.advance(1_000);
    wait(&phone, |what| {
        *what
            == TimelineEvent::CallEnded {
                uuid,
                cause: EndCause::RemoteEnded,
            }
    });
    assert_eq!(
        count(&phone, |what| matches!(
            what,
            TimelineEvent::ReportIgnored { .. }
        )),
        0
    );
}

#[test]
fn a_report_that_a_reset_overtook_does_not_count_for_a_call_that_is_reported_again() {
    let phone = installed_with(PhoneOptions {
        report_delay_ms: 500,
        ..PhoneOptions::default()
    });
    let uuid = call_uuid("call-42");
    phone.deliver_push(PushKind::Voip, push("call-42"));
    phone.settle();
    let js = Js::start(&phone);
    js.listen("providerDidReset");
    phone.reset_provider();
    js.hear("providerDidReset");
    phone.advance(250);
    phone
        .invoke("reportIncomingCall", &json!({ "uuid": uuid }).to_string())
        .unwrap();
    phone.settle();
    phone.advance(1_000);
    assert_eq!(phone.ringing().len(), 1);
}

#[test]
fn an_outgoing_call_goes_through_its_states() {
    let phone = library();
    phone.launch().unwrap();
    let js = Js::start(&phone);
    js.listen("performStartCallAction");
    let answer = js.ask(
        "startCall",
        &json!({ "handle": { "type": 1, "value": "bob" }, "video": false }),
    );
    let uuid = answer["ok"]["uuid"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"))
        .to_owned();
    let start = js.hear("performStartCallAction");
    assert_eq!(start["source"], json!("app"));
    js.ask(
        "completeAction",
        &json!({ "seq": start["seq"], "outcome": "fulfill" }),
    );
    phone.settle();
    assert_eq!(phone.calls()[0].state, CallState::Dialing);
    for (method, state) in [
        ("reportOutgoingCallStarted", CallState::Connecting),
        ("reportOutgoingCall", CallState::Active),
    ] {
        js.ask(method, &json!({ "uuid": uuid }));
        phone.settle();
        assert_eq!(phone.calls()[0].state, state);
    }
}

#[test]
fn a_reset_tells_javascript_and_forgets_the_calls() {
    let (phone, _) = rings("call-42");
    let js = Js::start(&phone);
    js.listen("providerDidReset");
    phone.reset_provider();
    phone.settle();
    js.hear("providerDidReset");
    assert_eq!(js.ask("getCalls", &json!({}))["ok"], json!([]));
}

#[test]
fn do_not_disturb_does_not_get_the_app_killed() {
    let phone = installed();
    phone.set_do_not_disturb(true);
    phone.deliver_push(PushKind::Voip, push("call-42"));
    phone.settle();
    assert!(phone.calls().is_empty());
    assert_eq!(phone.snapshot().strikes, 0);
    assert_ne!(phone.snapshot().app, AppState::NotRunning);
}

#[test]
fn a_push_before_the_first_unlock_rings() {
    let phone = library_with(PhoneOptions {
        storage_readable: false,
        ..PhoneOptions::default()
    });
    phone.launch().unwrap();
    phone.settle();
    phone.kill().unwrap();
    phone.deliver_push(PushKind::Voip, push("call-42"));
    phone.settle();
    ringing(&phone);
    phone.unlock();
    phone.settle();
    assert_eq!(phone.ringing().len(), 1);
}

#[test]
fn an_app_that_asked_for_calls_once_is_reachable_after_it_was_killed() {
    let phone = VirtualPhone::new(PhoneOptions::default(), 1, support::START);
    phone.launch().unwrap();
    let js = Js::start(&phone);
    js.listen("registered")
        .ask("registerPush", &json!({ "enableIOSVoIP": true }));
    js.hear("registered");
    phone.kill().unwrap();
    phone.deliver_push(PushKind::Voip, push("call-42"));
    ringing(&phone);
}

#[test]
fn a_pushid_belongs_to_the_environment_of_the_signature() {
    for (signing, environment) in [
        (Signing::Development, "development"),
        (Signing::Production, "production"),
        (Signing::AdHoc, "production"),
        (Signing::Simulator, "development"),
    ] {
        let phone = library_with(PhoneOptions {
            signing,
            ..PhoneOptions::default()
        });
        phone.launch().unwrap();
        let js = Js::start(&phone);
        js.listen("registered").ask("registerPush", &json!({}));
        phone.settle();
        phone.advance(60_000);
        assert_eq!(
            js.hear("registered")["environment"],
            json!(environment),
            "{signing:?}"
        );
    }
}

/// JavaScript that fulfils the next action of this type: its body.
fn fulfils(js: &Js<'_>, kind: &str) -> Value {
    let action = js.hear(kind);
    js.ask(
        "completeAction",
        &json!({ "seq": action["seq"], "outcome": "fulfill" }),
    );
    action
}

#[test]
fn answering_a_second_call_holds_the_first_through_the_app() {
    let (phone, first) = rings("call-1");
    let js = Js::start(&phone);
    js.listen("performAnswerCallAction")
        .listen("performSetHeldCallAction");
    phone.answer(first).unwrap();
    fulfils(&js, "performAnswerCallAction");
    phone.deliver_push(PushKind::Voip, push("call-2"));
    phone.settle();
    let second = call_uuid("call-2");
    phone.answer(second).unwrap();
    let held = fulfils(&js, "performSetHeldCallAction");
    assert_eq!(
        held["action"],
        json!({ "callUUID": first.to_string().to_uppercase(), "onHold": true })
    );
    fulfils(&js, "performAnswerCallAction");
    phone.settle();
    let held: Vec<_> = phone
        .calls()
        .iter()
        .map(|call| (call.uuid, call.on_hold))
        .collect();
    assert_eq!(held, [(first, true), (second, false)]);
}

#[test]
fn a_mute_that_the_app_asked_for_happens_and_does_not_come_back_as_the_users() {
    let (phone, uuid) = rings("call-42");
    let js = Js::start(&phone);
    js.listen("performAnswerCallAction")
        .listen("performSetMutedCallAction");
    phone.answer(uuid).unwrap();
    fulfils(&js, "performAnswerCallAction");
    phone.settle();
    assert!(
        js.ask("setMuted", &json!({ "uuid": uuid, "muted": true }))
            .get("ok")
            .is_some()
    );
    phone.settle();
    assert!(phone.calls()[0].muted);
    phone.set_muted(uuid, false).unwrap();
    let heard = fulfils(&js, "performSetMutedCallAction");
    assert_eq!(
        (&heard["source"], &heard["action"]["muted"]),
        (&json!("user"), &json!(false))
    );
}

#[test]
fn a_refusal_of_the_call_service_reaches_javascript_with_its_domain_and_code() {
    let phone = library();
    phone.launch().unwrap();
    let js = Js::start(&phone);
    let handle = json!({ "type": 1, "value": "alice" });
    let report = || {
        js.ask(
            "reportIncomingCall",
            &json!({ "uuid": Uuid::from_u128(0xa), "update": { "remoteHandle": handle } }),
        )
    };
    assert!(report().get("ok").is_some());
    let refused = report();
    assert_eq!(
        refused["error"]["domain"],
        json!("com.apple.CallKit.error.incomingcall"),
        "{refused}"
    );
    assert_eq!(refused["error"]["code"], json!("2"));
}

#[test]
fn a_new_installation_knows_nothing_of_the_old_one() {
    let phone = VirtualPhone::new(PhoneOptions::default(), 1, support::START);
    phone.launch().unwrap();
    let js = Js::start(&phone);
    js.listen("registered")
        .ask("registerPush", &json!({ "enableIOSVoIP": true }));
    js.hear("registered");
    phone.reinstall();
    phone.launch().unwrap();
    phone.settle();
    let before = phone.timeline().last();
    phone.deliver_push(PushKind::Voip, push("call-42"));
    let dropped = |what: &TimelineEvent| {
        *what
            == TimelineEvent::PushDropped {
                kind: PushKind::Voip,
                reason: DropReason::NotRegistered,
            }
    };
    support::wait_after(&phone, before, dropped);
}

#[test]
fn an_app_on_a_phone_whose_clock_is_wrong_has_as_much_time_as_on_any_other() {
    for clock_offset_ms in [0, -3_600_000, 3_600_000] {
        let phone = installed_with(PhoneOptions {
            clock_offset_ms,
            suspends: false,
            ..PhoneOptions::default()
        });
        phone.deliver_push(PushKind::Voip, push("call-1"));
        phone.settle();
        let uuid = ringing(&phone);
        phone.answer(uuid).unwrap();
        phone.advance(60_000);
        phone.deliver_push(PushKind::Voip, push("call-2"));
        phone.advance(60_000);
        let entries = phone.timeline().entries();
        let ended = entries
            .iter()
            .filter(|entry| matches!(entry.what, TimelineEvent::CallEnded { .. }));
        let at: Vec<u64> = ended.map(|entry| entry.at - START).collect();
        assert_eq!(at, [28_500, 60_000 + 55_000], "{clock_offset_ms}");
    }
}

/// A call was declined while the gateway did not answer; the app is gone.
fn declined() -> VirtualPhone {
    let phone = installed();
    let expires = phone.now() + 45_000;
    let push = json!({"call_id": "call-42", "zpns": {"kind": "invite", "expiresAt": expires,
        "followURL": "https://push.example/v1/calls/call-42", "followToken": "f"}});
    phone.deliver_push(PushKind::Voip, push.to_string());
    phone.settle();
    phone.end(ringing(&phone)).unwrap();
    phone.settle();
    phone.kill().unwrap();
    phone.take_network_requests();
    phone
}

#[test]
fn what_is_stored_survives_damage_and_a_newer_version_but_for_what_they_touch() {
    for change in [StorageChange::Damaged, StorageChange::Newer] {
        let phone = declined();
        let installation = phone.installation();
        phone.change_storage(change);
        phone.launch().unwrap();
        phone.settle();
        assert!(installation.is_some());
        assert_eq!(phone.installation(), installation, "{change:?}");
        let requests = phone.take_network_requests();
        let rejects = |request: &NetworkRequest| match &request.kind {
            NetworkRequestKind::Http(request) => request.url.ends_with("/reject"),
            _ => false,
        };
        assert!(requests.iter().any(rejects), "{change:?}");
    }
}
