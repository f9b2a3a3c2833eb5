//! The rules of the call service, one by one.

use uuid::Uuid;
use zpns_client::core::ActionKind;
use zpns_client::core::effect::{DtmfKind, EndedReason, Handle, ProviderConfiguration};
use zpns_client::core::error::{INCOMING_CALL_DOMAIN, TRANSACTION_DOMAIN};
use zpns_client::{CallUpdate, RequestedAction, SystemEvent};
use zpns_protocol::push_config::HandleType;

use super::*;
use crate::error::PhoneError;

const A: Uuid = Uuid::from_u128(0xa);
const B: Uuid = Uuid::from_u128(0xb);
const C: Uuid = Uuid::from_u128(0xc);

/// A call service with a clock, whose output is carried out at once.
struct Bench {
    callkit: CallKit,
    now: u64,
    timers: Vec<(u64, Timer)>,
    to_app: Vec<SystemEvent>,
    happened: Vec<Happening>,
}

impl Bench {
    fn new() -> Self {
        Self::with(&PhoneOptions::default())
    }

    fn with(options: &PhoneOptions) -> Self {
        let callkit = CallKit::new(Rules::from(options));
        let mut bench = Self { callkit, now: 1_000, timers: Vec::new(), to_app: Vec::new(), happened: Vec::new() };
        bench.does(|callkit, _| callkit.configure(ProviderConfiguration::default()));
        bench
    }

    fn configured(configuration: ProviderConfiguration) -> Self {
        let mut bench = Self::new();
        bench.does(|callkit, _| callkit.configure(configuration));
        bench
    }

    fn does<T>(&mut self, work: impl FnOnce(&mut CallKit, u64) -> T) -> T {
        let answer = work(&mut self.callkit, self.now);
        let out = self.callkit.take_output();
        self.to_app.extend(out.to_app);
        self.happened.extend(out.happened);
        self.timers.extend(out.timers);
        answer
    }

    /// Lets time pass, and everything happen that is due.
    fn pass(&mut self, milliseconds: u64) {
        let end = self.now + milliseconds;
        while let Some(at) = (0..self.timers.len()).filter(|at| self.timers[*at].0 <= end).min_by_key(|at| self.timers[*at].0) {
            let (due, timer) = self.timers.remove(at);
            self.now = self.now.max(due);
            self.does(|callkit, now| callkit.timer(timer, now));
        }
        self.now = end;
    }

    fn reports(&mut self, uuid: Uuid) -> Option<(String, i64)> {
        self.reports_from(uuid, "alice")
    }

    /// Reports a call and waits for the completion: its error.
    fn reports_from(&mut self, uuid: Uuid, caller: &str) -> Option<(String, i64)> {
        let update = CallUpdate { remote_handle: Some(handle(caller)), ..CallUpdate::default() };
        assert!(self.does(|callkit, now| callkit.report_incoming(uuid, update, now)));
        self.pass(0);
        match self.to_app.pop() {
            Some(SystemEvent::ReportCompleted { uuid: reported, error }) if reported == uuid => error.map(|e| (e.domain, e.code)),
            other => panic!("no completion but {other:?}"),
        }
    }

    /// Requests a transaction: its error.
    fn requests(&mut self, action: RequestedAction) -> Option<(String, i64)> {
        self.to_app.clear();
        self.does(|callkit, now| callkit.transaction(7, action, now));
        match self.to_app.remove(0) {
            SystemEvent::TransactionCompleted { id: 7, error } => error.map(|error| (error.domain, error.code)),
            other => panic!("no completion but {other:?}"),
        }
    }

    fn starts(&mut self, uuid: Uuid) -> Option<(String, i64)> {
        self.requests(RequestedAction::Start { uuid, handle: handle("bob"), video: false })
    }

    /// The actions that the app was asked for since the last look.
    fn actions(&mut self) -> Vec<CallAction> {
        let actions = self.to_app.iter().filter_map(|event| match event {
            SystemEvent::Action(action) => Some(action.clone()),
            _ => None,
        });
        let actions = actions.collect();
        self.to_app.retain(|event| !matches!(event, SystemEvent::Action(_)));
        actions
    }

    /// The app fulfils everything that it was asked for.
    fn fulfils(&mut self) {
        for action in self.actions() {
            self.does(|callkit, now| callkit.fulfill(action.id, now));
        }
    }

    /// An incoming call that was answered.
    fn active(&mut self, uuid: Uuid) {
        assert_eq!(self.reports(uuid), None);
        self.does(|callkit, now| callkit.user_answers(uuid, Others::Hold, now)).unwrap();
        self.fulfils();
    }

    fn state(&self, uuid: Uuid) -> Option<CallState> {
        self.callkit.call(uuid).map(|call| call.state)
    }

