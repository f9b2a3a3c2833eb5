//! The app's process, its tokens and its notifications.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use support::{Inside, START, Scripted, count, report};
use uuid::Uuid;
use zpns_phone::driver::core::NotificationKind;
use zpns_phone::driver::core::effect::LocalNotification;
use zpns_phone::driver::{CallRequest, CallUpdate, PushRequest, SystemEvent};
use zpns_phone::{
    AppState, DropReason, KillReason, LaunchedBy, Permission, PhoneError, PhoneOptions, PushKind,
    Signing, TimelineEvent,
};
use zpns_phone::{TokenKind, VirtualPhone};
use zpns_protocol::Environment;

const A: Uuid = Uuid::from_u128(0xa);

fn app() -> (VirtualPhone, Inside) {
    app_with(PhoneOptions::default())
}

fn app_with(options: PhoneOptions) -> (VirtualPhone, Inside) {
    Scripted::new(|platform, _, _| report(platform, A)).on_phone(options)
}

/// With permission to notify.
fn notifying() -> (VirtualPhone, Inside) {
    let (phone, inside) = app();
    inside
        .platform()
        .push(PushRequest::RequestPermission { id: 1 })
        .unwrap();
    inside
        .platform()
        .push(PushRequest::SetPresentation {
            badge: true,
            sound: false,
            alert: true,
        })
        .unwrap();
    phone.settle();
    (phone, inside)
}

fn received(inside: &Inside) -> Vec<NotificationKind> {
    let kinds = inside.heard().into_iter().filter_map(|event| match event {
        SystemEvent::NotificationReceived { kind, .. } => Some(kind),
        _ => None,
    });
    kinds.collect()
}

fn token(inside: &Inside, wanted: TokenKind) -> Vec<Vec<u8>> {
    let tokens = inside.heard().into_iter().filter_map(|event| match event {
        SystemEvent::TokenUpdated { kind, token } if kind == wanted => Some(token),
        _ => None,
    });
    tokens.collect()
}

const ALERT: &str = r#"{"aps":{"alert":{"title":"Missed call","body":"from Alice"},"badge":3}}"#;
const WAKE: &str = r#"{"aps":{"content-available":1},"n":1}"#;

#[test]
fn an_app_runs_once() {
    let (phone, _) = app();
    assert_eq!(phone.launch(), Err(PhoneError::Running));
    phone.kill().unwrap();
    assert_eq!(phone.kill(), Err(PhoneError::NotRunning));
    phone.launch().unwrap();
    assert_eq!(phone.snapshot().app, AppState::Foreground);
}

#[test]
fn a_process_that_is_gone_is_not_heard() {
    let (phone, inside) = app();
    let old = inside.platform();
    phone.kill().unwrap();
    phone.launch().unwrap();
    assert!(
        old.call(CallRequest::ReportIncoming {
            id: 1,
            uuid: A,
            update: CallUpdate::default()
        })
        .is_err()
    );
    assert!(old.push(PushRequest::SetBadge { id: 1, badge: 1 }).is_err());
    assert!(phone.calls().is_empty());
}

#[test]
fn a_process_that_is_gone_hears_nothing_and_neither_does_the_next() {
    let (phone, inside) = app_with(PhoneOptions {
        report_delay_ms: 50,
        ..PhoneOptions::default()
    });
    report(&*inside.platform(), A);
    phone.kill().unwrap();
    phone.launch().unwrap();
    phone.advance(100);
    let completed = |event: &SystemEvent| matches!(event, SystemEvent::ReportCompleted { .. });
    assert!(!inside.heard().iter().any(completed));
}

#[test]
fn calls_end_with_the_process() {
    let (phone, inside) = app();
    report(&*inside.platform(), A);
    phone.settle();
    phone.kill().unwrap();
    assert!(phone.calls().is_empty());
    assert_eq!(
        phone.recents().len(),
        0,
        "the provider that kept it in Recents is gone too"
    );
}

#[test]
fn coming_to_the_foreground_is_told_once() {
    let (phone, inside) = app();
    let awake = || {
        inside
            .heard()
            .iter()
            .filter(|event| **event == SystemEvent::Awake)
            .count()
    };
    let before = awake();
    phone.foreground().unwrap();
    phone.foreground().unwrap();
    phone.settle();
    assert_eq!(awake(), before + 1);
}

#[test]
fn tokens_belong_to_the_environment_of_the_signature() {
    for (signing, expected) in [
        (Signing::Development, Environment::Development),
        (Signing::Production, Environment::Production),
    ] {
        let (phone, _) = app_with(PhoneOptions {
            signing,
            ..PhoneOptions::default()
        });
        let issued = |what: &TimelineEvent| matches!(what, TimelineEvent::TokenIssued { environment, .. } if *environment == expected);
        assert_eq!(count(&phone, issued), 2);
    }
}

