//! How past calls are listed.

use super::*;

impl Bench {
    fn listed(&self) -> Option<RecentKind> {
        self.callkit.recents().last().map(|recent| recent.kind)
    }

    /// The user ends a call, and the app fulfils it.
    fn ends(&mut self, uuid: Uuid) {
        self.does(|callkit, now| callkit.user_ends(uuid, now))
            .unwrap();
        self.fulfils();
    }
}

#[test]
fn a_call_that_ended_before_anybody_answered_it_is_missed() {
    for reason in [
        EndedReason::Unanswered,
        EndedReason::RemoteEnded,
        EndedReason::Failed,
    ] {
        let mut bench = Bench::new();
        bench.reports(A);
        bench.does(|callkit, now| callkit.report_ended(A, reason, now));
        assert_eq!(bench.listed(), Some(RecentKind::Missed), "{reason:?}");
    }
}

#[test]
fn a_call_that_the_system_ended_because_it_rang_too_long_is_missed() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench.pass(60_000);
    bench.fulfils();
    assert_eq!(bench.listed(), Some(RecentKind::Missed));
}

#[test]
fn a_call_that_a_reset_took_while_it_rang_is_missed() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench.does(CallKit::reset);
    assert_eq!(bench.listed(), Some(RecentKind::Missed));
}

#[test]
fn a_declined_call_is_not_missed() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench.ends(A);
    assert_eq!(bench.listed(), Some(RecentKind::Declined));
}

#[test]
fn a_call_of_another_device_is_listed_as_that_has_it() {
    for (reason, kind) in [
        (EndedReason::AnsweredElsewhere, RecentKind::Answered),
        (EndedReason::DeclinedElsewhere, RecentKind::Declined),
    ] {
        let mut bench = Bench::new();
        bench.reports(A);
        bench.does(|callkit, now| callkit.report_ended(A, reason, now));
        assert_eq!(bench.listed(), Some(kind));
    }
}

#[test]
fn an_answered_call_is_listed_as_answered_whoever_ends_it() {
    let mut bench = Bench::new();
    bench.active(A);
    bench.ends(A);
    assert_eq!(bench.listed(), Some(RecentKind::Answered));
    bench.active(B);
    bench.does(|callkit, now| callkit.report_ended(B, EndedReason::RemoteEnded, now));
    assert_eq!(bench.listed(), Some(RecentKind::Answered));
}

#[test]
fn an_outgoing_call_that_nobody_answered_is_not_missed() {
    let mut bench = Bench::new();
    bench.starts(A);
    bench.fulfils();
    bench.does(|callkit, now| callkit.report_ended(A, EndedReason::Unanswered, now));
    assert_eq!(bench.listed(), Some(RecentKind::Outgoing));
}

#[test]
fn the_timeline_tells_how_a_call_was_listed_before_it_tells_that_it_ended() {
    let mut bench = Bench::new();
    bench.reports(A);
    bench.does(|callkit, now| callkit.report_ended(A, EndedReason::Unanswered, now));
    let last = bench.happened.len() - 2;
    assert_eq!(
        bench.happened[last..],
        [
            TimelineEvent::RecentAdded {
                recent: 1,
                uuid: A,
                kind: RecentKind::Missed
            },
            TimelineEvent::CallEnded {
                uuid: A,
                cause: EndCause::Unanswered
            }
        ]
    );
}
