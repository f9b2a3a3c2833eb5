//! The two tokens and what is still to come.

use crate::effect::PushRequest;
use crate::error::SystemError;
use crate::input::TokenKind;
use crate::token::PushToken;

/// What is known of one token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum TokenState {
    /// Not asked for, or not come yet.
    #[default]
    Missing,
    /// There.
    Known(PushToken),
    /// The system gave none.
    Failed(SystemError),
}

impl TokenState {
    pub(crate) fn known(&self) -> Option<&PushToken> {
        match self {
            Self::Known(token) => Some(token),
            Self::Missing | Self::Failed(_) => None,
        }
    }

    pub(crate) fn error(&self) -> Option<&SystemError> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Missing | Self::Known(_) => None,
        }
    }
}

/// Both tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TokenStates {
    pub(crate) apns: TokenState,
    pub(crate) voip: TokenState,
}

impl TokenStates {
    pub(crate) fn get(&self, kind: TokenKind) -> &TokenState {
        match kind {
            TokenKind::Apns => &self.apns,
            TokenKind::Voip => &self.voip,
        }
    }

    pub(crate) fn get_mut(&mut self, kind: TokenKind) -> &mut TokenState {
        match kind {
            TokenKind::Apns => &mut self.apns,
            TokenKind::Voip => &mut self.voip,
        }
    }

    /// Whether nothing more is to be waited for.
    pub(crate) fn complete(&self, voip_wanted: bool) -> bool {
        self.apns != TokenState::Missing && (!voip_wanted || self.voip != TokenState::Missing)
    }
}

/// Which tokens to ask for: the device token always, the VoIP token if wanted.
pub(crate) fn request(voip: bool) -> PushRequest {
    PushRequest::Register { apns: true, voip }
}
