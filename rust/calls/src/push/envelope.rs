//! What a push says beside its push config: what it is about, and until when.

use zpns_protocol::calls::{Call, UserState};
use zpns_protocol::payload::{CancelReason, PushKind};

use super::percent::encode_segment;

/// What a push says beside its push config.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Invitation or cancel.
    pub kind: PushKind,
    /// When it was made, Unix milliseconds.
    pub sent_at: u64,
    /// When the phone must have stopped ringing, Unix milliseconds.
    pub expires_at: u64,
    /// The call it is about, if it is about one.
    pub call: Option<CallPart>,
}

/// The call of a push, as one device sees it.
#[derive(Clone, Debug)]
pub struct CallPart {
    /// The call's ID.
    pub call_id: String,
    /// `{public URL}/v1/calls/{id}`.
    pub follow_url: String,
    /// The device's own token for it; a cancel needs none.
    pub follow_token: Option<String>,
    /// Who calls.
    pub caller: String,
    /// Whose device it is.
    pub user: String,
    /// ZIM's mode.
    pub mode: u8,
    /// What the inviter passes along.
    pub extended_data: String,
    /// Ring time in seconds.
    pub timeout: u32,
    /// Why it is over for this device, should this be a cancel.
    pub reason: CancelReason,
}

impl CallPart {
    /// From the call, for a device of this user.
    pub fn new(call: &Call, user: &str, follow_url: String, follow_token: Option<String>) -> Self {
        let reason = match call
            .participants
            .iter()
            .find(|participant| participant.user_id == user)
            .map(|participant| participant.state)
        {
            // Only who accepted leaves, or sees the call end.
            Some(UserState::Accepted | UserState::Quit | UserState::Ended) => {
                CancelReason::AnsweredElsewhere
            }
            Some(UserState::Rejected) => CancelReason::DeclinedElsewhere,
            _ => CancelReason::Cancelled,
        };
        Self {
            call_id: call.call_id.to_string(),
            follow_url,
            follow_token,
            caller: call.caller.clone(),
            user: user.to_owned(),
            mode: call.mode.into(),
            extended_data: call.extended_data.clone(),
            timeout: call.timeout,
            reason,
        }
    }
}

/// Where phones follow the call, under the gateway's public URL.
pub fn follow_url(public_url: &str, call: &Call) -> String {
    format!(
        "{public_url}/v1/calls/{}",
        encode_segment(call.call_id.as_str())
    )
}
