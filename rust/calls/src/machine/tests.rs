use proptest::prelude::*;
use zpns_protocol::CallId;
use zpns_protocol::calls::{Actor, Call, CallEventKind, CallMode, CallState, UserState};

use super::*;

const RING: u64 = 30_000;

fn call(mode: CallMode, invitees: &[(&str, bool)]) -> Call {
    let blank = Call {
        call_id: CallId::new("c").unwrap(),
        mode,
        caller: "alice".into(),
        caller_installation: None,
        created_at: 0,
        expires_at: RING,
        timeout: 30,
        extended_data: "hello".into(),
        state: CallState::Ringing,
        accepted_at: None,
        ended_at: None,
        seq: 0,
        participants: Vec::new(),
    };
    let invitees = invitees
        .iter()
        .map(|&(user, has_device)| (user.to_owned(), has_device))
        .collect();
    start(
        Start {
            call: blank,
            invitees,
        },
        0,
    )
    .call
}

fn one_to_one() -> Call {
    call(CallMode::General, &[("bob", true)])
}

fn group(mode: CallMode) -> Call {
    call(mode, &[("bob", true), ("carol", true)])
}

fn by(user: &str) -> Doing {
    Doing {
        by: Actor {
            user_id: user.into(),
            installation: Some(format!("{user}-phone")),
        },
        extended_data: format!("from {user}"),
    }
}

fn does(call: &mut Call, input: Input, now: u64) -> Outcome {
    apply(call, input, now).unwrap()
}

fn state(call: &Call, user: &str) -> UserState {
    participant(call, user).unwrap().state
}

#[test]
fn a_new_call_rings_its_invitees_and_marks_those_without_a_device() {
    let call = call(CallMode::General, &[("bob", true), ("carol", false)]);
    assert_eq!((call.state, call.seq), (CallState::Ringing, 1));
    let states: Vec<_> = call.participants.iter().map(|p| p.state).collect();
    assert_eq!(
        states,
        [UserState::Accepted, UserState::Inviting, UserState::Offline]
    );
}

#[test]
fn an_accept_answers_the_call_and_says_on_which_device() {
    let mut call = one_to_one();
    let outcome = does(&mut call, Input::Accept(by("bob")), 5);
    assert!(outcome.applied);
    assert_eq!(
        (call.state, call.accepted_at, state(&call, "bob")),
        (CallState::Accepted, Some(5), UserState::Accepted)
    );
    assert_eq!(
        outcome.events[0]
            .by
            .as_ref()
            .unwrap()
            .installation
            .as_deref(),
        Some("bob-phone")
    );
    assert_eq!(outcome.events[0].extended_data, "from bob");
}

#[test]
fn a_second_accept_changes_nothing_and_gets_the_first_ones_state() {
    let mut call = one_to_one();
    does(&mut call, Input::Accept(by("bob")), 5);
    let before = call.clone();
    assert_eq!(
        does(&mut call, Input::Accept(by("bob")), 6),
        Outcome::default()
    );
    assert_eq!(call, before);
}

#[test]
fn the_only_invitees_reject_ends_the_call() {
    let mut call = one_to_one();
    does(&mut call, Input::Reject(by("bob")), 5);
    assert_eq!(
        (call.state, call.ended_at, state(&call, "bob")),
        (CallState::Rejected, Some(5), UserState::Rejected)
    );
}

#[test]
fn a_group_call_rings_on_until_the_last_invitee_has_rejected() {
    let mut call = group(CallMode::General);
    does(&mut call, Input::Reject(by("bob")), 5);
    assert_eq!(call.state, CallState::Ringing);
    does(&mut call, Input::Reject(by("carol")), 6);
    assert_eq!(call.state, CallState::Rejected);
}

#[test]
fn an_invitee_without_a_device_is_not_waited_for_once_the_others_have_rejected() {
    let mut call = call(CallMode::General, &[("bob", true), ("carol", false)]);
    does(&mut call, Input::Reject(by("bob")), 5);
    assert_eq!(call.state, CallState::Rejected);
}

