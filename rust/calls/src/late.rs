//! Invitees who had no device when they were invited: one that registers while the call rings is sent the invitation.

use zpns_protocol::calls::{Call, UserState};

use crate::cancel::SentPush;
use crate::device::Device;
use crate::machine::is_ringing_for;

/// The users that a call which has just begun waits for. One that pushes nothing waits for nobody.
pub fn waited_for(call: &Call, has_push_config: bool) -> impl Iterator<Item = &str> {
    call.participants
        .iter()
        .filter(move |invitee| has_push_config && invitee.state == UserState::Offline)
        .map(|invitee| invitee.user_id.as_str())
}

/// Whether a device that has just registered is sent the invitation: the call still rings for its user, and the device was sent nothing
/// about it. The same device registers again and again; it rings once. `sent` are the pushes of the call.
pub fn is_due(call: &Call, device: &Device, sent: &[SentPush], now: u64) -> bool {
    let rings = device
        .user
        .as_ref()
        .is_some_and(|user| is_ringing_for(call, user));
    let was_sent = sent
        .iter()
        .any(|sent| Some(&sent.push_id) == device.push_id.as_ref());
    now < call.expires_at && rings && !was_sent
}