    fn ended(&self, uuid: Uuid) -> Option<EndCause> {
        self.happened.iter().find_map(|what| match what {
            Happening::CallEnded { uuid: ended, cause } if *ended == uuid => Some(*cause),
            _ => None,
        })
    }

    fn count(&self, wanted: impl Fn(&Happening) -> bool) -> usize {
        self.happened.iter().filter(|what| wanted(what)).count()
    }
}

use zpns_client::core::CallAction;

fn handle(value: &str) -> Handle {
    Handle { kind: HandleType::Generic, value: value.to_owned() }
}

fn incoming(code: i64) -> Option<(String, i64)> {
    Some((INCOMING_CALL_DOMAIN.to_owned(), code))
}

fn transaction(code: i64) -> Option<(String, i64)> {
    Some((TRANSACTION_DOMAIN.to_owned(), code))
}

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
    let mut bench = Bench::with(&PhoneOptions { do_not_disturb: true, ..PhoneOptions::default() });
    assert_eq!(bench.reports(A), incoming(3));
    assert!(bench.callkit.calls().is_empty());
}

#[test]
fn a_blocked_caller_is_refused_with_4() {
    let mut bench = Bench::with(&PhoneOptions { blocked_handles: vec!["mallory".to_owned()], ..PhoneOptions::default() });
    assert_eq!(bench.reports_from(A, "mallory"), incoming(4));
    assert_eq!(bench.reports_from(B, "alice"), None);
}

#[test]
fn without_the_voip_background_mode_nothing_is_allowed() {
    let mut bench = Bench::with(&PhoneOptions { background_modes: Vec::new(), ..PhoneOptions::default() });
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
    let mut bench = Bench::configured(ProviderConfiguration { maximum_call_groups: Some(0), ..ProviderConfiguration::default() });
    assert_eq!(bench.reports(A), transaction(7));
}

#[test]
fn calls_of_one_group_count_once() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.active(B);
    bench.does(|callkit, now| callkit.user_groups(A, Some(B), now)).unwrap();
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
    assert_eq!(bench.requests(RequestedAction::SetGroup { uuid: A, with: Some(B) }), None);
    bench.fulfils();
    assert_eq!(bench.requests(RequestedAction::SetGroup { uuid: C, with: Some(B) }), transaction(6));
}

#[test]
fn a_call_leaves_its_group() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.active(B);
    for with in [Some(B), None] {
        assert_eq!(bench.requests(RequestedAction::SetGroup { uuid: A, with }), None);
        bench.fulfils();
        assert_eq!(bench.callkit.call(A).unwrap().group.is_some(), with.is_some());
    }
}

#[test]
fn an_action_on_an_unknown_uuid_is_refused_with_4() {
    let mut bench = Bench::new();
    assert_eq!(bench.requests(RequestedAction::End { uuid: A }), transaction(4));
    assert_eq!(bench.requests(RequestedAction::SetMuted { uuid: A, muted: true }), transaction(4));
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
    assert!(!bench.does(|callkit, now| callkit.report_incoming(A, CallUpdate::default(), now)));
}

#[test]
fn a_call_that_already_rings_no_more_can_not_be_answered() {
    let mut bench = Bench::new();
    bench.active(A);
    assert_eq!(bench.requests(RequestedAction::Answer { uuid: A }), transaction(6));
    let error = bench.does(|callkit, now| callkit.user_answers(A, Others::Hold, now)).unwrap_err();
    assert!(matches!(error, PhoneError::Impossible { .. }), "{error}");
}

#[test]
fn a_call_that_can_not_be_held_is_not_held() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.does(|callkit, _| callkit.report_update(A, CallUpdate { supports_holding: Some(false), ..CallUpdate::default() }));
    assert_eq!(bench.requests(RequestedAction::SetHeld { uuid: A, on_hold: true }), transaction(6));
}

#[test]
fn a_report_completes_later_and_only_then_it_rings() {
    let mut bench = Bench::with(&PhoneOptions { report_delay_ms: 50, ..PhoneOptions::default() });
    bench.does(|callkit, now| callkit.report_incoming(A, CallUpdate::default(), now));
    bench.pass(49);
    assert!(bench.callkit.calls().is_empty());
    bench.pass(1);
    assert_eq!(bench.state(A), Some(CallState::Ringing));
}

#[test]
fn an_end_before_the_report_completed_is_lost() {
    let mut bench = Bench::with(&PhoneOptions { report_delay_ms: 50, ..PhoneOptions::default() });
    bench.does(|callkit, now| callkit.report_incoming(A, CallUpdate::default(), now));
    bench.does(|callkit, now| callkit.report_ended(A, EndedReason::RemoteEnded, now));
    bench.pass(50);
    assert_eq!(bench.state(A), Some(CallState::Ringing));
    assert_eq!(bench.count(|what| matches!(what, Happening::ReportIgnored { report: "ended", .. })), 1);
}

