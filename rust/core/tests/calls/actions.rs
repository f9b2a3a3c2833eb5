//! CallKit's actions: each is settled exactly once.

use serde_json::json;
use zpns_core::effect::{DtmfKind, EndedReason, Handle};
use zpns_core::{
    ActionKind, AppFacts, CallAction, CallRequest, Effect, Input, Stored, SystemEvent,
};
use zpns_protocol::push_config::HandleType;

use crate::support::*;

fn ringing() -> Phone {
    let mut phone = Phone::launch();
    phone.push(&plain_push("call-42"));
    phone
}

fn fulfill(phone: &mut Phone, seq: &str) {
    assert_eq!(
        phone.invoke("completeAction", &json!({"seq": seq, "outcome": "fulfill"})),
        json!({"ok": {}})
    );
}

#[test]
fn javascript_answers_and_the_action_is_fulfilled() {
    let mut phone = ringing();
    let action = phone.user(call_42(), ActionKind::Answer);
    assert_eq!(
        phone.events_of("performAnswerCallAction"),
        [&json!({"seq": "native1", "source": "user", "action": {"callUUID": CALL_42}})]
    );
    assert!(!phone.call_kit.told.contains(&Told::Fulfilled(action)));
    fulfill(&mut phone, "native1");
    assert_eq!(phone.call_kit.told.last(), Some(&Told::Fulfilled(action)));
    phone.wait(600_000);
    assert!(
        phone.ends(call_42()).is_empty(),
        "an answered call does not time out"
    );
}

#[test]
fn settling_twice_and_settling_nothing_are_told_apart() {
    let mut phone = ringing();
    phone.user(call_42(), ActionKind::Answer);
    fulfill(&mut phone, "native1");
    let told = phone.call_kit.told.len();
    let again = phone.invoke(
        "completeAction",
        &json!({"seq": "native1", "outcome": "fail"}),
    );
    assert_eq!(again["error"]["code"], "6009008");
    assert_eq!(
        phone.invoke(
            "completeAction",
            &json!({"seq": "native2", "outcome": "fail"})
        )["error"]["code"],
        "6009009"
    );
    assert_eq!(
        phone.invoke(
            "completeAction",
            &json!({"seq": "native1", "outcome": "maybe"})
        )["error"]["code"],
        "6009001"
    );
    assert_eq!(phone.call_kit.told.len(), told);
}

#[test]
fn an_answer_that_nobody_settles_fails_and_ends_the_call_before_apples_deadline() {
    let mut phone = ringing();
    let action = phone.user(call_42(), ActionKind::Answer);
    phone.wait(ACTION_MS - 1500);
    let told = phone.call_kit.told.as_slice();
    assert!(
        told.ends_with(&[
            Told::Ended(call_42(), EndedReason::Failed),
            Told::Failed(action)
        ]),
        "the end is what CallKit goes by"
    );
    assert_eq!(
        phone.events_of("didEndCall"),
        [&json!({"uuid": CALL_42, "callID": "call-42", "reason": 1})]
    );
}

#[test]
fn an_end_that_nobody_settles_is_fulfilled() {
    let mut phone = ringing();
    let action = phone.user(call_42(), ActionKind::End);
    phone.wait(9_999);
    assert!(
        !phone.call_kit.told.contains(&Told::Fulfilled(action)),
        "JavaScript has time to start"
    );
    phone.wait(1);
    assert!(phone.call_kit.told.contains(&Told::Fulfilled(action)));
    assert!(
        phone.ends(call_42()).is_empty() && phone.events_of("didEndCall").is_empty(),
        "the user ended it"
    );
}

#[test]
fn other_actions_that_nobody_settles_fail_and_leave_the_call_alone() {
    let mut phone = ringing();
    let action = phone.user(call_42(), ActionKind::SetMuted { muted: true });
    phone.wait(ACTION_MS);
    assert!(phone.call_kit.told.contains(&Told::Failed(action)));
    assert_eq!(
        phone.invoke("getCalls", &json!({}))["ok"][0]["muted"],
        false
    );
}

