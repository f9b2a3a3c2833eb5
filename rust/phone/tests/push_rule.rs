//! What iOS does to an app that gets a VoIP push and does not report a call.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use support::{Inside, Scripted, count, report, wait};
use uuid::Uuid;
use zpns_phone::driver::core::effect::ProviderConfiguration;
use zpns_phone::driver::{CallRequest, CallUpdate, PushRequest};
use zpns_phone::{
    AppState, DropReason, KillReason, LaunchedBy, PhoneOptions, PushKind, TimelineEvent,
    VirtualPhone,
};

const A: Uuid = Uuid::from_u128(0xa);

/// An app that reports nothing.
fn silent() -> (VirtualPhone, Inside) {
    Scripted::new(|_, _, _| {}).on_phone(PhoneOptions::default())
}

/// An app that reports nothing and notes what it was told.
fn noting(options: PhoneOptions) -> (VirtualPhone, Inside, Arc<Mutex<Vec<bool>>>) {
    let must_report = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&must_report);
    let (phone, inside) =
        Scripted::new(move |_, _, must| notes.lock().unwrap().push(must)).on_phone(options);
    (phone, inside, must_report)
}

fn push(phone: &VirtualPhone) {
    phone.deliver_push(PushKind::Voip, "{}");
    phone.settle();
}

fn killed(phone: &VirtualPhone, reason: KillReason) -> usize {
    count(phone, |what| *what == TimelineEvent::Killed { reason })
}

fn dropped(phone: &VirtualPhone, reason: DropReason) -> usize {
    count(phone, |what| {
        *what
            == TimelineEvent::PushDropped {
                kind: PushKind::Voip,
                reason,
            }
    })
}

#[test]
fn an_app_that_returns_without_a_report_is_killed() {
    let (phone, _) = silent();
    push(&phone);
    assert_eq!(killed(&phone, KillReason::NeverPosted), 1);
    assert_eq!(phone.snapshot().app, AppState::NotRunning);
}

#[test]
fn an_app_that_reports_lives_and_its_call_rings() {
    let (phone, _) =
        Scripted::new(|platform, _, _| report(platform, A)).on_phone(PhoneOptions::default());
    push(&phone);
    assert_eq!(phone.ringing()[0].uuid, A);
    assert_eq!(phone.snapshot().strikes, 0);
}

#[test]
fn a_report_that_is_refused_counts_as_a_report() {
    let options = PhoneOptions {
        do_not_disturb: true,
        ..PhoneOptions::default()
    };
    let (phone, _) = Scripted::new(|platform, _, _| report(platform, A)).on_phone(options);
    push(&phone);
    assert_eq!(phone.snapshot().app, AppState::Background);
    assert_eq!(
        count(&phone, |what| matches!(
            what,
            TimelineEvent::ReportRefused { code: 3, .. }
        )),
        1
    );
}

#[test]
fn a_report_without_a_provider_is_no_report() {
    let app = Scripted::launching(
        |platform| {
            platform
                .push(PushRequest::Register {
                    apns: false,
                    voip: true,
                })
                .unwrap();
        },
        |platform, _, _| {
            assert!(
                platform
                    .call(CallRequest::ReportIncoming {
                        id: 1,
                        uuid: A,
                        update: CallUpdate::default()
                    })
                    .is_err()
            );
        },
    );
    let (phone, _) = app.on_phone(PhoneOptions::default());
    push(&phone);
    assert_eq!(killed(&phone, KillReason::NeverPosted), 1);
}

#[test]
fn a_report_for_the_push_before_does_not_count_for_this_one() {
    let is_second = AtomicBool::new(false);
    let app = Scripted::new(move |platform, _, _| {
        if !is_second.swap(true, Ordering::SeqCst) {
            report(platform, A);
        }
    });
    let (phone, _) = app.on_phone(PhoneOptions::default());
    push(&phone);
    push(&phone);
    assert_eq!(killed(&phone, KillReason::NeverPosted), 1);
}