#[test]
fn apples_simulator_gives_a_device_token_and_no_voip_token() {
    let (phone, inside) = app_with(PhoneOptions {
        signing: Signing::Simulator,
        ..PhoneOptions::default()
    });
    assert_eq!(
        (
            token(&inside, TokenKind::Apns).len(),
            token(&inside, TokenKind::Voip).len()
        ),
        (1, 0)
    );
    assert_eq!(
        count(&phone, |what| matches!(
            what,
            TimelineEvent::NoToken {
                kind: PushKind::Voip,
                ..
            }
        )),
        1
    );
}

#[test]
fn without_the_background_mode_there_is_no_voip_token() {
    let (_phone, inside) = app_with(PhoneOptions {
        background_modes: Vec::new(),
        ..PhoneOptions::default()
    });
    assert!(token(&inside, TokenKind::Voip).is_empty());
}

#[test]
fn without_the_push_capability_there_is_no_token_and_uikit_says_why() {
    let (_phone, inside) = app_with(PhoneOptions {
        push_capability: false,
        ..PhoneOptions::default()
    });
    assert!(
        token(&inside, TokenKind::Apns).is_empty() && token(&inside, TokenKind::Voip).is_empty()
    );
    let failed = |event: &SystemEvent| matches!(event, SystemEvent::TokenFailed { kind: TokenKind::Apns, error } if error.code == 3000);
    assert!(inside.heard().iter().any(failed));
}

#[test]
fn pushkit_gives_its_token_once_and_again_when_it_changes() {
    let (phone, inside) = app();
    inside
        .platform()
        .push(PushRequest::Register {
            apns: false,
            voip: true,
        })
        .unwrap();
    phone.settle();
    assert_eq!(token(&inside, TokenKind::Voip).len(), 1);
    phone.rotate_token(TokenKind::Voip);
    phone.settle();
    let tokens = token(&inside, TokenKind::Voip);
    assert_eq!(tokens.len(), 2);
    assert_ne!(tokens[0], tokens[1]);
}

#[test]
fn a_token_survives_the_process_and_not_the_installation() {
    let (phone, inside) = app();
    phone.kill().unwrap();
    phone.launch().unwrap();
    phone.settle();
    phone.reinstall();
    phone.launch().unwrap();
    phone.settle();
    let tokens = token(&inside, TokenKind::Voip);
    assert_eq!(tokens[0], tokens[1]);
    assert_ne!(tokens[1], tokens[2]);
}

#[test]
fn a_token_that_is_taken_back_is_told() {
    let (phone, inside) = app();
    phone.invalidate_token(TokenKind::Voip);
    phone.settle();
    assert!(inside.heard().contains(&SystemEvent::TokenInvalidated {
        kind: TokenKind::Voip
    }));
}

#[test]
fn the_user_is_asked_for_permission_once() {
    let (phone, inside) = app_with(PhoneOptions {
        permission: Permission::Denied,
        ..PhoneOptions::default()
    });
    for id in [1, 2] {
        inside
            .platform()
            .push(PushRequest::RequestPermission { id })
            .unwrap();
    }
    phone.settle();
    assert_eq!(
        count(&phone, |what| *what
            == TimelineEvent::PermissionAsked { granted: false }),
        1
    );
    for id in [1, 2] {
        assert!(inside.heard().contains(&SystemEvent::PermissionAnswered {
            id,
            granted: false,
            error: None
        }));
    }
}

#[test]
fn an_alert_without_permission_is_not_shown() {
    let (phone, inside) = app();
    phone.deliver_push(PushKind::Alert, ALERT);
    phone.settle();
    assert!(phone.notifications().is_empty());
    assert!(received(&inside).is_empty());
    assert_eq!(
        count(&phone, |what| matches!(
            what,
            TimelineEvent::PushDropped {
                reason: DropReason::NotPermitted,
                ..
            }
        )),
        1
    );
}

#[test]
fn an_alert_in_the_background_is_shown_without_the_app() {
    let (phone, inside) = notifying();
    phone.deliver_push(PushKind::Alert, ALERT);
    phone.settle();
    assert_eq!(phone.notifications()[0].title, "Missed call");
    assert_eq!(phone.snapshot().badge, 3);
    assert!(received(&inside).is_empty());
}

#[test]
fn an_alert_in_the_foreground_goes_through_the_app_and_shows_as_it_wants() {
    for (alert, shown) in [(true, 1), (false, 0)] {
        let (phone, inside) = notifying();
        inside
            .platform()
            .push(PushRequest::SetPresentation {
                badge: true,
                sound: true,
                alert,
            })
            .unwrap();
        phone.foreground().unwrap();
        phone.deliver_push(PushKind::Alert, ALERT);
        phone.settle();
        assert_eq!(received(&inside), [NotificationKind::Arrived]);
        assert_eq!(phone.notifications().len(), shown);
    }
}

#[test]
fn tapping_a_notification_starts_the_app_and_tells_it() {
    let (phone, inside) = notifying();
    phone.deliver_push(PushKind::Alert, ALERT);
    phone.settle();
    phone.kill().unwrap();
    let number = phone.notifications()[0].notification;
    phone.tap_notification(number).unwrap();
    phone.settle();
    assert_eq!(received(&inside), [NotificationKind::Clicked]);
    assert_eq!(phone.snapshot().app, AppState::Foreground);
    assert_eq!(
        count(&phone, |what| *what
            == TimelineEvent::Launched {
                by: LaunchedBy::Notification
            }),
        1
    );
    assert_eq!(
        phone.tap_notification(number),
        Err(PhoneError::UnknownNotification(number))
    );
}

