//! What an app asks of `CXCallController`.

use super::*;

#[test]
fn calls_of_one_group_count_once() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.active(B);
    bench
        .does(|callkit, now| callkit.user_groups(A, Some(B), now))
        .unwrap();
    bench.fulfils();
    assert_eq!(bench.reports(C), None);
}

#[test]
fn a_group_takes_no_more_calls_than_the_provider_allows() {
    let mut bench = Bench::configured(ProviderConfiguration {
        maximum_call_groups: Some(3),
        maximum_calls_per_call_group: Some(2),
        ..ProviderConfiguration::default()
    });
    for uuid in [A, B, C] {
        bench.active(uuid);
    }
    assert_eq!(
        bench.requests(RequestedAction::SetGroup {
            uuid: A,
            with: Some(B)
        }),
        None
    );
    bench.fulfils();
    assert_eq!(
        bench.requests(RequestedAction::SetGroup {
            uuid: C,
            with: Some(B)
        }),
        transaction(6)
    );
}

#[test]
fn a_call_leaves_its_group() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.active(B);
    for with in [Some(B), None] {
        assert_eq!(
            bench.requests(RequestedAction::SetGroup { uuid: A, with }),
            None
        );
        bench.fulfils();
        assert_eq!(
            bench.callkit.call(A).unwrap().group.is_some(),
            with.is_some()
        );
    }
}

#[test]
fn an_action_on_an_unknown_uuid_is_refused_with_4() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.requests(RequestedAction::End { uuid: A }),
        transaction(4)
    );
    assert_eq!(
        bench.requests(RequestedAction::SetMuted {
            uuid: A,
            muted: true
        }),
        transaction(4)
    );
}

#[test]
fn starting_a_known_uuid_is_refused_with_5() {
    let mut bench = Bench::new();
    bench.reports(A);
    assert_eq!(bench.starts(A), transaction(5));
}

#[test]
fn without_a_provider_no_transaction_is_accepted_and_no_report_taken() {
    let mut bench = Bench::new();
    bench.does(CallKit::invalidate);
    assert_eq!(bench.starts(A), transaction(2));
    assert!(!bench.does(|callkit, now| callkit.report_incoming(1, A, CallUpdate::default(), now)));
}

#[test]
fn a_call_that_already_rings_no_more_can_not_be_answered() {
    let mut bench = Bench::new();
    bench.active(A);
    assert_eq!(
        bench.requests(RequestedAction::Answer { uuid: A }),
        transaction(6)
    );
    let error = bench
        .does(|callkit, now| callkit.user_answers(A, Others::Hold, now))
        .unwrap_err();
    assert!(matches!(error, PhoneError::Impossible { .. }), "{error}");
}

#[test]
fn a_call_that_can_not_be_held_is_not_held() {
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
    assert_eq!(
        bench.requests(RequestedAction::SetHeld {
            uuid: A,
            on_hold: true
        }),
        transaction(6)
    );
}

#[test]
fn an_accepted_transaction_comes_back_as_an_action_that_names_it() {
    let mut bench = Bench::new();
    assert_eq!(bench.starts(A), None);
    let action = bench.actions().remove(0);
    assert_eq!(action.transaction, Some(7));
    assert_eq!(
        action.kind,
        ActionKind::Start {
            handle: Some(handle("bob")),
            contact: None,
            video: false
        }
    );
}

#[test]
fn failing_a_start_ends_the_call() {
    let mut bench = Bench::new();
    bench.starts(A);
    let action = bench.actions().remove(0);
    bench.does(|callkit, now| callkit.fail(action.id, now));
    assert_eq!(bench.ended(A), Some(EndCause::StartFailed));
}
