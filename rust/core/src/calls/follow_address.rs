//! The capability that a push brings: where its call can be followed, and with which token.

/// Good for one call and one installation, so a phone that was just woken can follow and decline before JavaScript has any user token.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct FollowAddress {
    /// Of the call: `https://…/v1/calls/{id}`.
    pub(super) url: String,
    pub(super) token: String,
}

impl std::fmt::Debug for FollowAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FollowAddress").finish_non_exhaustive()
    }
}
