//! Why a request was not carried out.

use zpns_calls::CallError;
use zpns_protocol::errors::InvalidField;

use crate::random::NoRandomness;
use crate::seal::SealBroken;
use crate::store::StoreError;

/// A request that was refused, or that failed. The messages say what to do next and hold no tokens, handles or payloads.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// The rules of calls and devices do not allow it.
    #[error(transparent)]
    Call(#[from] CallError),
    /// No such push.
    #[error(
        "there is no push with this ID: it was never made by this app, or it was deleted after its retention time"
    )]
    NoSuchPush,
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

impl From<InvalidField> for Refusal {
    fn from(error: InvalidField) -> Self {
        Self::Call(error.into())
    }
}