#[test]
fn an_answer_that_javascript_fails_ends_the_call() {
    let mut phone = ringing();
    let action = phone.user(call_42(), ActionKind::Answer);
    phone.invoke(
        "completeAction",
        &json!({"seq": "native1", "outcome": "fail"}),
    );
    let told = phone.call_kit.told.as_slice();
    assert!(
        told.ends_with(&[
            Told::Ended(call_42(), EndedReason::Failed),
            Told::Failed(action)
        ]),
        "the end is what CallKit goes by"
    );
}

#[test]
fn a_timed_out_action_is_not_touched_and_its_call_ends() {
    let mut phone = ringing();
    let action = phone.user(call_42(), ActionKind::Answer);
    phone.system(SystemEvent::ActionTimedOut { action });
    assert_eq!(
        phone.events_of("timedOutPerformingAction"),
        [&json!({"seq": "native1", "action": {"callUUID": CALL_42, "kind": "answer"}})]
    );
    assert_eq!(phone.ends(call_42()), [EndedReason::Failed]);
    let late = phone.invoke(
        "completeAction",
        &json!({"seq": "native1", "outcome": "fulfill"}),
    );
    assert_eq!(late["error"]["code"], "6009008");
    phone.wait(ACTION_MS);
    assert!(
        !phone.call_kit.told.contains(&Told::Fulfilled(action))
            && !phone.call_kit.told.contains(&Told::Failed(action))
    );
    phone.system(SystemEvent::ActionTimedOut { action });
    assert_eq!(phone.events_of("timedOutPerformingAction").len(), 1);
}

#[test]
fn an_end_that_timed_out_leaves_no_call_on_the_screen() {
    let mut phone = ringing();
    let action = phone.user(call_42(), ActionKind::End);
    phone.system(SystemEvent::ActionTimedOut { action });
    assert_eq!(
        phone.events_of("timedOutPerformingAction")[0]["action"]["kind"],
        "end"
    );
    assert_eq!(phone.ends(call_42()), [EndedReason::Failed]);
}

#[test]
fn actions_for_a_call_that_is_over_are_settled_without_javascript() {
    let mut phone = ringing();
    phone.invoke("reportCallEnded", &json!({"uuid": CALL_42, "reason": 2}));
    let answer = phone.user(call_42(), ActionKind::Answer);
    let end = phone.user(call_42(), ActionKind::End);
    assert!(
        phone.call_kit.told.contains(&Told::Failed(answer))
            && phone.call_kit.told.contains(&Told::Fulfilled(end))
    );
    assert!(
        phone.events_of("performAnswerCallAction").is_empty()
            && phone.events_of("performEndCallAction").is_empty()
    );
}

#[test]
fn an_open_answer_is_failed_when_the_call_ends_elsewhere() {
    let mut phone = ringing();
    let action = phone.user(call_42(), ActionKind::Answer);
    phone.invoke("reportCallEnded", &json!({"uuid": CALL_42, "reason": 2}));
    assert_eq!(
        phone.ends(call_42()),
        [EndedReason::RemoteEnded],
        "the first reason is the one that Recents shows"
    );
    assert_eq!(phone.call_kit.told.last(), Some(&Told::Failed(action)));
    assert!(
        phone.events_of("didEndCall").is_empty(),
        "the app said so itself"
    );
}

#[test]
fn the_users_actions_carry_what_was_asked() {
    let mut phone = ringing();
    phone.user(call_42(), ActionKind::SetHeld { on_hold: true });
    phone.user(
        call_42(),
        ActionKind::SetGroup {
            with: Some(call_42()),
        },
    );
    phone.user(
        call_42(),
        ActionKind::PlayDtmf {
            digits: "12#".into(),
            kind: DtmfKind::HardPause,
        },
    );
    let handle = Some(Handle {
        kind: HandleType::PhoneNumber,
        value: "+49".into(),
    });
    let other = zpns_protocol::call_uuid("other");
    phone.user(
        other,
        ActionKind::Start {
            handle,
            contact: None,
            video: true,
        },
    );
    assert_eq!(
        phone.events_of("performSetHeldCallAction")[0]["action"],
        json!({"callUUID": CALL_42, "onHold": true})
    );
    assert_eq!(
        phone.events_of("performSetGroupCallAction")[0]["action"],
        json!({"callUUID": CALL_42, "callUUIDToGroupWith": CALL_42})
    );
    assert_eq!(
        phone.events_of("performPlayDTMFCallAction")[0]["action"],
        json!({"callUUID": CALL_42, "digits": "12#", "type": 2})
    );
    assert_eq!(
        phone.events_of("performStartCallAction")[0]["action"],
        json!({"callUUID": other.to_string().to_uppercase(), "handle": {"type": 2, "value": "+49"}, "contactIdentifier": "", "video": true})
    );
    for seq in ["native1", "native2"] {
        fulfill(&mut phone, seq);
    }
    let calls = phone.invoke("getCalls", &json!({}));
    let call = calls["ok"]
        .as_array()
        .unwrap()
        .iter()
        .find(|call| call["uuid"] == CALL_42)
        .unwrap();
    assert_eq!(
        (call["onHold"].clone(), call["groupedWith"].clone()),
        (json!(true), json!(CALL_42))
    );
}

