//! Actions on their way to the app and back.

use super::*;

#[test]
fn an_answer_connects_the_call_when_the_app_fulfils_it_and_then_activates_audio() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench
        .does(|callkit, now| callkit.user_answers(A, Others::Hold, now))
        .unwrap();
    assert_eq!(bench.state(A), Some(CallState::Answering));
    assert!(!bench.to_app.contains(&SystemEvent::AudioActivated));
    bench.fulfils();
    assert_eq!(bench.state(A), Some(CallState::Active));
    assert!(bench.to_app.contains(&SystemEvent::AudioActivated));
}

#[test]
fn an_action_carries_its_deadline() {
    let mut bench = Bench::with(&PhoneOptions {
        action_timeout_ms: 5_000,
        ..PhoneOptions::default()
    });
    bench.reports(A);
    bench
        .does(|callkit, now| callkit.user_answers(A, Others::Hold, now))
        .unwrap();
    assert_eq!(bench.actions()[0].deadline, bench.now + 5_000);
}

#[test]
fn a_failed_answer_ends_the_call() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench
        .does(|callkit, now| callkit.user_answers(A, Others::Hold, now))
        .unwrap();
    let action = bench.actions().remove(0);
    bench.does(|callkit, now| callkit.fail(action.id, now));
    assert_eq!(bench.ended(A), Some(EndCause::AnswerFailed));
}

#[test]
fn an_answer_that_is_never_settled_times_out_and_ends_the_call() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench
        .does(|callkit, now| callkit.user_answers(A, Others::Hold, now))
        .unwrap();
    let action = bench.actions().remove(0);
    bench.pass(29_999);
    assert_eq!(bench.ended(A), None);
    bench.pass(1);
    assert_eq!(bench.ended(A), Some(EndCause::TimedOut));
    assert!(
        bench
            .to_app
            .contains(&SystemEvent::ActionTimedOut { action: action.id })
    );
}

#[test]
fn an_action_is_settled_once_and_what_comes_later_is_ignored() {
    let mut bench = Bench::new();
    bench.active(A);
    bench
        .does(|callkit, now| callkit.user_mutes(A, true, now))
        .unwrap();
    let action = bench.actions().remove(0);
    bench.does(|callkit, now| {
        callkit.fulfill(action.id, now);
        callkit.fulfill(action.id, now);
        callkit.fail(action.id, now);
    });
    assert_eq!(
        bench.count(|what| matches!(what, TimelineEvent::CallMuted { .. })),
        1
    );
    assert_eq!(
        bench.count(|what| *what == TimelineEvent::LateFulfil { action: action.id }),
        1
    );
    assert_eq!(
        bench.count(|what| *what == TimelineEvent::LateFail { action: action.id }),
        1
    );
}

#[test]
fn an_action_that_timed_out_can_not_be_fulfilled_any_more() {
    let mut bench = Bench::new();
    bench.active(A);
    bench
        .does(|callkit, now| callkit.user_mutes(A, true, now))
        .unwrap();
    let action = bench.actions().remove(0);
    bench.pass(30_000);
    bench.does(|callkit, now| callkit.fulfill(action.id, now));
    assert!(!bench.callkit.call(A).unwrap().muted);
    assert_eq!(
        bench.count(|what| matches!(what, TimelineEvent::LateFulfil { .. })),
        1
    );
}

#[test]
fn every_action_has_an_id_of_its_own() {
    let mut bench = Bench::new();
    bench.active(A);
    for muted in [true, false] {
        bench
            .does(|callkit, now| callkit.user_mutes(A, muted, now))
            .unwrap();
    }
    let actions = bench.actions();
    assert_ne!(actions[0].id, actions[1].id);
}

#[test]
fn answering_a_second_call_holds_the_first_before_it() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.reports(B);
    bench
        .does(|callkit, now| callkit.user_answers(B, Others::Hold, now))
        .unwrap();
    let actions: Vec<_> = bench
        .actions()
        .into_iter()
        .map(|action| (action.call, action.kind))
        .collect();
    assert_eq!(
        actions,
        [
            (A, ActionKind::SetHeld { on_hold: true }),
            (B, ActionKind::Answer)
        ]
    );
}

#[test]
fn end_and_accept_ends_the_first_call() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.reports(B);
    bench
        .does(|callkit, now| callkit.user_answers(B, Others::End, now))
        .unwrap();
    bench.fulfils();
    assert_eq!(
        (bench.ended(A), bench.state(B)),
        (Some(EndCause::User), Some(CallState::Active))
    );
}