#[test]
fn a_background_notification_starts_the_app_and_its_handler_is_called_once() {
    let (phone, inside) = app();
    phone.kill().unwrap();
    phone.deliver_push(PushKind::Background, WAKE);
    phone.settle();
    let completion = inside.heard().into_iter().find_map(|event| match event {
        SystemEvent::NotificationReceived {
            kind: NotificationKind::Background,
            completion,
            ..
        } => completion,
        _ => None,
    });
    let completion = completion.expect("a completion handler");
    for _ in 0..2 {
        inside
            .platform()
            .push(PushRequest::CompleteNotification {
                id: completion,
                new_data: true,
            })
            .unwrap();
    }
    phone.advance(60_000);
    assert_eq!(
        count(&phone, |what| matches!(
            what,
            TimelineEvent::BackgroundCompleted { .. }
        )),
        1
    );
    assert_eq!(
        count(&phone, |what| matches!(
            what,
            TimelineEvent::BackgroundExpired { .. }
        )),
        0
    );
}

#[test]
fn a_background_notification_has_thirty_seconds() {
    let (phone, _) = app();
    phone.deliver_push(PushKind::Background, WAKE);
    phone.advance(29_000);
    assert_eq!(
        count(&phone, |what| matches!(
            what,
            TimelineEvent::BackgroundExpired { .. }
        )),
        0
    );
    phone.advance(1_000);
    assert_eq!(
        count(&phone, |what| matches!(
            what,
            TimelineEvent::BackgroundExpired { .. }
        )),
        1
    );
}

#[test]
fn a_notification_of_its_own_needs_permission() {
    let notification = || LocalNotification {
        identifier: "1".to_owned(),
        title: "Missed call".to_owned(),
        body: "from Alice".to_owned(),
        user_info: br#"{"payload":"p"}"#.to_vec(),
        sound: String::new(),
    };
    let (phone, inside) = app();
    inside
        .platform()
        .push(PushRequest::AddNotification {
            id: 5,
            notification: notification(),
        })
        .unwrap();
    phone.settle();
    let refused = |event: &SystemEvent| matches!(event, SystemEvent::RequestAnswered { id: 5, error: Some(error) } if error.code == 1);
    assert!(inside.heard().iter().any(refused));

    let (phone, inside) = notifying();
    inside
        .platform()
        .push(PushRequest::AddNotification {
            id: 6,
            notification: notification(),
        })
        .unwrap();
    phone.settle();
    assert!(
        inside
            .heard()
            .contains(&SystemEvent::RequestAnswered { id: 6, error: None })
    );
    assert!(phone.notifications()[0].local);
}

#[test]
fn calling_back_from_recents_starts_the_app_and_asks_it_for_a_call() {
    let (phone, inside) = app();
    report(&*inside.platform(), A);
    phone.settle();
    phone.end(A).unwrap();
    phone.time_out_actions(A).unwrap();
    phone.kill().unwrap();
    let recent = phone.recents()[0].recent;
    phone.tap_recent(recent).unwrap();
    phone.settle();
    let asked = |event: &SystemEvent| matches!(event, SystemEvent::StartCallIntent { handle, .. } if handle.value == "alice");
    assert!(inside.heard().iter().any(asked));
    assert_eq!(
        phone.tap_recent(recent + 1),
        Err(PhoneError::UnknownRecent(recent + 1))
    );
}

#[test]
fn the_clock_only_moves_when_it_is_advanced() {
    let (phone, _) = app();
    phone.advance(1_234);
    phone.foreground().unwrap();
    assert_eq!(phone.timeline().entries().last().unwrap().at, START + 1_234);
}

#[test]
fn switching_a_phone_off_ends_its_app() {
    let (phone, inside) = app();
    let platform = inside.platform();
    drop(phone);
    assert!(
        platform
            .push(PushRequest::SetBadge { id: 1, badge: 1 })
            .is_err()
    );
}

#[test]
fn deleting_the_app_ends_it() {
    let (phone, _) = app();
    phone.reinstall();
    assert_eq!(
        count(&phone, |what| *what
            == TimelineEvent::Killed {
                reason: KillReason::Deleted
            }),
        1
    );
}

#[test]
fn an_app_sees_what_the_clock_shows_also_when_it_is_set() {
    let options = PhoneOptions {
        clock_offset_ms: -120_000,
        ..PhoneOptions::default()
    };
    let (phone, inside) = Scripted::new(|_, _, _| ()).on_phone(options);
    assert_eq!((phone.now(), inside.now()), (START, START - 120_000));
    phone.jump_clock(60_000);
    phone.advance(1_000);
    assert_eq!((phone.now(), inside.now()), (START + 1_000, START - 59_000));
}