#[test]
fn a_call_to_nobody_with_a_device_stands_until_its_time_is_up_and_can_be_answered() {
    let mut early = call(CallMode::General, &[("bob", false)]);
    assert!(does(&mut early, Input::Accept(by("bob")), RING - 1).applied);
    let mut late = call(CallMode::General, &[("bob", false)]);
    does(&mut late, Input::Tick, RING);
    assert_eq!(
        (late.state, state(&late, "bob")),
        (CallState::TimedOut, UserState::Offline)
    );
}

#[test]
fn a_cancel_takes_the_invitation_back_from_all() {
    let mut call = group(CallMode::General);
    let outcome = does(&mut call, Input::Cancel(by("alice"), vec![]), 5);
    assert_eq!(outcome.events[0].kind, CallEventKind::Cancelled);
    assert_eq!(call.state, CallState::Cancelled);
    let states: Vec<_> = call.participants.iter().map(|p| p.state).collect();
    assert_eq!(
        states,
        [
            UserState::Cancelled,
            UserState::BeCancelled,
            UserState::BeCancelled
        ]
    );
}

#[test]
fn a_cancel_for_one_invitee_leaves_the_other_ringing() {
    let mut call = group(CallMode::General);
    does(&mut call, Input::Cancel(by("alice"), vec!["bob".into()]), 5);
    assert_eq!(
        (call.state, state(&call, "bob"), state(&call, "carol")),
        (
            CallState::Ringing,
            UserState::BeCancelled,
            UserState::Inviting
        )
    );
}

#[test]
fn a_cancel_of_somebody_who_was_not_invited_names_the_field() {
    let error = apply(
        &mut group(CallMode::General),
        Input::Cancel(by("alice"), vec!["bob".into(), "dave".into()]),
        5,
    )
    .unwrap_err();
    assert!(error.to_string().starts_with("invitees[1]"), "{error}");
}

#[test]
fn a_cancel_after_the_answer_does_not_end_the_call() {
    let mut call = one_to_one();
    does(&mut call, Input::Accept(by("bob")), 5);
    assert!(!does(&mut call, Input::Cancel(by("alice"), vec![]), 6).applied);
    assert_eq!(call.state, CallState::Accepted);
}

#[test]
fn the_ring_time_ends_a_call_that_nobody_answered() {
    let mut call = group(CallMode::General);
    assert!(does(&mut call, Input::Tick, RING - 1).events.is_empty());
    let outcome = does(&mut call, Input::Tick, RING);
    assert_eq!(
        (
            outcome.events.len(),
            outcome.events[0].kind,
            &outcome.events[0].by
        ),
        (1, CallEventKind::TimedOut, &None)
    );
    assert_eq!(
        (call.state, state(&call, "bob")),
        (CallState::TimedOut, UserState::Timeout)
    );
    assert!(does(&mut call, Input::Tick, RING + 1).events.is_empty());
}

#[test]
fn the_ring_time_of_an_answered_group_call_only_ends_the_ringing_of_the_others() {
    let mut call = group(CallMode::General);
    does(&mut call, Input::Accept(by("bob")), 5);
    does(&mut call, Input::Tick, RING);
    assert_eq!(
        (call.state, state(&call, "bob"), state(&call, "carol")),
        (CallState::Accepted, UserState::Accepted, UserState::Timeout)
    );
}

#[test]
fn an_accept_after_the_ring_time_but_before_the_timer_finds_the_call_timed_out() {
    let mut call = one_to_one();
    let outcome = does(&mut call, Input::Accept(by("bob")), RING);
    assert!(!outcome.applied);
    assert_eq!((outcome.events.len(), call.state), (1, CallState::TimedOut));
}

#[test]
fn either_side_ends_a_general_call_for_all() {
    for user in ["alice", "bob"] {
        let mut call = group(CallMode::General);
        does(&mut call, Input::Accept(by("bob")), 5);
        does(&mut call, Input::End(by(user)), 6);
        assert_eq!(
            (call.state, call.ended_at),
            (CallState::Ended, Some(6)),
            "{user}"
        );
        let states: Vec<_> = call.participants.iter().map(|p| p.state).collect();
        assert_eq!(
            states,
            [UserState::Ended, UserState::Ended, UserState::BeCancelled],
            "{user}"
        );
    }
}

