//! When the core is called again.

use zpns_driver::{EndedReason, Input};

use crate::host::{Asked, Host, RING, complete_reports, push};

fn ticks(host: &Host) -> Vec<Option<u64>> {
    host.all(|asked| match asked {
        Asked::TickAt(deadline) => Some(*deadline),
        _ => None,
    })
}

#[test]
fn the_scheduler_knows_the_next_deadline() {
    let host = Host::new();
    let driver = host.start();
    push(&driver, "call-42").unwrap();
    assert!(driver.next_tick().is_some());
    assert_eq!(ticks(&host).last(), Some(&driver.next_tick()));
}

#[test]
fn the_scheduler_is_told_last_and_only_if_the_deadline_changed() {
    let host = Host::new();
    let driver = host.start();
    push(&driver, "call-42").unwrap();
    assert!(matches!(host.asked().last(), Some(Asked::TickAt(_))));
    let before = ticks(&host);
    driver.handle(Input::Detach).unwrap();
    assert_eq!(ticks(&host), before);
}

#[test]
fn a_tick_before_its_time_does_nothing_and_one_at_its_time_does() {
    let host = Host::new();
    let driver = host.start();
    push(&driver, "call-42").unwrap();
    complete_reports(&host, &driver);
    let before = host.asked();
    driver.tick();
    assert_eq!(host.asked(), before);
    host.advance(RING);
    driver.tick();
    assert_eq!(host.ends(), [EndedReason::Unanswered]);
}

#[test]
fn a_deadline_that_the_scheduler_slept_through_is_told_again() {
    let host = Host::new();
    let driver = host.start();
    push(&driver, "call-42").unwrap();
    complete_reports(&host, &driver);
    host.advance(RING);
    let before = ticks(&host).len();
    driver.handle(Input::Detach).unwrap();
    assert_eq!(ticks(&host).len(), before + 1);
}

#[test]
fn a_clock_that_jumped_is_looked_at_and_told_to_the_scheduler() {
    let host = Host::new();
    let driver = host.start();
    push(&driver, "call-42").unwrap();
    complete_reports(&host, &driver);
    let before = ticks(&host).len();
    driver.wake();
    assert_eq!(ticks(&host).len(), before + 1, "the same deadline anew");
    assert!(host.ends().is_empty(), "not before its time");
    host.advance(RING);
    driver.wake();
    assert_eq!(host.ends(), [EndedReason::Unanswered]);
}

#[test]
fn a_scheduler_may_call_back() {
    let host = Host::answering(|driver, asked| {
        if matches!(asked, Asked::TickAt(_)) {
            driver.tick();
            driver
                .handle(Input::Listen("didReceiveIncomingPush"))
                .unwrap();
        }
        Ok(())
    });
    let driver = host.start();
    push(&driver, "call-42").unwrap();
    assert_eq!(
        host.count(|asked| matches!(asked, Asked::Emit(_))),
        1,
        "what that caused was carried out before the push returned"
    );
}
