//! Who is sent a cancel push: what tells a device that rings on that the call is over for its user.
//!
//! A device is due one when APNs took its invitation or the device has reported it, its user is not rung any longer, and it did not end the
//! ringing itself. Either may come last, the end of the call or the answer of APNs, so both ask here; a device is told once.

use zpns_protocol::PushId;
use zpns_protocol::calls::{Call, CallEvent, CallEventKind};
use zpns_protocol::payload::PushKind;
use zpns_protocol::pushes::{DeliveryKind, DeliveryStatus};

use crate::device::Device;
use crate::machine::is_ringing_for;
use crate::strategy::{CancelMode, Strategy};

/// A push about a call that a registered device was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentPush {
    /// The device.
    pub push_id: PushId,
    /// Invitation or cancel.
    pub push: PushKind,
    /// VoIP or alert.
    pub kind: DeliveryKind,
    /// Where it stands.
    pub status: DeliveryStatus,
}

/// Whether anybody can be due one: the ring time is not up, and some invitee is not rung any longer. After the ring time devices stop by
/// themselves.
pub fn can_be_due(call: &Call, now: u64) -> bool {
    now < call.expires_at
        && call
            .participants
            .iter()
            .skip(1)
            .any(|invitee| !is_ringing_for(call, &invitee.user_id))
}

/// The devices that have the invitation and were not sent a cancel push yet, each once.
pub fn not_told(sent: &[SentPush]) -> Vec<PushId> {
    let was_told = |device: &PushId| {
        sent.iter()
            .any(|sent| sent.push == PushKind::Cancel && sent.push_id == *device)
    };
    let mut devices: Vec<PushId> = Vec::new();
    for sent in sent {
        let rings = sent.push == PushKind::Invite
            && sent.kind == DeliveryKind::Voip
            && matches!(
                sent.status,
                DeliveryStatus::Accepted | DeliveryStatus::Received
            );
        if rings && !was_told(&sent.push_id) && !devices.contains(&sent.push_id) {
            devices.push(sent.push_id.clone());
        }
    }
    devices
}

/// The devices that are due a cancel push now. `sent` are all pushes of the call, `events` all its events; `devices` must hold those of
/// [`not_told`], as far as they are still registered.
pub fn due(
    strategy: &Strategy,
    call: &Call,
    sent: &[SentPush],
    events: &[CallEvent],
    devices: &[Device],
    now: u64,
) -> Vec<Device> {
    if strategy.cancel_mode != CancelMode::Voip || !can_be_due(call, now) {
        return Vec::new();
    }
    let know = acted(events);
    not_told(sent)
        .iter()
        .filter_map(|id| devices.iter().find(|d| d.push_id.as_ref() == Some(id)))
        .filter(|device| {
            let (Some(user), Some(installation)) = (&device.user, &device.installation) else {
                return false;
            };
            device.voip.is_some()
                && !is_ringing_for(call, user)
                && !know.contains(&(user.as_str(), installation.as_str()))
        })
        .cloned()
        .collect()
}

/// Users and installations that answered, declined or hung up: those know.
fn acted(events: &[CallEvent]) -> Vec<(&str, &str)> {
    events
        .iter()
        .filter(|event| event.kind != CallEventKind::Received)
        .filter_map(|event| event.by.as_ref())
        .filter_map(|by| Some((by.user_id.as_str(), by.installation.as_deref()?)))
        .collect()
}

#[cfg(test)]
#[path = "cancel_tests.rs"]
mod tests;