#[test]
fn an_invitee_leaves_an_advanced_call_and_comes_back_and_the_inviter_ends_it() {
    let mut call = group(CallMode::Advanced);
    does(&mut call, Input::Accept(by("bob")), 5);
    does(&mut call, Input::End(by("bob")), 6);
    assert_eq!(
        (call.state, state(&call, "bob")),
        (CallState::Accepted, UserState::Quit)
    );
    assert!(does(&mut call, Input::Accept(by("bob")), 7).applied);
    assert_eq!(state(&call, "bob"), UserState::Accepted);
    does(&mut call, Input::End(by("alice")), 8);
    assert_eq!(call.state, CallState::Ended);
}

#[test]
fn hanging_up_while_it_rings_is_a_cancel_by_the_inviter_and_a_reject_by_an_invitee() {
    let mut call = one_to_one();
    assert_eq!(
        does(&mut call, Input::End(by("alice")), 5).events[0].kind,
        CallEventKind::Cancelled
    );
    let mut call = one_to_one();
    assert_eq!(
        does(&mut call, Input::End(by("bob")), 5).events[0].kind,
        CallEventKind::Rejected
    );
    let mut call = group(CallMode::General);
    does(&mut call, Input::Accept(by("bob")), 5);
    assert_eq!(
        does(&mut call, Input::End(by("carol")), 6).events[0].kind,
        CallEventKind::Rejected
    );
    assert_eq!(call.state, CallState::Accepted);
}

#[test]
fn a_receipt_marks_the_invitee_as_reached_once() {
    let mut call = one_to_one();
    let actor = || Actor {
        user_id: "bob".into(),
        installation: None,
    };
    assert!(does(&mut call, Input::Receive(actor()), 5).applied);
    assert_eq!(state(&call, "bob"), UserState::Received);
    assert!(!does(&mut call, Input::Receive(actor()), 6).applied);
}

#[test]
fn a_receipt_after_the_ring_time_does_not_make_anybody_ring_again() {
    let mut call = call(CallMode::General, &[("bob", true), ("carol", false)]);
    does(&mut call, Input::Accept(by("bob")), 5);
    assert!(!does(&mut call, Input::Receive(by("carol").by), RING).applied);
    assert_eq!(state(&call, "carol"), UserState::Offline);
}

#[test]
fn strangers_and_the_wrong_side_are_refused() {
    let mut call = one_to_one();
    let refusal = |call: &mut Call, input| apply(call, input, 5).unwrap_err();
    assert!(matches!(
        refusal(&mut call, Input::Accept(by("mallory"))),
        CallError::NotAParticipant
    ));
    assert!(matches!(
        refusal(&mut call, Input::End(by("mallory"))),
        CallError::NotAParticipant
    ));
    assert!(matches!(
        refusal(&mut call, Input::Cancel(by("mallory"), vec![])),
        CallError::NotAParticipant
    ));
    assert!(matches!(
        refusal(&mut call, Input::Accept(by("alice"))),
        CallError::NotAnInvitee
    ));
    assert!(matches!(
        refusal(&mut call, Input::Reject(by("alice"))),
        CallError::NotAnInvitee
    ));
    assert!(matches!(
        refusal(&mut call, Input::Cancel(by("bob"), vec![])),
        CallError::NotTheInviter
    ));
}

#[test]
fn a_refused_input_leaves_the_call_as_it_was_even_if_a_time_out_was_due() {
    let mut call = one_to_one();
    let before = call.clone();
    assert!(apply(&mut call, Input::Accept(by("mallory")), RING).is_err());
    assert_eq!(call, before);
}

const USERS: [&str; 5] = ["alice", "bob", "carol", "dave", "mallory"];

fn inputs() -> impl Strategy<Value = Vec<(u8, usize, u64)>> {
    prop::collection::vec((0..7_u8, 0..USERS.len(), 0..20_000_u64), 0..40)
}