#[test]
fn a_report_that_a_reset_overtakes_completes_with_an_error() {
    let mut bench = Bench::with(&PhoneOptions { report_delay_ms: 50, ..PhoneOptions::default() });
    bench.does(|callkit, now| callkit.report_incoming(A, CallUpdate::default(), now));
    bench.does(CallKit::reset);
    bench.pass(50);
    assert!(matches!(bench.to_app.last(), Some(SystemEvent::ReportCompleted { error: Some(_), .. })));
}

#[test]
fn an_answer_connects_the_call_when_the_app_fulfils_it_and_then_activates_audio() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench.does(|callkit, now| callkit.user_answers(A, Others::Hold, now)).unwrap();
    assert_eq!(bench.state(A), Some(CallState::Answering));
    assert!(!bench.to_app.contains(&SystemEvent::AudioActivated));
    bench.fulfils();
    assert_eq!(bench.state(A), Some(CallState::Active));
    assert!(bench.to_app.contains(&SystemEvent::AudioActivated));
}

#[test]
fn an_action_carries_its_deadline() {
    let mut bench = Bench::with(&PhoneOptions { action_timeout_ms: 5_000, ..PhoneOptions::default() });
    bench.reports(A);
    bench.does(|callkit, now| callkit.user_answers(A, Others::Hold, now)).unwrap();
    assert_eq!(bench.actions()[0].deadline, bench.now + 5_000);
}

#[test]
fn a_failed_answer_ends_the_call() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench.does(|callkit, now| callkit.user_answers(A, Others::Hold, now)).unwrap();
    let action = bench.actions().remove(0);
    bench.does(|callkit, now| callkit.fail(action.id, now));
    assert_eq!(bench.ended(A), Some(EndCause::AnswerFailed));
}

#[test]
fn an_answer_that_is_never_settled_times_out_and_ends_the_call() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench.does(|callkit, now| callkit.user_answers(A, Others::Hold, now)).unwrap();
    let action = bench.actions().remove(0);
    bench.pass(29_999);
    assert_eq!(bench.ended(A), None);
    bench.pass(1);
    assert_eq!(bench.ended(A), Some(EndCause::TimedOut));
    assert!(bench.to_app.contains(&SystemEvent::ActionTimedOut { action: action.id }));
}

#[test]
fn an_action_is_settled_once_and_what_comes_later_is_ignored() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.does(|callkit, now| callkit.user_mutes(A, true, now)).unwrap();
    let action = bench.actions().remove(0);
    bench.does(|callkit, now| {
        callkit.fulfill(action.id, now);
        callkit.fulfill(action.id, now);
        callkit.fail(action.id, now);
    });
    assert_eq!(bench.count(|what| matches!(what, Happening::CallMuted { .. })), 1);
    assert_eq!(bench.count(|what| *what == Happening::LateFulfil { action: action.id }), 1);
    assert_eq!(bench.count(|what| *what == Happening::LateFail { action: action.id }), 1);
}

#[test]
fn an_action_that_timed_out_can_not_be_fulfilled_any_more() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.does(|callkit, now| callkit.user_mutes(A, true, now)).unwrap();
    let action = bench.actions().remove(0);
    bench.pass(30_000);
    bench.does(|callkit, now| callkit.fulfill(action.id, now));
    assert!(!bench.callkit.call(A).unwrap().muted);
    assert_eq!(bench.count(|what| matches!(what, Happening::LateFulfil { .. })), 1);
}

#[test]
fn every_action_has_an_id_of_its_own() {
    let mut bench = Bench::new();
    bench.active(A);
    for muted in [true, false] {
        bench.does(|callkit, now| callkit.user_mutes(A, muted, now)).unwrap();
    }
    let actions = bench.actions();
    assert_ne!(actions[0].id, actions[1].id);
}

#[test]
fn answering_a_second_call_holds_the_first_before_it() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.reports(B);
    bench.does(|callkit, now| callkit.user_answers(B, Others::Hold, now)).unwrap();
    let actions: Vec<_> = bench.actions().into_iter().map(|action| (action.call, action.kind)).collect();
    assert_eq!(actions, [(A, ActionKind::SetHeld { on_hold: true }), (B, ActionKind::Answer)]);
}

#[test]
fn end_and_accept_ends_the_first_call() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.reports(B);
    bench.does(|callkit, now| callkit.user_answers(B, Others::End, now)).unwrap();
    bench.fulfils();
    assert_eq!((bench.ended(A), bench.state(B)), (Some(EndCause::User), Some(CallState::Active)));
}

