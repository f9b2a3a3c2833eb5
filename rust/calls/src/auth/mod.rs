//! Who asks, what their token must say, and what they may do.
//!
//! Signatures are the caller's business: [`user`] and [`follower`] read claims whose signature has been verified.

mod access;
mod claims;
mod error;
mod principal;

pub use access::{Received, actor, caller, input, received, signed_in_user, visible};
pub use claims::{
    FOLLOW_TOKEN_PREFIX, FollowClaims, LEEWAY, MAX_LIFETIME, audience, follower, user,
};
pub use error::TokenError;
pub use principal::Principal;
