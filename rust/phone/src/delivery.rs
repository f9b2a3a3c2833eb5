//! Pushes on their way to the app, and what iOS does to an app that mistreats them. Runs on the phone's queue.

use std::sync::Arc;

use zpns_driver::SystemEvent;
use zpns_driver::core::NotificationKind;

use crate::device::{Device, Job, Phone};
use crate::notifications::Alert;
use crate::process;
use crate::pushkit::TAKE_WITHIN;
use crate::suspension;
use crate::timeline_event::{DropReason, KillReason, LaunchedBy, PushKind, TimelineEvent};

/// How long an app has for a background notification, in milliseconds.
const BACKGROUND_TIME: u64 = 30_000;

/// A push arrives at the phone.
pub(crate) fn arrived(phone: &Arc<Phone>, kind: PushKind, payload: Vec<u8>) {
    phone.with(|device| device.record(TimelineEvent::PushArrived { kind }));
    match kind {
        PushKind::Voip => voip(phone, payload),
        PushKind::Alert | PushKind::Background => notification(phone, kind, payload),
    }
}

fn voip(phone: &Arc<Phone>, payload: Vec<u8>) {
    let refusal = phone.with(|device| {
        if device.pushkit.stopped() {
            Some(DropReason::StoppedDelivering)
        } else if !device.pushkit.registered {
            Some(DropReason::NotRegistered)
        } else {
            None
        }
    });
    if let Some(reason) = refusal {
        return dropped(phone, PushKind::Voip, reason);
    }
    if phone.with(|device| device.process.is_none())
        && process::launch(phone, LaunchedBy::Push).is_err()
    {
        return dropped(phone, PushKind::Voip, DropReason::NotLaunched);
    }
    let is_ready = phone.with(|device| {
        let process = device.process.as_ref()?;
        let number = process.number;
        // A process that has not made its PushKit registry gets the push when it does.
        if process.wants_voip && !device.pushkit.has_waiting() {
            return Some(Some(payload));
        }
        device.pushkit.wait(payload);
        device
            .schedule
            .add(device.now(), Job::HandOver { process: number });
        device.schedule.add(
            device.now().saturating_add(TAKE_WITHIN),
            Job::Watchdog { process: number },
        );
        Some(None)
    });
    match is_ready {
        None => dropped(phone, PushKind::Voip, DropReason::AppDied),
        Some(Some(payload)) => hand_over(phone, &payload),
        Some(None) => {}
    }
}

/// The process can take the pushes that wait for it.
pub(crate) fn hand_over_waiting(phone: &Arc<Phone>, number: u64) {
    while let Some(payload) = phone.with(|device| {
        device
            .process(number)
            .filter(|process| process.wants_voip)?;
        device.pushkit.next_waiting()
    }) {
        hand_over(phone, &payload);
    }
}

/// Whether the rule is enforced now: not for an app that the user sees or talks through.
fn must_report(device: &Device) -> bool {
    !device.foreground() && !device.callkit.has_active_call()
}

/// Calls the delegate method, and looks at what the app did when it returned.
fn hand_over(phone: &Arc<Phone>, payload: &[u8]) {
    let Some((app, must_report, is_enforced)) = phone.with(|device| {
        let is_enforced = must_report(device);
        let must_report = is_enforced || !phone.options.says_must_report();
        suspension::resume(device);
        suspension::time_for_push(device);
        let process = device.process.as_mut()?;
        process.reported = Some(false);
        let app = process.app.clone()?;
        device.record(TimelineEvent::VoipPushDelivered { must_report });
        Some((app, must_report, is_enforced))
    }) else {
        return dropped(phone, PushKind::Voip, DropReason::AppDied);
    };
    if app.voip_push(payload, must_report).is_err() {
        dropped(phone, PushKind::Voip, DropReason::Refused);
    }
    let reported = phone.with(|device| {
        device
            .process
            .as_mut()
            .and_then(|process| process.reported.take())
    });
    if must_report && reported == Some(false) {
        warn_developer(phone);
    }
    if is_enforced && reported == Some(false) {
        phone.with(|device| device.pushkit.strike());
        process::kill(phone, KillReason::NeverPosted);
    }
}

/// An app that a push waits for has had its time.
pub(crate) fn watchdog(phone: &Arc<Phone>, number: u64) {
    let is_late = phone.with(|device| {
        device.process(number).is_some() && must_report(device) && device.pushkit.has_waiting()
    });
    if is_late {
        warn_developer(phone);
        phone.with(|device| device.pushkit.strike());
        process::kill(phone, KillReason::NotReportedInTime);
    }
}

/// From iOS 26 on there is a warning on the screen for an app that should have reported a call.
fn warn_developer(phone: &Phone) {
    if phone.options.warns_developers() {
        phone.with(|device| device.record(TimelineEvent::DeveloperWarned));
    }
}

fn notification(phone: &Arc<Phone>, kind: PushKind, payload: Vec<u8>) {
    let Some(alert) = Alert::read(&payload) else {
        return dropped(phone, kind, DropReason::NoObject);
    };
    let wakes = alert.content_available
        && phone
            .options
            .background_modes
            .iter()
            .any(|mode| mode == "remote-notification");
    if wakes {
        background(phone, kind, payload.clone());
    }
    phone.with(|device| {
        if let Some(text) = alert.text {
            if device.notifications.may_notify() {
                present(device, text, payload, false);
            } else {
                device.record(TimelineEvent::PushDropped {
                    kind,
                    reason: DropReason::NotPermitted,
                });
            }
        }
        let shows_badge = device.notifications.may_notify()
            && (!device.foreground() || device.notifications.presentation.badge);
        if let Some(what) = alert
            .badge
            .filter(|_| shows_badge)
            .and_then(|badge| device.notifications.set_badge(badge))
        {
            device.record(what);
        }
    });
}

fn background(phone: &Arc<Phone>, kind: PushKind, user_info: Vec<u8>) {
    if phone.with(|device| device.process.is_none())
        && process::launch(phone, LaunchedBy::BackgroundNotification).is_err()
    {
        return dropped(phone, kind, DropReason::NotLaunched);
    }
    phone.with(|device| {
        let completion = device.notifications.new_handler();
        device.schedule.add(
            device.now().saturating_add(BACKGROUND_TIME),
            Job::BackgroundExpired { completion },
        );
        device.tell(SystemEvent::NotificationReceived {
            kind: NotificationKind::Background,
            user_info,
            completion: Some(completion),
        });
    });
}

/// Shows a notification: in the list, or through the app if that is in front of the user.
pub(crate) fn present(
    device: &mut Device,
    (title, body): (String, String),
    user_info: Vec<u8>,
    local: bool,
) {
    if device.foreground() {
        device.tell(SystemEvent::NotificationReceived {
            kind: NotificationKind::Arrived,
            user_info: user_info.clone(),
            completion: None,
        });
        if !device.notifications.presentation.alert {
            return;
        }
    }
    let what = device.notifications.show(title, body, local, user_info);
    device.record(what);
}

fn dropped(phone: &Phone, kind: PushKind, reason: DropReason) {
    phone.with(|device| device.record(TimelineEvent::PushDropped { kind, reason }));
}