#[test]
fn a_call_that_can_not_be_held_is_ended_by_answering_another() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.does(|callkit, _| {
        callkit.report_update(
            A,
            CallUpdate {
                supports_holding: Some(false),
                ..CallUpdate::default()
            },
        );
    });
    bench.reports(B);
    bench
        .does(|callkit, now| callkit.user_answers(B, Others::Hold, now))
        .unwrap();
    assert_eq!(bench.actions()[0].kind, ActionKind::End);
}

#[test]
fn swapping_holds_first_and_then_resumes() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.active(B);
    assert!(bench.callkit.call(A).unwrap().on_hold);
    bench.does(CallKit::user_swaps);
    let actions: Vec<_> = bench
        .actions()
        .into_iter()
        .map(|action| (action.call, action.kind))
        .collect();
    assert_eq!(
        actions,
        [
            (B, ActionKind::SetHeld { on_hold: true }),
            (A, ActionKind::SetHeld { on_hold: false })
        ]
    );
}

#[test]
fn audio_is_deactivated_when_the_last_active_call_is_gone() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.active(B);
    for (uuid, deactivated) in [(A, 0), (B, 1)] {
        bench
            .does(|callkit, now| callkit.user_ends(uuid, now))
            .unwrap();
        bench.fulfils();
        assert_eq!(
            bench.count(|what| *what == TimelineEvent::AudioDeactivated),
            deactivated
        );
    }
}

#[test]
fn a_call_that_the_user_ended_is_off_the_screen_before_the_app_fulfils() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench
        .does(|callkit, now| callkit.user_ends(A, now))
        .unwrap();
    assert!(bench.callkit.calls().is_empty());
    assert_eq!(bench.ended(A), None);
    bench.fulfils();
    assert_eq!(bench.ended(A), Some(EndCause::User));
}

#[test]
fn an_end_is_an_end_even_if_the_app_fails_it_or_forgets_it() {
    for forgets in [true, false] {
        let mut bench = Bench::new();
        bench.reports(A);
        bench
            .does(|callkit, now| callkit.user_ends(A, now))
            .unwrap();
        let action = bench.actions().remove(0);
        if forgets {
            bench.pass(30_000);
        } else {
            bench.does(|callkit, now| callkit.fail(action.id, now));
        }
        assert_eq!(bench.ended(A), Some(EndCause::User));
    }
}

#[test]
fn an_answer_fulfilled_after_the_user_hung_up_does_not_bring_the_call_back() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench
        .does(|callkit, now| callkit.user_answers(A, Others::Hold, now))
        .unwrap();
    bench
        .does(|callkit, now| callkit.user_ends(A, now))
        .unwrap();
    let answer = bench.actions().remove(0);
    bench.does(|callkit, now| callkit.fulfill(answer.id, now));
    assert_eq!(bench.state(A), Some(CallState::Ending));
}

#[test]
fn a_call_that_rings_for_a_minute_is_ended_by_the_system() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench.pass(60_000);
    let action = bench.actions().remove(0);
    assert_eq!((action.kind, action.transaction), (ActionKind::End, None));
    bench.does(|callkit, now| callkit.fulfill(action.id, now));
    assert_eq!(bench.ended(A), Some(EndCause::RingLimit));
}

#[test]
fn the_ring_limit_of_an_earlier_call_does_not_end_a_later_one_with_its_uuid() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench.pass(59_000);
    bench.does(|callkit, now| callkit.report_ended(A, EndedReason::RemoteEnded, now));
    bench.reports(A);
    bench.pass(2_000);
    assert_eq!(bench.actions(), []);
}

#[test]
fn tones_and_mute_and_hold_show_when_they_are_fulfilled() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.requests(RequestedAction::PlayDtmf {
        uuid: A,
        digits: "12#".to_owned(),
        kind: DtmfKind::SingleTone,
    });
    bench.fulfils();
    bench
        .does(|callkit, now| callkit.user_holds(A, true, now))
        .unwrap();
    let action = bench.actions().remove(0);
    assert!(!bench.callkit.call(A).unwrap().on_hold);
    bench.does(|callkit, now| callkit.fulfill(action.id, now));
    assert!(bench.callkit.call(A).unwrap().on_hold);
    assert_eq!(
        bench.count(|what| *what
            == TimelineEvent::TonesPlayed {
                uuid: A,
                digits: "12#".to_owned()
            }),
        1
    );
}
