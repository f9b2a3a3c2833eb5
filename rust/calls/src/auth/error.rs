//! Why a user token or a follow token is not accepted.

/// A bearer token that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No `Authorization` header.
    #[error(
        "send the header `Authorization: Bearer …` with a user token, an API key, or the follow token of a push"
    )]
    Missing,
    /// Not a bearer token.
    #[error("the Authorization header is not `Bearer` and a token")]
    NotBearer,
    /// A user token past its end.
    #[error(
        "the token expired: have the app's backend mint a new one (exp at most 24 hours ahead)"
    )]
    Expired,
    /// A follow token past its end.
    #[error("the follow token expired: use a user token")]
    FollowTokenExpired,
    /// Anything else about a token.
    #[error("the token is not accepted: {0}")]
    Invalid(String),
}

impl TokenError {
    /// The HTTP status of the answer: 401.
    pub const fn status(&self) -> u16 {
        401
    }

    /// The code of the answer: stable, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing | Self::NotBearer => "unauthenticated",
            Self::Expired | Self::FollowTokenExpired => "token_expired",
            Self::Invalid(_) => "token_invalid",
        }
    }

    /// It is no token of any kind that the gateway knows.
    pub fn not_a_token() -> Self {
        Self::invalid("it is neither an API key (zpk_…), a follow token (zpf_…) nor a JWT")
    }

    /// It looks like a JWT but can't be read as one.
    pub fn unreadable() -> Self {
        Self::invalid("it is no readable JWT")
    }

    /// The header of the JWT can't be read.
    pub fn unreadable_header() -> Self {
        Self::invalid("its header can't be read")
    }

    /// It is for an app that the gateway does not have.
    pub fn unknown_app() -> Self {
        Self::invalid("its aud is no app of this gateway: use the appID that `zpns app list` shows")
    }

    /// The app has no key for the algorithm.
    pub fn wrong_algorithm() -> Self {
        Self::invalid(
            "it is signed with an algorithm that this app is not set up for: HS256 needs an app secret, ES256 or EdDSA a public key of that kind",
        )
    }

    /// The signature is not by the app's key.
    pub fn wrong_signature() -> Self {
        Self::invalid("its signature does not fit the app's key")
    }

    /// A follow token that this gateway did not sign.
    pub fn foreign_follow_token() -> Self {
        Self::invalid("this follow token was not made by this gateway")
    }

    /// For this reason.
    pub(super) fn invalid(reason: impl Into<String>) -> Self {
        Self::Invalid(reason.into())
    }
}
