//! Who asks: a user with a token of the app's backend, a server with an API key, or a device with the token that its push carried.

pub mod api_key;
pub mod follow_token;
pub mod user_token;

use crate::refusal::Refusal;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A server of the app.
    Server {
        /// The app.
        app: String,
        /// ID of the key.
        key: String,
    },
    /// A user of the app.
    User {
        /// The app.
        app: String,
        /// `sub` of the token.
        user: String,
    },
    /// A device that was sent an invitation, for that one call.
    Follower {
        /// The app.
        app: String,
        /// The call.
        call: String,
        /// Whose device.
        user: String,
        /// The device.
        installation: String,
    },
}

impl Principal {
    /// The app it belongs to.
    pub fn app(&self) -> &str {
        match self {
            Self::Server { app, .. } | Self::User { app, .. } | Self::Follower { app, .. } => app,
        }
    }

    /// What its rate limit is counted under.
    pub fn rate_key(&self) -> String {
        match self {
            Self::Server { key, .. } => format!("k/{key}"),
            Self::User { app, user } => format!("u/{app}/{user}"),
            Self::Follower {
                app, user, call, ..
            } => format!("f/{app}/{user}/{call}"),
        }
    }
}

/// A bearer token is not accepted.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AuthError {
    /// No `Authorization` header.
    #[error(
        "send the header `Authorization: Bearer …` with a user token, an API key, or the follow token of a push"
    )]
    Missing,
    /// Not a bearer token.
    #[error("the Authorization header is not `Bearer` and a token")]
    NotBearer,
    /// No such key, or a revoked one.
    #[error("this API key is unknown or revoked: make one with `zpns key create`")]
    UnknownKey,
    /// Past its end.
    #[error(
        "the token expired: have the app's backend mint a new one (exp at most 24 hours ahead)"
    )]
    TokenExpired,
    /// Anything else about a token.
    #[error("the token is not accepted: {0}")]
    TokenInvalid(String),
    /// A follow token past its end.
    #[error("the follow token expired: use a user token")]
    FollowExpired,
    /// The gateway's own trouble.
    #[error(transparent)]
    Failed(#[from] Refusal),
}
