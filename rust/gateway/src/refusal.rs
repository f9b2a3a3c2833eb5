//! Why a request was not carried out.

use zpns_protocol::errors::InvalidField;

use crate::random::NoRandomness;
use crate::seal::SealBroken;
use crate::store::StoreError;

/// A request that was refused, or that failed. The messages say what to do next and hold no tokens, handles or payloads.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// A field can't be used.
    #[error(transparent)]
    Field(#[from] InvalidField),
    /// No such resource.
    #[error(
        "no resource \"{0}\" is set up for this app: create it with `zpns resource create`, or leave resourcesID out to send an alert"
    )]
    UnknownResource(String),
    /// The payload is more than APNs takes.
    #[error("the push to {whom} would be {bytes} bytes, {over} more than the {limit} that APNs takes: shorten pushConfig.payload, title, content or extendedData", over = .bytes - .limit)]
    PayloadTooLarge {
        /// For which recipient, by position.
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
    /// Not a participant, so it is not the caller's business.
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
    /// No such push.
    #[error(
        "there is no push with this ID: it was never made by this app, or it was deleted after its retention time"
    )]
    NoSuchPush,
    /// No such installation.
    #[error(
        "this user has no installation with this ID: register it first with PUT /v1/installations/{{id}}"
    )]
    NoSuchInstallation,
    /// No such delivery.
    #[error("this user has no delivery or call with this ID")]
    NothingToReceive,
    /// An `Idempotency-Key` for something else.
    #[error(
        "this Idempotency-Key was used before with another request: use a new key for a new request"
    )]
    IdempotencyKeyReused,
    /// Database trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored secret does not open.
    #[error(transparent)]
    Sealed(#[from] SealBroken),
    /// No randomness.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}