fn input(verb: u8, user: &str) -> Input {
    match verb {
        0 => Input::Accept(by(user)),
        1 => Input::Reject(by(user)),
        2 => Input::Cancel(by(user), vec![]),
        3 => Input::Cancel(by(user), vec!["bob".into()]),
        4 => Input::End(by(user)),
        5 => Input::Receive(by(user).by),
        _ => Input::Tick,
    }
}

/// Runs the steps; returns the call after each, with what came of it.
fn run(advanced: bool, steps: &[(u8, usize, u64)]) -> Vec<(Call, Option<Outcome>)> {
    let mode = if advanced {
        CallMode::Advanced
    } else {
        CallMode::General
    };
    let mut call = call(mode, &[("bob", true), ("carol", true), ("dave", false)]);
    let (mut now, mut seen) = (0, vec![(call.clone(), None)]);
    for &(verb, user, step) in steps {
        now += step;
        let outcome = apply(&mut call, input(verb, USERS[user]), now).ok();
        seen.push((call.clone(), outcome));
    }
    seen
}

proptest! {
    #[test]
    fn event_numbers_count_up_by_one_and_the_last_event_holds_the_call(advanced: bool, steps in inputs()) {
        let mut seq = 1;
        for (call, outcome) in run(advanced, &steps) {
            let events = outcome.map(|o| o.events).unwrap_or_default();
            for event in &events {
                seq += 1;
                prop_assert_eq!(event.seq, seq);
                prop_assert_eq!(event.call.seq, seq);
            }
            if let Some(last) = events.last() {
                prop_assert_eq!(&last.call, &call);
            }
            prop_assert_eq!(call.seq, seq);
        }
    }

    #[test]
    fn the_first_terminal_event_wins_and_nothing_changes_after_it(advanced: bool, steps in inputs()) {
        let seen = run(advanced, &steps);
        let mut over: Option<&Call> = None;
        for (call, outcome) in &seen {
            if let Some(first) = over {
                prop_assert_eq!(call, first);
                if let Some(outcome) = outcome {
                    prop_assert_eq!(outcome, &Outcome::default());
                }
            } else if call.state.is_over() {
                prop_assert!(call.ended_at.is_some());
                over = Some(call);
            }
        }
    }

    #[test]
    fn a_call_times_out_at_most_once_and_nobody_rings_beyond_the_ring_time(advanced: bool, steps in inputs()) {
        let (mut time_outs, mut now) = (0, 0);
        let seen = run(advanced, &steps);
        for ((call, outcome), step) in seen.iter().zip(std::iter::once(0).chain(steps.iter().map(|s| s.2))) {
            now += step;
            let events = outcome.iter().flat_map(|o| &o.events);
            time_outs += events.filter(|e| e.kind == CallEventKind::TimedOut).count();
            if outcome.is_some() && now >= RING {
                prop_assert!(!call.participants.iter().any(|p| is_rung(p.state)));
                prop_assert_ne!(call.state, CallState::Ringing);
            }
        }
        prop_assert!(time_outs <= 1);
    }

    #[test]
    fn an_input_is_applied_exactly_if_it_has_an_event_of_its_own(advanced: bool, steps in inputs()) {
        for (_, outcome) in run(advanced, &steps) {
            let Some(Outcome { applied, events }) = outcome else { continue };
            prop_assert!(!applied || !events.is_empty());
            prop_assert!(applied || events.iter().all(|e| e.kind == CallEventKind::TimedOut));
        }
    }

    #[test]
    fn an_accepted_call_has_an_answer_and_a_ringing_one_somebody_who_can_answer(advanced: bool, steps in inputs()) {
        for (call, _) in run(advanced, &steps) {
            match call.state {
                CallState::Ringing => prop_assert!(call.participants.iter().skip(1).any(|p| may_answer(p.state))),
                CallState::Accepted | CallState::Ended => prop_assert!(call.accepted_at.is_some()),
                _ => prop_assert!(call.accepted_at.is_none()),
            }
        }
    }
}
