//! A call as the gateway sees it: an invitation that this phone got or made, and how it is followed.
//!
//! It shares its UUID with the call in CallKit where there is one. There need not be one: with CallKit switched off, or for a caller that
//! does not show its own calls there.

use uuid::Uuid;
use zpns_protocol::calls::{self, CallMode, Verb};

use super::payload::{FollowAddress, Push};
use super::snapshot::{Accepted, Role, View};
use crate::account::Account;

/// Most invitations that are followed at once.
pub(super) const MAX_INVITATIONS: usize = 1000;

pub(super) struct Invitation {
    pub(super) call_id: String,
    pub(super) role: Role,
    /// The user whose phone this is, as the push said.
    pub(super) user: Option<String>,
    pub(super) caller: String,
    pub(super) mode: CallMode,
    pub(super) timeout: u32,
    pub(super) created_at: u64,
    pub(super) extended_data: String,
    pub(super) expires_at: u64,
    /// Capability from the push. None for calls that are followed with the user's token.
    pub(super) address: Option<FollowAddress>,
    /// Whether the gateway refused the capability: the user's token takes its place.
    pub(super) refused: bool,
    /// Whether the gateway was told that the push arrived.
    pub(super) acknowledged: bool,
    pub(super) accepted: Accepted,
    /// What the gateway said last.
    pub(super) call: Option<calls::Call>,
    pub(super) stream: Option<u64>,
    /// `Last-Event-ID`.
    pub(super) last_event: Option<String>,
    /// Connections that failed in a row.
    pub(super) failures: u32,
    /// The open question how the call stands.
    pub(super) poll: Option<u64>,
}

impl Invitation {
    /// From a push; none if it names no call of a gateway.
    pub(super) fn from_push(push: &Push<'_>, clock: u64, skew: u64) -> Option<Self> {
        let call_id = push.call_id()?.to_owned();
        if push.follow.is_none() && push.caller.is_none() {
            return None;
        }
        Some(Self {
            call_id,
            role: Role::Invitee,
            user: push.user.clone(),
            caller: push.caller.clone().unwrap_or_default(),
            mode: push.mode,
            timeout: push.timeout,
            created_at: push.sent_at.unwrap_or(clock),
            extended_data: push.extended_data.clone(),
            expires_at: push.ring_until(clock).saturating_add(skew),
            address: push.follow.clone(),
            refused: false,
            acknowledged: false,
            accepted: Accepted::NotHere,
            call: None,
            stream: None,
            last_event: None,
            failures: 0,
            poll: None,
        })
    }

    /// From the gateway's answer to an own request.
    pub(super) fn from_call(call: calls::Call, role: Role, accepted: Accepted, skew: u64) -> Self {
        Self {
            call_id: call.call_id.as_str().to_owned(),
            role,
            user: None,
            caller: call.caller.clone(),
            mode: call.mode,
            timeout: call.timeout,
            created_at: call.created_at,
            extended_data: call.extended_data.clone(),
            expires_at: call.expires_at.saturating_add(skew),
            address: None,
            refused: false,
            acknowledged: true,
            accepted,
            call: Some(call),
            stream: None,
            last_event: None,
            failures: 0,
            poll: None,
        }
    }

    pub(super) fn view<'a>(
        &'a self,
        account: &'a Account,
        installation: Option<&'a str>,
    ) -> View<'a> {
        View {
            role: self.role,
            user: self.user.as_deref().or(account.user_id.as_deref()),
            installation,
            accepted: self.accepted,
        }
    }

    /// Whether the call goes on: this user accepted here, or somebody accepted this user's invitation.
    pub(super) fn is_accepted(&self) -> bool {
        match self.role {
            Role::Caller => self
                .call
                .as_ref()
                .is_some_and(|call| call.state == calls::CallState::Accepted),
            Role::Invitee => self.accepted != Accepted::NotHere,
        }
    }

    /// What the user's end means for the gateway.
    pub(super) fn verb_for_end(&self, connected: bool) -> Verb {
        match self.role {
            _ if connected || self.is_accepted() => Verb::End,
            Role::Caller => Verb::Cancel,
            Role::Invitee => Verb::Reject,
        }
    }

    /// Where and with which token to ask about the call: the push's capability, or else the user's own token on the configured gateway.
    /// The user's token never goes to an address that came by push.
    pub(super) fn door(&self, account: &Account) -> Option<(String, String)> {
        match &self.address {
            Some(address) if !self.refused => Some((address.url.clone(), address.token.clone())),
            _ => account
                .url(&call_path(&self.call_id))
                .zip(account.user_token.clone()),
        }
    }
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invitation")
            .field("role", &self.role)
            .field("accepted", &self.accepted)
            .finish_non_exhaustive()
    }
}

/// This installation as the gateway spells it.
pub(super) fn installation(account: &Account) -> Option<String> {
    account
        .installation
        .map(|id: Uuid| id.hyphenated().to_string())
}

/// Path of a call below the gateway's `/v1/`, the ID percent-encoded (RFC 3986, section 2.3).
pub(super) fn call_path(call_id: &str) -> String {
    use std::fmt::Write as _;
    call_id.bytes().fold("calls/".to_owned(), |mut path, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(path, "%{byte:02X}");
        }
        path
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_id_is_one_path_segment_whatever_is_in_it() {
        assert_eq!(call_path("call-42"), "calls/call-42");
        assert_eq!(call_path("a/b?c"), "calls/a%2Fb%3Fc");
        assert_eq!(call_path("通"), "calls/%E9%80%9A");
    }

    #[test]
    fn the_users_token_goes_to_the_configured_gateway_only() {
        let push = Push::decode(br#"{"call_id":"c","zpns":{"followURL":"https://elsewhere.example/v1/calls/c","followToken":"f"}}"#, "");
        let mut invitation = Invitation::from_push(&push, 0, 0).unwrap();
        let mut account = Account {
            server_url: Some("https://push.example".into()),
            ..Account::default()
        };
        account.user_token = Some("u".into());
        assert_eq!(
            invitation.door(&account).unwrap(),
            ("https://elsewhere.example/v1/calls/c".into(), "f".into())
        );
        invitation.refused = true;
        assert_eq!(
            invitation.door(&account).unwrap(),
            ("https://push.example/v1/calls/c".into(), "u".into())
        );
        account.user_token = None;
        assert_eq!(invitation.door(&account), None);
    }
}