#[test]
fn an_answer_on_a_cold_start_waits_for_javascript() {
    let mut phone = Phone::launch_without_js(AppFacts::default(), Stored::Empty, START);
    phone.push(&plain_push("call-42"));
    let action = phone.user(call_42(), ActionKind::Answer);
    phone.wait(4_000);
    phone.start_js();
    assert_eq!(phone.events_of("performAnswerCallAction").len(), 1);
    fulfill(&mut phone, "native1");
    assert!(phone.call_kit.told.contains(&Told::Fulfilled(action)));
}

#[test]
fn a_provider_reset_ends_everything_and_completes_nothing() {
    let mut phone = ringing();
    let action = phone.user(call_42(), ActionKind::Answer);
    let told = phone.call_kit.told.len();
    phone.system(SystemEvent::ProviderReset);
    assert_eq!(
        phone.events_of("providerDidReset"),
        [&json!({"uuids": [CALL_42]})]
    );
    assert_eq!(phone.events_of("didEndCall").len(), 1);
    assert_eq!(
        phone.invoke(
            "completeAction",
            &json!({"seq": "native1", "outcome": "fulfill"})
        )["error"]["code"],
        "6009008"
    );
    phone.wait(600_000);
    assert_eq!(phone.call_kit.told.len(), told);
    assert!(!phone.call_kit.told.contains(&Told::Failed(action)));
    assert_eq!(phone.invoke("getCalls", &json!({})), json!({"ok": []}));
}

#[test]
fn a_completion_that_a_reset_overtook_says_nothing_about_the_next_report() {
    let mut phone = Phone::launch();
    phone.call_kit.slow = true;
    phone.push(&plain_push("call-42"));
    phone.system(SystemEvent::ProviderReset);
    phone.call_kit.calls.clear();
    phone.call_kit.refuse_reports = Some(3);
    let again = phone.begin("reportIncomingCall", &json!({"uuid": CALL_42}));
    phone.complete_one();
    assert!(
        !phone.is_answered(again),
        "the first report's completion is not the answer to the second"
    );
    phone.complete_one();
    assert_eq!(phone.answer_of(again)["error"]["code"], "3");
}

#[test]
fn audio_and_provider_events_pass_through() {
    let mut phone = Phone::launch();
    for event in [
        SystemEvent::ProviderBegan,
        SystemEvent::AudioActivated,
        SystemEvent::AudioDeactivated,
    ] {
        phone.system(event);
    }
    let handle = Handle {
        kind: HandleType::Generic,
        value: "alice".into(),
    };
    phone.system(SystemEvent::StartCallIntent {
        handle,
        video: true,
    });
    let kinds: Vec<&str> = phone.events.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "callsChanged",
            "providerDidBegin",
            "didActivateAudioSession",
            "didDeactivateAudioSession",
            "didReceiveStartCallIntent"
        ]
    );
    assert_eq!(
        phone.events[4].1,
        json!({"handle": {"type": 1, "value": "alice"}, "video": true})
    );
}

#[test]
fn a_second_answer_does_not_count_as_the_apps() {
    let mut phone = Phone::launch();
    phone.push(&gateway_push(START));
    phone.user(call_42(), ActionKind::Answer);
    phone.user(call_42(), ActionKind::Answer);
    assert!(!phone.asks("/accept"), "the app has yet to answer");
    phone.wait(ACTION_MS);
    assert_eq!(
        phone.ends(call_42()),
        [EndedReason::Failed],
        "and it never did"
    );
}

