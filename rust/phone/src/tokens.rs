//! Which process is told which token, and when.

use zpns_driver::core::TokenKind;
use zpns_driver::{SystemError, SystemEvent};

use crate::device::{Device, Job, Phone};
use crate::timeline_event::TimelineEvent;

/// `registerForRemoteNotifications`, and `desiredPushTypes`.
pub(crate) fn register(phone: &Phone, device: &mut Device, apns: bool, voip: bool) {
    if apns {
        if let Some(process) = &mut device.process {
            process.wants_apns = true;
        }
        if phone.options.push_capability {
            issue(phone, device, TokenKind::Apns);
        } else {
            let error = no_entitlement();
            device.record(TimelineEvent::NoToken {
                kind: TokenKind::Apns.into(),
                reason: error.message.clone(),
            });
            device.tell(SystemEvent::TokenFailed {
                kind: TokenKind::Apns,
                error,
            });
        }
    }
    if voip {
        if let Some(reason) = phone.options.no_voip_token() {
            device.record(TimelineEvent::NoToken {
                kind: TokenKind::Voip.into(),
                reason: reason.to_owned(),
            });
            return;
        }
        device.pushkit.registered = true;
        let Some(process) = &mut device.process else {
            return;
        };
        // PushKit says it once per process and again when it changes, however often the types are assigned.
        let is_first = !std::mem::replace(&mut process.wants_voip, true);
        let number = process.number;
        if is_first {
            issue(phone, device, TokenKind::Voip);
            if device.pushkit.has_waiting() {
                device
                    .schedule
                    .add(device.now(), Job::HandOver { process: number });
            }
        }
    }
}

/// The app gives tokens up.
pub(crate) fn unregister(device: &mut Device, apns: bool, voip: bool) {
    if apns {
        if let Some(process) = &mut device.process {
            process.wants_apns = false;
        }
        device.record(TimelineEvent::Unregistered {
            kind: TokenKind::Apns.into(),
        });
    }
    if voip {
        device.pushkit.registered = false;
        if let Some(process) = &mut device.process {
            process.wants_voip = false;
        }
        device.record(TimelineEvent::Unregistered {
            kind: TokenKind::Voip.into(),
        });
    }
}

/// Tells the process its token, if it wants it and there is one.
pub(crate) fn issue(phone: &Phone, device: &mut Device, kind: TokenKind) {
    let wanted = device.process.as_ref().is_some_and(|process| match kind {
        TokenKind::Apns => process.wants_apns,
        TokenKind::Voip => process.wants_voip,
    });
    let Some(token) = device.tokens.get(kind).filter(|_| wanted).cloned() else {
        return;
    };
    device.record(TimelineEvent::TokenIssued {
        kind: kind.into(),
        environment: phone.options.signing.environment(),
    });
    device.tell(SystemEvent::TokenUpdated { kind, token });
}

/// PushKit says that the token is no longer good.
pub(crate) fn invalidate(device: &mut Device, kind: TokenKind) {
    device.record(TimelineEvent::TokenInvalidated { kind: kind.into() });
    device.tell(SystemEvent::TokenInvalidated { kind });
}

/// What UIKit says to an app without the Push Notifications capability.
fn no_entitlement() -> SystemError {
    SystemError {
        domain: "NSCocoaErrorDomain".to_owned(),
        code: 3000,
        message: "no valid “aps-environment” entitlement string found for application".to_owned(),
    }
}