#[test]
fn a_call_that_can_not_be_held_is_ended_by_answering_another() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.does(|callkit, _| callkit.report_update(A, CallUpdate { supports_holding: Some(false), ..CallUpdate::default() }));
    bench.reports(B);
    bench.does(|callkit, now| callkit.user_answers(B, Others::Hold, now)).unwrap();
    assert_eq!(bench.actions()[0].kind, ActionKind::End);
}

#[test]
fn swapping_holds_first_and_then_resumes() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.active(B);
    assert!(bench.callkit.call(A).unwrap().on_hold);
    bench.does(CallKit::user_swaps);
    let actions: Vec<_> = bench.actions().into_iter().map(|action| (action.call, action.kind)).collect();
    assert_eq!(actions, [(B, ActionKind::SetHeld { on_hold: true }), (A, ActionKind::SetHeld { on_hold: false })]);
}

#[test]
fn audio_is_deactivated_when_the_last_active_call_is_gone() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.active(B);
    for (uuid, deactivated) in [(A, 0), (B, 1)] {
        bench.does(|callkit, now| callkit.user_ends(uuid, now)).unwrap();
        bench.fulfils();
        assert_eq!(bench.count(|what| *what == Happening::AudioDeactivated), deactivated);
    }
}

#[test]
fn a_call_that_the_user_ended_is_off_the_screen_before_the_app_fulfils() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench.does(|callkit, now| callkit.user_ends(A, now)).unwrap();
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
        bench.does(|callkit, now| callkit.user_ends(A, now)).unwrap();
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
    bench.does(|callkit, now| callkit.user_answers(A, Others::Hold, now)).unwrap();
    bench.does(|callkit, now| callkit.user_ends(A, now)).unwrap();
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
fn an_accepted_transaction_comes_back_as_an_action_that_names_it() {
    let mut bench = Bench::new();
    assert_eq!(bench.starts(A), None);
    let action = bench.actions().remove(0);
    assert_eq!(action.transaction, Some(7));
    assert_eq!(action.kind, ActionKind::Start { handle: Some(handle("bob")), contact: None, video: false });
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
fn failing_a_start_ends_the_call() {
    let mut bench = Bench::new();
    bench.starts(A);
    let action = bench.actions().remove(0);
    bench.does(|callkit, now| callkit.fail(action.id, now));
    assert_eq!(bench.ended(A), Some(EndCause::StartFailed));
}

#[test]
fn tones_and_mute_and_hold_show_when_they_are_fulfilled() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.requests(RequestedAction::PlayDtmf { uuid: A, digits: "12#".to_owned(), kind: DtmfKind::SingleTone });
    bench.fulfils();
    bench.does(|callkit, now| callkit.user_holds(A, true, now)).unwrap();
    let action = bench.actions().remove(0);
    assert!(!bench.callkit.call(A).unwrap().on_hold);
    bench.does(|callkit, now| callkit.fulfill(action.id, now));
    assert!(bench.callkit.call(A).unwrap().on_hold);
    assert_eq!(bench.count(|what| *what == Happening::TonesPlayed { uuid: A, digits: "12#".to_owned() }), 1);
}

#[test]
fn an_update_changes_what_it_names_and_nothing_else() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench.does(|callkit, _| {
        callkit.report_update(A, CallUpdate { localized_caller_name: Some("Alice".to_owned()), ..CallUpdate::default() })
    });
    let call = bench.callkit.call(A).unwrap();
    assert_eq!((call.name.as_deref(), call.handle.clone()), (Some("Alice"), Some(handle("alice"))));
}

#[test]
fn a_reset_drops_all_calls_and_afterwards_their_uuids_are_unknown() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.does(CallKit::reset);
    assert_eq!(bench.ended(A), Some(EndCause::Reset));
    assert!(bench.to_app.contains(&SystemEvent::ProviderReset));
    assert_eq!(bench.requests(RequestedAction::End { uuid: A }), transaction(4));
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
    let began = bench.to_app.iter().filter(|event| **event == SystemEvent::ProviderBegan).count();
    assert_eq!(began, 1);
}

#[test]
fn past_calls_are_in_recents_unless_the_provider_keeps_them_out() {
    for (includes, expected) in [(None, 1), (Some(false), 0)] {
        let mut bench =
            Bench::configured(ProviderConfiguration { includes_calls_in_recents: includes, ..ProviderConfiguration::default() });
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
        callkit.configure(ProviderConfiguration { supported_handle_types: handles, ..ProviderConfiguration::default() })
    });
    assert!(bench.callkit.can_call_back(HandleType::Generic) && !bench.callkit.can_call_back(HandleType::PhoneNumber));
}
