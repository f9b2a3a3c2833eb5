//! Invitees who had no device when they were invited: one that registers while the call rings is sent the invitation.

use zpns_protocol::calls::{Call, CallEvent, UserState};

use crate::cancel::SentPush;
use crate::device::Device;
use crate::machine::is_ringing_for;

/// The users without a device when the call began. `created` is its first event.
pub fn waited_for(created: &CallEvent) -> impl Iterator<Item = &str> {
    let participants = created.call.participants.iter();
    participants
        .filter(|invitee| invitee.state == UserState::Offline)
        .map(|invitee| invitee.user_id.as_str())
}

/// Whether a device that has just registered is sent the invitation: its user had none when the call began, the call still rings for that
/// user, and the device was sent nothing about it. The same device registers again and again; it rings once.
///
/// `created` is the first event of the call, `sent` are its pushes.
pub fn is_due(
    created: &CallEvent,
    call: &Call,
    device: &Device,
    sent: &[SentPush],
    now: u64,
) -> bool {
    let Some(user) = device.user.as_deref() else {
        return false;
    };
    let was_sent = sent
        .iter()
        .any(|sent| Some(&sent.push_id) == device.push_id.as_ref());
    now < call.expires_at
        && waited_for(created).any(|waited_for| waited_for == user)
        && is_ringing_for(call, user)
        && !was_sent
}

#[cfg(test)]
#[path = "late_tests.rs"]
mod tests;
