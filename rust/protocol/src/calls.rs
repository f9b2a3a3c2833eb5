//! `/v1/calls`: invitations, verbs, and the events that follow a call.
//!
//! Times are Unix milliseconds, durations seconds. User IDs are the app's own.

use serde::{Deserialize, Serialize};

use crate::CallId;
use crate::push_config::PushConfig;

/// Limits of an invitation.
pub mod limits {
    /// Most invitees of one call.
    pub const INVITEES: usize = 9;
    /// Shortest ring time, in seconds.
    pub const MIN_TIMEOUT: u32 = 1;
    /// Longest ring time, in seconds.
    pub const MAX_TIMEOUT: u32 = 600;
    /// Ring time if none is given, in seconds.
    pub const DEFAULT_TIMEOUT: u32 = 90;
    /// Longest `extendedData`, in bytes of UTF-8.
    pub const EXTENDED_DATA: usize = 1024;
    /// Longest user ID, in bytes of UTF-8.
    pub const USER_ID: usize = 64;
}

/// ZIM's call mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum CallMode {
    /// The call ends when its two sides end it.
    #[default]
    General,
    /// Participants come and go.
    Advanced,
}

impl TryFrom<u8> for CallMode {
    type Error = String;
    fn try_from(number: u8) -> Result<Self, String> {
        match number {
            0 => Ok(Self::General),
            1 => Ok(Self::Advanced),
            _ => Err(format!(
                "{number} is no call mode: use 0 (general) or 1 (advanced)"
            )),
        }
    }
}

impl From<CallMode> for u8 {
    fn from(mode: CallMode) -> Self {
        match mode {
            CallMode::General => 0,
            CallMode::Advanced => 1,
        }
    }
}

/// Body of `POST /v1/calls`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Invite {
    /// Made by the gateway (a UUID) if left out.
    #[serde(rename = "callID", skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub call_id: Option<CallId>,
    /// Who calls. Required with an API key; with a user token it is the token's user, and may be left out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub caller: Option<String>,
    /// The caller's own installation, so that its other devices can be told apart.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub installation: Option<String>,
    /// Who is called: 1 to [`limits::INVITEES`] users.
    pub invitees: Vec<String>,
    /// Ring time, see [`limits`].
    #[serde(default = "default_timeout")]
    pub timeout: u32,
    /// General if left out.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = u8))]
    pub mode: CallMode,
    /// Passed to the invitees.
    #[serde(default)]
    pub extended_data: String,
    /// What to push. Without one the invitees' devices are not woken.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub push_config: Option<PushConfig>,
}

const fn default_timeout() -> u32 {
    limits::DEFAULT_TIMEOUT
}

/// Answer of `POST /v1/calls`, status 201.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Invited {
    /// The call.
    pub call: Call,
    /// Invitees that could not be reached at all, as ZIM reports them.
    pub error_user_list: Vec<UserError>,
    /// The push that carries the invitation, for `GET /v1/pushes/{id}`; absent where there was nothing to push.
    #[serde(rename = "push", skip_serializing_if = "Option::is_none", default)]
    pub push_id: Option<String>,
}

/// A user for whom a verb did not work, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UserError {
    /// The user.
    #[serde(rename = "userID")]
    pub user_id: String,
    /// ZIM's error number, as 6000281 for a user without a device.
    pub code: u32,
    /// What to do about it.
    pub reason: String,
}

/// What can be done to a call: the last part of `POST /v1/calls/{id}/{verb}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// An invitee takes the call.
    Accept,
    /// An invitee declines.
    Reject,
    /// The caller takes the invitation back.
    Cancel,
    /// A participant hangs up an answered call.
    End,
}

impl Verb {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Accept, Self::Reject, Self::Cancel, Self::End];

    /// The name in the URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Cancel => "cancel",
            Self::End => "end",
        }
    }
}

/// Body of a verb. All fields may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct VerbBody {
    /// Who does it. Only with an API key; otherwise the token says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// On which installation, so that the user's other devices learn that it was not them. A follow token says it already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installation: Option<String>,
    /// Passed to the other participants.
    pub extended_data: String,
    /// Cancel only: whom not to ring any longer; everyone if empty.
    pub invitees: Vec<String>,
}

/// Answer of a verb, status 200 also where the call was decided before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerbResult {
    /// Whether this request changed the call. If not, [`Self::call`] is the state that came first.
    pub applied: bool,
    /// The call now.
    pub call: Call,
}