#[test]
fn after_three_kills_pushkit_delivers_no_more_until_the_app_is_installed_anew() {
    let (phone, _) = silent();
    for _ in 0..4 {
        push(&phone);
    }
    assert_eq!(killed(&phone, KillReason::NeverPosted), 3);
    assert_eq!(dropped(&phone, DropReason::StoppedDelivering), 1);
    assert!(phone.snapshot().stopped_delivering);

    phone.reinstall();
    phone.launch().unwrap();
    phone.background().unwrap();
    push(&phone);
    assert_eq!(killed(&phone, KillReason::NeverPosted), 4);
}

#[test]
fn in_the_foreground_the_app_is_told_that_it_need_not_report() {
    let (phone, _, told) = noting(PhoneOptions::default());
    phone.foreground().unwrap();
    push(&phone);
    assert_eq!(*told.lock().unwrap(), [false]);
    assert_eq!(phone.snapshot().app, AppState::Foreground);
}

#[test]
fn in_a_call_the_app_is_told_that_it_need_not_report() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&told);
    let app = Scripted::new(move |platform, _, must| {
        notes.lock().unwrap().push(must);
        if must {
            report(platform, A);
        }
    });
    let (phone, _) = app.on_phone(PhoneOptions::default());
    push(&phone);
    phone.answer(A).unwrap();
    push(&phone);
    assert_eq!(*told.lock().unwrap(), [true, false]);
    assert_eq!(phone.snapshot().strikes, 0);
}

#[test]
fn a_call_that_only_rings_excuses_nobody() {
    let (phone, inside) = silent();
    report(&*inside.platform(), A);
    phone.settle();
    push(&phone);
    assert_eq!(killed(&phone, KillReason::NeverPosted), 1);
}

#[test]
fn before_ios_26_4_every_push_seems_to_need_a_report_but_the_foreground_is_not_punished() {
    let (phone, _, told) = noting(PhoneOptions {
        ios_version: "18.6".to_owned(),
        ..PhoneOptions::default()
    });
    phone.foreground().unwrap();
    push(&phone);
    assert_eq!(*told.lock().unwrap(), [true]);
    assert_eq!(phone.snapshot().strikes, 0);
}

#[test]
fn a_push_starts_an_app_that_is_not_running_in_the_background() {
    let (phone, _) =
        Scripted::new(|platform, _, _| report(platform, A)).on_phone(PhoneOptions::default());
    phone.kill().unwrap();
    push(&phone);
    wait(&phone, |what| {
        *what
            == TimelineEvent::Launched {
                by: LaunchedBy::Push,
            }
    });
    assert_eq!(phone.snapshot().app, AppState::Background);
    assert_eq!(phone.ringing().len(), 1);
}

#[test]
fn an_app_that_never_asked_for_voip_pushes_is_not_started_for_them() {
    let (phone, _) = Scripted::launching(|_| {}, |_, _, _| {}).on_phone(PhoneOptions::default());
    phone.kill().unwrap();
    push(&phone);
    assert_eq!(dropped(&phone, DropReason::NotRegistered), 1);
    assert_eq!(phone.snapshot().app, AppState::NotRunning);
}

#[test]
fn an_app_that_gave_its_voip_token_up_gets_no_more_pushes() {
    let (phone, inside) = silent();
    inside
        .platform()
        .push(PushRequest::Unregister {
            apns: false,
            voip: true,
        })
        .unwrap();
    push(&phone);
    assert_eq!(dropped(&phone, DropReason::NotRegistered), 1);
}

#[test]
fn an_app_that_makes_no_registry_when_it_is_started_for_a_push_is_killed_after_seven_seconds() {
    let is_second = AtomicBool::new(false);
    let app = Scripted::launching(
        move |platform| {
            if !is_second.swap(true, Ordering::SeqCst) {
                platform
                    .push(PushRequest::Register {
                        apns: false,
                        voip: true,
                    })
                    .unwrap();
            }
        },
        |_, _, _| {},
    );
    let (phone, _) = app.on_phone(PhoneOptions::default());
    phone.kill().unwrap();
    push(&phone);
    phone.advance(6_900);
    assert_eq!(killed(&phone, KillReason::NotReportedInTime), 0);
    phone.advance(100);
    assert_eq!(killed(&phone, KillReason::NotReportedInTime), 1);
    assert_eq!(phone.snapshot().strikes, 1);
    assert_eq!(warned(&phone), 1);
}

