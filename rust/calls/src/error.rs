//! Why a request about calls or devices is refused, with the status and the code of the answer.

use zpns_protocol::errors::InvalidField;

/// A refused request. The messages say what to do next and hold no tokens, handles or payloads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// A field can't be used.
    #[error(transparent)]
    Field(#[from] InvalidField),
    /// No such resource.
    #[error(
        "no resource \"{0}\" is set up for this app: create it with `zpns resource create`, or leave resourcesID out to send an alert"
    )]
    UnknownResource(String),
    /// The payload is more than APNs takes.
    #[error("the push to {whom} would be {bytes} bytes, {over} more than the {limit} that APNs takes: shorten pushConfig.payload, title, content or extendedData", over = .bytes.saturating_sub(*.limit))]
    PayloadTooLarge {
        /// For which recipient: the user ID, or words for a device without one.
        whom: String,
        /// Size of the payload.
        bytes: usize,
        /// Most that APNs takes.
        limit: usize,
    },
    /// The call ID is taken.
    #[error(
        "a call with this callID exists already: choose another, or leave callID out to have one made (ZIM error 6000275)"
    )]
    CallExists,
    /// No such call.
    #[error(
        "there is no call with this ID (ZIM error 6000276): it was never made here, or it was deleted after its retention time"
    )]
    NoSuchCall,
    /// Who acts takes no part in the call.
    #[error("user is not a participant of this call, so it can't be seen or changed by them")]
    NotAParticipant,
    /// Only the inviter may.
    #[error(
        "only the user who invited may cancel (ZIM error 6000273): an invitee rejects, a participant ends"
    )]
    NotTheInviter,
    /// Only an invitee may.
    #[error(
        "only an invitee may accept or reject (ZIM error 6000274): the inviter cancels or ends"
    )]
    NotAnInvitee,
    /// No such installation.
    #[error(
        "this user has no installation with this ID: register it first with PUT /v1/installations/{{id}}"
    )]
    NoSuchInstallation,
    /// No such delivery.
    #[error("this user has no delivery or call with this ID")]
    NothingToReceive,
    /// No such path.
    #[error("there is nothing at this path: see /openapi.json for what there is")]
    NoSuchRoute,
    /// Not by this method.
    #[error("this path does not take this method: see /openapi.json")]
    NoSuchMethod,
    /// An `Idempotency-Key` for something else.
    #[error(
        "this Idempotency-Key was used before with another request: use a new key for a new request"
    )]
    IdempotencyKeyReused,
    /// Who asks may not do this; the text says who may.
    #[error("{0}")]
    Forbidden(&'static str),
}

impl CallError {
    /// The HTTP status of the answer.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Field(_) | Self::UnknownResource(_) => 400,
            Self::NotAParticipant
            | Self::NotTheInviter
            | Self::NotAnInvitee
            | Self::Forbidden(_) => 403,
            Self::NoSuchCall
            | Self::NoSuchInstallation
            | Self::NothingToReceive
            | Self::NoSuchRoute => 404,
            Self::CallExists => 409,
            Self::PayloadTooLarge { .. } => 413,
            Self::IdempotencyKeyReused => 422,
            Self::NoSuchMethod => 405,
        }
    }

    /// The code of the answer: stable, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Field(_) => "invalid_field",
            Self::UnknownResource(_) => "unknown_resource",
            Self::PayloadTooLarge { .. } => "payload_too_large",
            Self::CallExists => "call_exists",
            Self::NoSuchCall => "no_such_call",
            Self::NotAParticipant => "not_a_participant",
            Self::NotTheInviter => "not_the_inviter",
            Self::NotAnInvitee => "not_an_invitee",
            Self::NoSuchInstallation => "no_such_installation",
            Self::NothingToReceive => "no_such_delivery",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::NoSuchRoute => "no_such_route",
            Self::NoSuchMethod => "no_such_method",
            Self::Forbidden(_) => "forbidden",
        }
    }
}