/// A call as everyone sees it: answer of `GET /v1/calls/{id}` and part of every event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// Its ID.
    #[serde(rename = "callID")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub call_id: CallId,
    /// ZIM's mode.
    #[cfg_attr(feature = "openapi", schema(value_type = u8))]
    pub mode: CallMode,
    /// Who invited.
    pub caller: String,
    /// The installation that invited, if it said so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub caller_installation: Option<String>,
    /// When.
    pub created_at: u64,
    /// When ringing stops.
    pub expires_at: u64,
    /// Ring time in seconds.
    pub timeout: u32,
    /// What the inviter passed along.
    pub extended_data: String,
    /// Where it stands.
    pub state: CallState,
    /// When it was first accepted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accepted_at: Option<u64>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_at: Option<u64>,
    /// Number of the newest event.
    pub seq: u64,
    /// Caller first, then the invitees in the order they were named.
    pub participants: Vec<Participant>,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum CallState {
    /// At least one invitee is being rung, nobody has accepted.
    Ringing,
    /// Somebody has accepted.
    Accepted,
    /// Over: everyone declined.
    Rejected,
    /// Over: taken back by the caller.
    Cancelled,
    /// Over: nobody answered in time.
    TimedOut,
    /// Over: hung up after it was accepted.
    Ended,
}

impl CallState {
    /// Whether nothing can change any more.
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Ringing | Self::Accepted)
    }
}

/// One user of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// The user.
    #[serde(rename = "userID")]
    pub user_id: String,
    /// What the user did.
    pub state: UserState,
    /// On which installation, where it said so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub installation: Option<String>,
    /// What the user passed along.
    #[serde(default)]
    pub extended_data: String,
}

/// What a user did, in ZIM's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum UserState {
    /// Is being invited.
    Inviting,
    /// Takes part.
    Accepted,
    /// Declined.
    Rejected,
    /// The caller, having taken the invitation back.
    Cancelled,
    /// Has no device that could be reached.
    Offline,
    /// A device has the invitation.
    Received,
    /// Did not answer in time.
    Timeout,
    /// Left an advanced call.
    Quit,
    /// The call ended.
    Ended,
    /// No device has reported the invitation yet.
    NotYetReceived,
    /// An invitee whose invitation was taken back.
    BeCancelled,
}

impl UserState {
    /// All of them, in ZIM's order.
    pub const ALL: [Self; 11] = [
        Self::Inviting,
        Self::Accepted,
        Self::Rejected,
        Self::Cancelled,
        Self::Offline,
        Self::Received,
        Self::Timeout,
        Self::Quit,
        Self::Ended,
        Self::NotYetReceived,
        Self::BeCancelled,
    ];

    /// ZIM's number: 0 to 10.
    pub fn number(self) -> u8 {
        Self::ALL
            .iter()
            .position(|s| *s == self)
            .and_then(|n| u8::try_from(n).ok())
            .unwrap_or(0)
    }
}

/// One event of `GET /v1/calls/{id}/events` and `GET /v1/users/me/events`: server-sent events whose `event` is [`CallEvent::kind`] and `data`
/// this JSON. The `id` is [`CallEvent::seq`] on the stream of a call, and a cursor on that of a user: a number, too, that has nothing to do with it.
///
/// Every event carries the whole call, so that a follower which missed some loses nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CallEvent {
    /// Counts from 1 within a call.
    pub seq: u64,
    /// When it happened.
    pub at: u64,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: CallEventKind,
    /// Whose doing it was; absent for the gateway's own (time-out).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<Actor>,
    /// What that user passed along.
    #[serde(default)]
    pub extended_data: String,
    /// The call after it.
    pub call: Call,
}

/// Name of the event of `GET /v1/users/me/events` that says that everything from before is told, and what follows is new. Its data is [`Ready`].
pub const READY: &str = "ready";

/// Data of the event [`READY`]: comes once on every stream of a user, at once where there is nothing else to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ready {
    /// Whether the stream went on after `Last-Event-ID`. If not, it began with how every call of the user stands that is not over.
    pub resumed: bool,
}

/// What happened to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum CallEventKind {
    /// It began.
    Created,
    /// A device has the invitation.
    Received,
    /// An invitee accepted.
    Accepted,
    /// An invitee declined.
    Rejected,
    /// The caller took it back, from all or some.
    Cancelled,
    /// Some invitees did not answer in time.
    TimedOut,
    /// It was hung up.
    Ended,
}

/// Who did something, and on which device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Actor {
    /// The user.
    #[serde(rename = "userID")]
    pub user_id: String,
    /// The installation, where it said so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub installation: Option<String>,
}

/// Body of `POST /v1/receipts`: a device has a push. With a follow token both IDs may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Receipt {
    /// The call it was about.
    #[serde(rename = "callID", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub call_id: Option<CallId>,
    /// The delivery it was.
    #[serde(rename = "deliveryID", skip_serializing_if = "Option::is_none")]
    pub delivery_id: Option<String>,
    /// The installation that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installation: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_states_have_zims_numbers() {
        let numbers: Vec<u8> = UserState::ALL.into_iter().map(UserState::number).collect();
        assert_eq!(numbers, (0..=10).collect::<Vec<u8>>());
        assert_eq!(UserState::Rejected.number(), 2);
        assert_eq!(UserState::BeCancelled.number(), 10);
    }

    #[test]
    fn an_invitation_without_options_gets_the_defaults() {
        let invite: Invite = serde_json::from_str(r#"{"invitees":["bob"]}"#).unwrap();
        assert_eq!(
            (invite.timeout, invite.mode, invite.extended_data.as_str()),
            (90, CallMode::General, "")
        );
    }
}