#[test]
fn an_app_that_the_user_sees_may_leave_a_push_waiting() {
    let is_second = AtomicBool::new(false);
    let app = Scripted::launching(
        move |platform| {
            if !is_second.swap(true, Ordering::SeqCst) {
                platform
                    .push(PushRequest::Register {
                        apns: false,
                        voip: true,
                    })
                    .unwrap();
            }
        },
        |_, _, _| {},
    );
    let (phone, _) = app.on_phone(PhoneOptions::default());
    phone.kill().unwrap();
    phone.launch().unwrap();
    push(&phone);
    phone.advance(20_000);
    assert_eq!(phone.snapshot().app, AppState::Foreground);
}

#[test]
fn a_push_waits_for_a_registry_that_is_made_a_little_later() {
    let is_second = AtomicBool::new(false);
    let app = Scripted::launching(
        move |platform| {
            platform
                .call(CallRequest::Configure(ProviderConfiguration::default()))
                .unwrap();
            if !is_second.swap(true, Ordering::SeqCst) {
                platform
                    .push(PushRequest::Register {
                        apns: false,
                        voip: true,
                    })
                    .unwrap();
            }
        },
        |platform, _, _| report(platform, A),
    );
    let (phone, inside) = app.on_phone(PhoneOptions::default());
    phone.kill().unwrap();
    push(&phone);
    assert!(phone.ringing().is_empty());
    inside
        .platform()
        .push(PushRequest::Register {
            apns: false,
            voip: true,
        })
        .unwrap();
    phone.settle();
    assert_eq!(phone.ringing().len(), 1);
    phone.advance(10_000);
    assert_eq!(phone.snapshot().app, AppState::Background);
}

#[test]
fn any_bytes_reach_the_app_as_they_are() {
    let got = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&got);
    let app = Scripted::new(move |platform, payload, _| {
        notes.lock().unwrap().push(payload.to_vec());
        report(platform, A);
    });
    let (phone, _) = app.on_phone(PhoneOptions::default());
    phone.deliver_push(PushKind::Voip, vec![0xff, 0x00]);
    phone.settle();
    assert_eq!(*got.lock().unwrap(), [vec![0xff, 0x00]]);
}

fn warned(phone: &VirtualPhone) -> usize {
    count(phone, |what| *what == TimelineEvent::DeveloperWarned)
}

fn silent_on(ios_version: &str) -> VirtualPhone {
    let options = PhoneOptions {
        ios_version: ios_version.to_owned(),
        ..PhoneOptions::default()
    };
    noting(options).0
}

#[test]
fn from_ios_26_on_the_developer_is_warned_of_a_push_without_a_report() {
    for (version, warnings) in [("18.6", 0), ("26.0", 1), ("26.4", 1)] {
        let phone = silent_on(version);
        push(&phone);
        assert_eq!(warned(&phone), warnings, "{version}");
    }
}

#[test]
fn an_app_that_reports_brings_no_warning() {
    let (phone, _) =
        Scripted::new(|platform, _, _| report(platform, A)).on_phone(PhoneOptions::default());
    push(&phone);
    assert_eq!(warned(&phone), 0);
}

#[test]
fn in_the_foreground_the_developer_is_warned_until_ios_says_that_no_report_is_needed() {
    for (version, warnings) in [("26.0", 1), ("26.4", 0)] {
        let phone = silent_on(version);
        phone.foreground().unwrap();
        push(&phone);
        assert_eq!(warned(&phone), warnings, "{version}");
        assert_eq!(phone.snapshot().strikes, 0);
    }
}
