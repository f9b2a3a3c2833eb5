//! A call and a device for tests.

use zpns_protocol::calls::{Call, CallEvent, CallMode, CallState};
use zpns_protocol::{CallId, Environment, PushId};

use crate::device::Device;
use crate::machine::{self, Start};

/// The first event of alice's call "c" to these users, each with or without a device; its ring time is up at 30,000.
pub(crate) fn created(invitees: &[(&str, bool)]) -> CallEvent {
    let call = Call {
        call_id: CallId::new("c").unwrap(),
        mode: CallMode::General,
        caller: "alice".into(),
        caller_installation: None,
        created_at: 0,
        expires_at: 30_000,
        timeout: 30,
        extended_data: String::new(),
        state: CallState::Ringing,
        accepted_at: None,
        ended_at: None,
        seq: 0,
        participants: Vec::new(),
    };
    let invitees = invitees
        .iter()
        .map(|&(user, has_device)| (user.to_owned(), has_device))
        .collect();
    machine::start(Start { call, invitees }, 0)
}

/// A device with a VoIP token, and the pushID of this number.
pub(crate) fn device(id: u128, user: &str, installation: &str) -> Device {
    Device {
        push_id: Some(PushId::from_random(id)),
        user: Some(user.into()),
        installation: Some(installation.into()),
        bundle_id: "com.example".into(),
        environment: Environment::Development,
        apns: None,
        voip: Some("ab".into()),
        badge: 0,
        suspect_since: None,
        registered_at: 0,
    }
}
