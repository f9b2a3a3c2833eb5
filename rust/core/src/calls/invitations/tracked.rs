//! A call as the gateway sees it: an invitation that this phone got or made, and how it is followed.
//!
//! It shares its UUID with the call in CallKit where there is one. There need not be one: with CallKit switched off, or for a caller that
//! does not show its own calls there.

use zpns_protocol::calls::{self, CallMode, Verb};

use super::snapshot::{Accepted, Role, View};
use crate::account::Account;
use crate::calls::follow_address::FollowAddress;
use crate::calls::outbox::Delivery;
use crate::calls::push::Push;
use crate::context::Context;

pub(in crate::calls) struct Tracked {
    pub(in crate::calls) call_id: String,
    pub(in crate::calls) role: Role,
    /// The user whose phone this is: as the push said, or who was signed in when the call was made or accepted.
    pub(in crate::calls) user: Option<String>,
    pub(in crate::calls) caller: String,
    pub(in crate::calls) mode: CallMode,
    pub(in crate::calls) timeout: u32,
    pub(in crate::calls) created_at: u64,
    pub(in crate::calls) extended_data: String,
    /// By the gateway's clock.
    pub(in crate::calls) expires_at: u64,
    /// It is over by a clock that may be wrong, and rings on only if the gateway says so: until then JavaScript does not hear of its push,
    /// which is this.
    pub(in crate::calls) withheld: Option<String>,
    /// Capability from the push. None for calls that are followed with the user's token.
    pub(in crate::calls) address: Option<FollowAddress>,
    /// Whether the gateway refused the capability: the user's token takes its place.
    pub(in crate::calls) refused: bool,
    /// Whether the gateway was told that the push arrived.
    pub(in crate::calls) acknowledged: bool,
    pub(in crate::calls) accepted: Accepted,
    /// What the gateway said last.
    pub(in crate::calls) call: Option<calls::Call>,
    pub(in crate::calls) stream: Option<u64>,
    /// When the stream was opened, and whether anything came on it.
    pub(in crate::calls) opened_at: u64,
    pub(in crate::calls) heard: bool,
    /// `Last-Event-ID`.
    pub(in crate::calls) last_event: Option<String>,
    /// Connections that failed in a row.
    pub(in crate::calls) failures: u32,
    /// The open question how the call stands.
    pub(in crate::calls) poll: Option<u64>,
}

impl Tracked {
    /// From a push to this user; none if it names no call of a gateway.
    pub(in crate::calls) fn from_push(
        push: &Push<'_>,
        user: Option<String>,
        ctx: &Context<'_>,
    ) -> Option<Self> {
        let clock = ctx.clocks.to_gateway_clock(ctx.now);
        let call_id = push.call_id()?.to_owned();
        if push.follow.is_none() && push.caller.is_none() {
            return None;
        }
        Some(Self {
            call_id,
            role: Role::Invitee,
            user,
            caller: push.caller.clone().unwrap_or_default(),
            mode: push.mode,
            timeout: push.timeout,
            created_at: push.sent_at.unwrap_or(clock),
            extended_data: push.extended_data.clone(),
            expires_at: push.ring_until(clock),
            withheld: None,
            address: push.follow.clone(),
            refused: false,
            acknowledged: false,
            accepted: Accepted::NotHere,
            call: None,
            stream: None,
            opened_at: 0,
            heard: false,
            last_event: None,
            failures: 0,
            poll: None,
        })
    }

    /// From the gateway's answer to a request of this user.
    pub(in crate::calls) fn from_call(
        call: calls::Call,
        role: Role,
        accepted: Accepted,
        user: Option<String>,
    ) -> Self {
        Self {
            call_id: call.call_id.as_str().to_owned(),
            role,
            user,
            caller: call.caller.clone(),
            mode: call.mode,
            timeout: call.timeout,
            created_at: call.created_at,
            extended_data: call.extended_data.clone(),
            expires_at: call.expires_at,
            withheld: None,
            address: None,
            refused: false,
            acknowledged: true,
            accepted,
            call: Some(call),
            stream: None,
            opened_at: 0,
            heard: false,
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
    pub(in crate::calls) fn is_accepted(&self) -> bool {
        match self.role {
            Role::Caller => self
                .call
                .as_ref()
                .is_some_and(|call| call.state == calls::CallState::Accepted),
            Role::Invitee => self.accepted != Accepted::NotHere,
        }
    }

    /// What the user's end means for the gateway.
    pub(in crate::calls) fn verb_for_end(&self, connected: bool) -> Verb {
        match self.role {
            _ if connected || self.is_accepted() => Verb::End,
            Role::Caller => Verb::Cancel,
            Role::Invitee => Verb::Reject,
        }
    }

    /// What the gateway must hear if the process dies: the other side may not sit in a call that nobody is in, nor may phones ring for a
    /// caller who is gone. What rings here goes on ringing on the user's other devices.
    pub(super) fn verb_if_abandoned(&self) -> Option<Verb> {
        let rings_here = self.role == Role::Invitee && !self.is_accepted();
        (!rings_here).then(|| self.verb_for_end(false))
    }

    /// Where and with which token to ask about the call: the push's capability, or else the user's own token on the configured gateway.
    /// The user's token never goes to an address that came by push.
    pub(in crate::calls) fn route(&self, account: &Account) -> Option<(String, String)> {
        match &self.address {
            Some(address) if !self.refused => Some((address.url.clone(), address.token.clone())),
            _ => account.call_route(&self.call_id, self.user.as_deref()),
        }
    }

    /// What was done to the call, as the gateway is to hear it.
    pub(in crate::calls) fn delivery(&self, verb: Verb, until: u64) -> Delivery {
        Delivery::verb(self.call_id.clone(), verb, self.user.clone(), until)
            .by_capability(self.address.clone(), self.refused)
    }
}

impl std::fmt::Debug for Tracked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracked")
            .field("role", &self.role)
            .field("accepted", &self.accepted)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracked(call_id: &str) -> Tracked {
        Tracked {
            call_id: call_id.to_owned(),
            role: Role::Invitee,
            user: None,
            caller: String::new(),
            mode: CallMode::default(),
            timeout: 90,
            created_at: 0,
            extended_data: String::new(),
            expires_at: 0,
            withheld: None,
            address: None,
            refused: false,
            acknowledged: true,
            accepted: Accepted::NotHere,
            call: None,
            stream: None,
            opened_at: 0,
            heard: false,
            last_event: None,
            failures: 0,
            poll: None,
        }
    }

    #[test]
    fn the_users_token_goes_to_the_configured_gateway_only() {
        let mut account = Account {
            server_url: Some("https://push.example".into()),
            ..Account::default()
        };
        account.user_token = Some("u".into());
        let mut invitation = Tracked {
            address: Some(FollowAddress {
                url: "https://elsewhere.example/v1/calls/c".into(),
                token: "f".into(),
            }),
            ..tracked("c")
        };
        assert_eq!(
            invitation.route(&account).unwrap(),
            ("https://elsewhere.example/v1/calls/c".into(), "f".into())
        );
        invitation.refused = true;
        assert_eq!(
            invitation.route(&account).unwrap(),
            ("https://push.example/v1/calls/c".into(), "u".into())
        );
        account.user_token = None;
        assert_eq!(invitation.route(&account), None);
    }
}
