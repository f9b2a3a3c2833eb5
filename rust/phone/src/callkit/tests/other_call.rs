//! A call that is not the app's, beside those of the app.

use super::*;

impl Bench {
    /// A call that is not the app's rings and is answered.
    fn other_call(&mut self, ours: Others) {
        self.does(|callkit, _| callkit.other_call_rings()).unwrap();
        self.does(|callkit, now| callkit.other_call_is_answered(ours, now))
            .unwrap();
    }

    fn other_call_ends(&mut self) {
        self.does(|callkit, _| callkit.other_call_ends()).unwrap();
    }

    fn resumes(&mut self, uuid: Uuid) {
        self.does(|callkit, now| callkit.user_holds(uuid, false, now))
            .unwrap();
        self.fulfils();
    }

    fn other_call_was(&self, wanted: OtherCallChange) -> usize {
        self.count(|what| *what == TimelineEvent::OtherCall { change: wanted })
    }
}

#[test]
fn a_call_that_is_not_the_apps_changes_nothing_while_it_rings() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.does(|callkit, _| callkit.other_call_rings()).unwrap();
    bench.other_call_ends();
    assert_eq!(bench.actions(), []);
    assert!(bench.callkit.audio_is_active());
}

#[test]
fn hold_and_accept_asks_the_app_to_hold_its_call_and_takes_its_audio() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.to_app.clear();
    bench.other_call(Others::Hold);
    let [SystemEvent::Action(action), SystemEvent::AudioDeactivated] = &bench.to_app[..] else {
        panic!("{:?}", bench.to_app);
    };
    assert_eq!(
        (action.call, &action.kind, action.transaction),
        (A, &ActionKind::SetHeld { on_hold: true }, None)
    );
}

#[test]
fn end_and_accept_asks_the_app_to_end_its_call() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.other_call(Others::End);
    bench.fulfils();
    assert_eq!(bench.ended(A), Some(EndCause::User));
    assert!(!bench.callkit.audio_is_active());
}

#[test]
fn a_call_that_can_not_be_held_is_ended_by_answering_one_that_is_not_the_apps() {
    let mut bench = Bench::new();
    bench.active(A);
    let update = CallUpdate {
        supports_holding: Some(false),
        ..CallUpdate::default()
    };
    bench.does(|callkit, _| callkit.report_update(A, update));
    bench.other_call(Others::Hold);
    assert_eq!(bench.actions()[0].kind, ActionKind::End);
}

#[test]
fn after_a_call_that_is_not_the_apps_nothing_is_resumed_by_itself() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.other_call(Others::Hold);
    bench.fulfils();
    bench.other_call_ends();
    bench.pass(60_000);
    assert_eq!(bench.actions(), []);
    assert!(bench.callkit.call(A).unwrap().on_hold);
    assert!(!bench.callkit.audio_is_active());
}

#[test]
fn a_call_resumed_after_the_other_one_ended_has_audio_and_the_app_is_not_told() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.other_call(Others::Hold);
    bench.fulfils();
    bench.other_call_ends();
    bench.resumes(A);
    assert!(bench.callkit.audio_is_active());
    assert_eq!(bench.audio_told(), 1, "by the answer alone");
    assert_eq!(
        bench.count(|what| *what == TimelineEvent::AudioActivated { told: false }),
        1
    );
}

#[test]
fn a_call_resumed_by_the_app_after_the_other_one_ended_has_audio_again() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.other_call(Others::Hold);
    bench.fulfils();
    bench.other_call_ends();
    let resume = RequestedAction::SetHeld {
        uuid: A,
        on_hold: false,
    };
    assert_eq!(bench.requests(resume), None);
    bench.fulfils();
    assert!(bench.callkit.audio_is_active());
}

#[test]
fn a_call_resumed_beside_the_other_one_puts_that_on_hold_and_the_app_is_told_of_its_audio() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.other_call(Others::Hold);
    bench.fulfils();
    bench.resumes(A);
    assert_eq!(bench.other_call_was(OtherCallChange::Held), 1);
    assert_eq!(bench.audio_told(), 2);
    bench.other_call_ends();
    assert!(bench.callkit.audio_is_active(), "it was on hold");
}

#[test]
fn the_user_turns_back_and_forth_between_a_call_of_the_app_and_one_that_is_not() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.other_call(Others::Hold);
    bench.fulfils();
    bench.resumes(A);
    bench
        .does(|callkit, now| callkit.other_call_is_answered(Others::Hold, now))
        .unwrap();
    bench.fulfils();
    assert!(bench.callkit.call(A).unwrap().on_hold);
    assert!(!bench.callkit.audio_is_active());
    bench.resumes(A);
    assert_eq!(bench.audio_told(), 3);
}

#[test]
fn an_answer_fulfilled_after_the_other_call_took_the_sound_brings_no_audio() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench
        .does(|callkit, now| callkit.user_answers(A, Others::Hold, now))
        .unwrap();
    bench.other_call(Others::Hold);
    let answer = bench.actions().remove(0);
    bench.does(|callkit, now| callkit.fulfill(answer.id, now));
    assert!(!bench.callkit.audio_is_active());
    assert_eq!(bench.state(A), Some(CallState::Active));
}

#[test]
fn answering_a_call_of_the_app_holds_or_ends_the_one_that_is_not() {
    for (others, change) in [
        (Others::Hold, OtherCallChange::Held),
        (Others::End, OtherCallChange::Ended),
    ] {
        let mut bench = Bench::new();
        bench.other_call(Others::Hold);
        bench.reports(A);
        bench
            .does(|callkit, now| callkit.user_answers(A, others, now))
            .unwrap();
        bench.fulfils();
        assert_eq!(bench.other_call_was(change), 1);
        assert_eq!(bench.audio_told(), 1);
    }
}

#[test]
fn a_started_call_puts_the_one_that_is_not_the_apps_on_hold() {
    let mut bench = Bench::new();
    bench.other_call(Others::Hold);
    bench.starts(A);
    bench.fulfils();
    assert_eq!(bench.other_call_was(OtherCallChange::Held), 1);
    assert!(bench.callkit.audio_is_active());
}

#[test]
fn a_call_that_came_after_all_held_ones_ended_is_told_of_its_audio() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.other_call(Others::Hold);
    bench.fulfils();
    bench.other_call_ends();
    bench.does(|callkit, now| callkit.report_ended(A, EndedReason::RemoteEnded, now));
    bench.active(B);
    bench.other_call(Others::Hold);
    bench.fulfils();
    bench.resumes(B);
    assert_eq!(bench.audio_told(), 3);
}

#[test]
fn what_can_not_happen_to_a_call_that_is_not_the_apps_is_refused() {
    let mut bench = Bench::new();
    let message = |outcome: Result<(), PhoneError>| outcome.unwrap_err().to_string();
    assert_eq!(
        message(bench.does(|callkit, now| callkit.other_call_is_answered(Others::Hold, now))),
        "the call that is not the app's can't be answered now: none rings or is on hold"
    );
    assert_eq!(
        message(bench.does(|callkit, _| callkit.other_call_ends())),
        "the call that is not the app's can't end now: there is none, let one ring first"
    );
    bench.other_call(Others::Hold);
    assert_eq!(
        message(bench.does(|callkit, _| callkit.other_call_rings())),
        "the call that is not the app's can't ring now: there is one already, let it end first"
    );
}
