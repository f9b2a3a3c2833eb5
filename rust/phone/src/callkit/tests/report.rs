//! What an app says to `CXProvider`.

use super::*;

#[test]
fn the_same_uuid_reported_twice_is_refused_with_2_and_makes_no_second_call() {
    let mut bench = Bench::new();
    assert_eq!(bench.reports(A), None);
    assert_eq!(bench.reports(A), incoming(2));
    assert_eq!(bench.callkit.calls().len(), 1);
}

#[test]
fn a_uuid_whose_call_ended_can_be_reported_again() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench.does(|callkit, now| callkit.report_ended(A, EndedReason::RemoteEnded, now));
    assert_eq!(bench.reports(A), None);
}

#[test]
fn do_not_disturb_refuses_with_3_and_nothing_rings() {
    let mut bench = Bench::with(&PhoneOptions {
        do_not_disturb: true,
        ..PhoneOptions::default()
    });
    assert_eq!(bench.reports(A), incoming(3));
    assert!(bench.callkit.calls().is_empty());
}

#[test]
fn a_blocked_caller_is_refused_with_4() {
    let mut bench = Bench::with(&PhoneOptions {
        blocked_handles: vec!["mallory".to_owned()],
        ..PhoneOptions::default()
    });
    assert_eq!(bench.reports_from(A, "mallory"), incoming(4));
    assert_eq!(bench.reports_from(B, "alice"), None);
}

#[test]
fn without_the_voip_background_mode_nothing_is_allowed() {
    let mut bench = Bench::with(&PhoneOptions {
        background_modes: Vec::new(),
        ..PhoneOptions::default()
    });
    assert_eq!(bench.reports(A), incoming(1));
    assert_eq!(bench.starts(B), transaction(1));
}

#[test]
fn more_groups_than_the_provider_allows_are_refused_with_7() {
    let mut bench = Bench::new();
    assert_eq!((bench.reports(A), bench.starts(B)), (None, None));
    assert_eq!(bench.starts(C), transaction(7));
    assert_eq!(bench.reports(C), transaction(7));
}

#[test]
fn no_call_at_all_fits_into_zero_groups() {
    let mut bench = Bench::configured(ProviderConfiguration {
        maximum_call_groups: Some(0),
        ..ProviderConfiguration::default()
    });
    assert_eq!(bench.reports(A), transaction(7));
}

#[test]
fn a_report_completes_later_and_only_then_it_rings() {
    let mut bench = Bench::with(&PhoneOptions {
        report_delay_ms: 50,
        ..PhoneOptions::default()
    });
    bench.does(|callkit, now| callkit.report_incoming(1, A, CallUpdate::default(), now));
    bench.pass(49);
    assert!(bench.callkit.calls().is_empty());
    bench.pass(1);
    assert_eq!(bench.state(A), Some(CallState::Ringing));
}

#[test]
fn an_end_before_the_report_completed_is_lost() {
    let mut bench = Bench::with(&PhoneOptions {
        report_delay_ms: 50,
        ..PhoneOptions::default()
    });
    bench.does(|callkit, now| callkit.report_incoming(1, A, CallUpdate::default(), now));
    bench.does(|callkit, now| callkit.report_ended(A, EndedReason::RemoteEnded, now));
    bench.pass(50);
    assert_eq!(bench.state(A), Some(CallState::Ringing));
    assert_eq!(
        bench.count(|what| matches!(
            what,
            TimelineEvent::ReportIgnored {
                report: "ended",
                ..
            }
        )),
        1
    );
}

#[test]
fn a_report_that_a_reset_overtakes_completes_with_an_error() {
    let mut bench = Bench::with(&PhoneOptions {
        report_delay_ms: 50,
        ..PhoneOptions::default()
    });
    bench.does(|callkit, now| callkit.report_incoming(1, A, CallUpdate::default(), now));
    bench.does(CallKit::reset);
    bench.pass(50);
    assert!(matches!(
        bench.to_app.last(),
        Some(SystemEvent::ReportCompleted { error: Some(_), .. })
    ));
}

#[test]
fn fulfilling_a_start_does_not_connect_the_call_and_connected_does() {
    let mut bench = Bench::new();
    bench.starts(A);
    bench.fulfils();
    assert_eq!(bench.state(A), Some(CallState::Dialing));
    bench.does(|callkit, _| callkit.report_outgoing_started(A));
    assert_eq!(bench.state(A), Some(CallState::Connecting));
    bench.does(|callkit, _| callkit.report_outgoing_connected(A));
    assert_eq!(bench.state(A), Some(CallState::Active));
}