#[test]
fn the_audio_session_is_prepared_for_the_kind_of_call_before_javascript_hears_of_the_action() {
    let prepared = |effects: &[Effect]| {
        let at = effects
            .iter()
            .position(|effect| matches!(effect, Effect::Call(CallRequest::PrepareAudio { .. })))?;
        let video = matches!(
            effects[at],
            Effect::Call(CallRequest::PrepareAudio { video: true })
        );
        let event =
            matches!(&effects[at + 1], Effect::Emit(event) if event.kind.starts_with("perform"));
        Some((video, event))
    };
    for video in [false, true] {
        let mut phone = Phone::launch();
        let mut push = plain_push("call-42");
        push["zego"]["voip_has_video"] = json!(video);
        phone.push(&push);
        let act = |phone: &mut Phone, call, kind| {
            let action = CallAction {
                id: uuid::Uuid::from_u128(1),
                call,
                kind,
                deadline: phone.now + ACTION_MS,
                transaction: None,
            };
            phone.system(SystemEvent::Action(action))
        };
        let effects = act(&mut phone, call_42(), ActionKind::Answer);
        assert_eq!(prepared(&effects), Some((video, true)));
        fulfill(&mut phone, "native1");
        let effects = act(&mut phone, call_42(), ActionKind::SetMuted { muted: true });
        assert_eq!(prepared(&effects), None);

        let mut phone = Phone::launch();
        let start = ActionKind::Start {
            handle: None,
            contact: None,
            video,
        };
        let effects = act(&mut phone, call_42(), start);
        assert_eq!(prepared(&effects), Some((video, true)));
    }
}

#[test]
fn a_wish_to_call_nobody_is_not_told() {
    let mut phone = Phone::launch();
    for value in ["", "  "] {
        let handle = Handle {
            kind: HandleType::Generic,
            value: value.into(),
        };
        phone.system(SystemEvent::StartCallIntent {
            handle,
            video: false,
        });
    }
    assert!(phone.events_of("didReceiveStartCallIntent").is_empty());
}

/// JavaScript gives the newest event of this type back, as one that came when nobody listened any more.
fn give_back(phone: &mut Phone, kind: &str) -> serde_json::Value {
    let body = phone.events_of(kind).last().unwrap().to_string();
    phone.input(Input::Unlisten(kind));
    let event = json!({"type": kind, "seq": 9, "at": START, "body": body});
    phone.invoke("returnEvent", &event)
}

#[test]
fn an_event_that_javascript_gives_back_comes_to_the_next_listener() {
    const NAME: &str = "performAnswerCallAction";
    let mut phone = ringing();
    phone.user(call_42(), ActionKind::Answer);
    assert_eq!(give_back(&mut phone, NAME), json!({"ok": {}}));
    phone.input(Input::Listen(NAME));
    let events = phone.events_of(NAME);
    assert_eq!((events.len(), events[0]), (2, events[1]));
}

#[test]
fn an_event_that_is_given_back_after_its_action_was_settled_does_not_come_again_but_for_an_end() {
    let mut phone = ringing();
    phone.user(call_42(), ActionKind::Answer);
    fulfill(&mut phone, "native1");
    give_back(&mut phone, "performAnswerCallAction");
    phone.input(Input::Listen("performAnswerCallAction"));
    assert_eq!(phone.events_of("performAnswerCallAction").len(), 1);
    phone.user(call_42(), ActionKind::End);
    fulfill(&mut phone, "native2");
    give_back(&mut phone, "performEndCallAction");
    phone.input(Input::Listen("performEndCallAction"));
    assert_eq!(phone.events_of("performEndCallAction").len(), 2);
}

#[test]
fn what_is_no_event_is_not_taken_back() {
    let mut phone = ringing();
    for (kind, body) in [("registered", "{"), ("registered", "[]"), ("nothing", "{}")] {
        let event = json!({"type": kind, "seq": 1, "at": 1, "body": body});
        assert_eq!(
            phone.invoke("returnEvent", &event)["error"]["code"],
            "6009001"
        );
    }
}
