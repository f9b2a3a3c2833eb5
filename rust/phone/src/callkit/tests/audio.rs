//! When the app has its audio session.

use super::*;

fn bench(audio_activation: AudioActivation) -> Bench {
    Bench::with(&PhoneOptions {
        audio_activation,
        ..PhoneOptions::default()
    })
}

#[test]
fn audio_that_comes_late_comes_so_long_after_the_fulfil() {
    let mut bench = bench(AudioActivation::AfterMs(500));
    bench.active(A);
    bench.pass(499);
    assert!(!bench.callkit.audio_is_active());
    bench.pass(1);
    assert!(bench.callkit.audio_is_active());
    assert_eq!(bench.audio_told(), 1);
}

#[test]
fn audio_that_comes_late_does_not_come_for_a_call_that_is_over() {
    let mut bench = bench(AudioActivation::AfterMs(500));
    bench.active(A);
    bench.does(|callkit, now| callkit.report_ended(A, EndedReason::RemoteEnded, now));
    bench.pass(500);
    assert!(!bench.callkit.audio_is_active());
}

#[test]
fn audio_can_come_before_the_app_has_fulfilled_the_answer() {
    let mut bench = bench(AudioActivation::BeforeFulfil);
    bench.reports(A);
    bench.to_app.clear();
    bench
        .does(|callkit, now| callkit.user_answers(A, Others::Hold, now))
        .unwrap();
    assert!(matches!(
        bench.to_app[..],
        [SystemEvent::Action(_), SystemEvent::AudioActivated]
    ));
    bench.fulfils();
    assert_eq!(bench.audio_told(), 1, "once");
}

#[test]
fn audio_that_came_before_an_answer_that_fails_goes_with_the_call() {
    let mut bench = bench(AudioActivation::BeforeFulfil);
    bench.reports(A);
    bench
        .does(|callkit, now| callkit.user_answers(A, Others::Hold, now))
        .unwrap();
    let answer = bench.actions().remove(0);
    bench.does(|callkit, now| callkit.fail(answer.id, now));
    assert!(!bench.callkit.audio_is_active());
}

#[test]
fn audio_can_come_before_the_app_has_fulfilled_a_start() {
    let mut bench = bench(AudioActivation::BeforeFulfil);
    bench.starts(A);
    assert!(bench.callkit.audio_is_active());
}

#[test]
fn audio_that_never_comes_does_not_come_when_a_call_is_resumed_either() {
    let mut bench = bench(AudioActivation::Never);
    bench.active(A);
    for on_hold in [true, false] {
        bench
            .does(|callkit, now| callkit.user_holds(A, on_hold, now))
            .unwrap();
        bench.fulfils();
    }
    bench.pass(60_000);
    assert_eq!(bench.audio_told(), 0);
    assert_eq!(bench.state(A), Some(CallState::Active));
}

#[test]
fn audio_is_not_activated_a_second_time_for_a_call_that_kept_it_on_hold() {
    let mut bench = Bench::new();
    bench.active(A);
    for on_hold in [true, false] {
        bench
            .does(|callkit, now| callkit.user_holds(A, on_hold, now))
            .unwrap();
        bench.fulfils();
    }
    assert_eq!(bench.audio_told(), 1);
}