#[test]
fn a_call_is_not_connected_before_its_start_is_fulfilled() {
    let mut bench = Bench::new();
    bench.starts(A);
    bench.does(|callkit, _| callkit.report_outgoing_connected(A));
    assert_eq!(bench.state(A), Some(CallState::Starting));
}

#[test]
fn an_update_changes_what_it_names_and_nothing_else() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench.does(|callkit, _| {
        callkit.report_update(
            A,
            CallUpdate {
                localized_caller_name: Some("Alice".to_owned()),
                ..CallUpdate::default()
            },
        );
    });
    let call = bench.callkit.call(A).unwrap();
    assert_eq!(
        (call.name.as_deref(), call.handle.clone()),
        (Some("Alice"), Some(handle("alice")))
    );
}

#[test]
fn a_reset_drops_all_calls_and_afterwards_their_uuids_are_unknown() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.does(CallKit::reset);
    assert_eq!(bench.ended(A), Some(EndCause::Reset));
    assert!(bench.to_app.contains(&SystemEvent::ProviderReset));
    assert_eq!(
        bench.requests(RequestedAction::End { uuid: A }),
        transaction(4)
    );
}

#[test]
fn invalidating_the_provider_resets_it_and_drops_its_calls() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.does(CallKit::invalidate);
    assert_eq!(bench.ended(A), Some(EndCause::Invalidated));
    assert!(bench.to_app.contains(&SystemEvent::ProviderReset));
}

#[test]
fn only_a_new_provider_begins() {
    let mut bench = Bench::new();
    bench.does(|callkit, _| callkit.configure(ProviderConfiguration::default()));
    let began = bench
        .to_app
        .iter()
        .filter(|event| **event == SystemEvent::ProviderBegan)
        .count();
    assert_eq!(began, 1);
}

#[test]
fn past_calls_are_in_recents_unless_the_provider_keeps_them_out() {
    for (includes, expected) in [(None, 1), (Some(false), 0)] {
        let mut bench = Bench::configured(ProviderConfiguration {
            includes_calls_in_recents: includes,
            ..ProviderConfiguration::default()
        });
        bench.reports(A);
        bench.does(|callkit, now| callkit.report_ended(A, EndedReason::Unanswered, now));
        assert_eq!(bench.callkit.recents().len(), expected);
    }
}

#[test]
fn recents_call_back_only_to_kinds_of_handles_that_the_provider_supports() {
    let mut bench = Bench::new();
    assert!(!bench.callkit.can_call_back(HandleType::Generic));
    let handles = Some(vec![HandleType::Generic]);
    bench.does(|callkit, _| {
        callkit.configure(ProviderConfiguration {
            supported_handle_types: handles,
            ..ProviderConfiguration::default()
        });
    });
    assert!(
        bench.callkit.can_call_back(HandleType::Generic)
            && !bench.callkit.can_call_back(HandleType::PhoneNumber)
    );
}

#[test]
fn every_report_is_refused_with_the_error_that_was_named_until_calls_are_taken_again() {
    use IncomingCallError::*;
    let mut bench = Bench::new();
    for (error, code) in [
        (Unknown, 0),
        (Unentitled, 1),
        (CallUuidAlreadyExists, 2),
        (FilteredByDoNotDisturb, 3),
        (FilteredByBlockList, 4),
        (FilteredDuringRestrictedSharingMode, 5),
        (CallIsProtected, 6),
        (FilteredBySensitiveParticipants, 7),
    ] {
        bench.callkit.rules.refuses_reports = Some(error);
        assert_eq!(bench.reports(A), incoming(code), "{error:?}");
        assert!(bench.callkit.calls().is_empty());
    }
    bench.callkit.rules.refuses_reports = None;
    assert_eq!(bench.reports(A), None);
}

#[test]
fn a_phone_can_be_set_up_to_refuse_every_report() {
    let options =
        PhoneOptions::from_json(r#"{"refuseReports": "filteredBySensitiveParticipants"}"#);
    assert_eq!(Bench::with(&options.unwrap()).reports(A), incoming(7));
}
