//! One thing that the gateway must hear about a call.

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zpns_protocol::calls::{Receipt, Verb, VerbBody};
use zpns_protocol::{CallId, call_uuid};

use crate::account::Account;
use crate::calls::follow_address::FollowAddress;
use crate::command::Method;
use crate::context::{Context, Invocation};
use crate::effect::HttpMethod;

/// A decline in the last second still gets a few tries.
const SHORTEST_MS: u64 = 15_000;
/// How long an `end` is of use: the other side sits in a call that nobody is in. Also the longest that any verb is.
pub(in crate::calls) const END_MS: u64 = 60 * 60 * 1000;

/// What is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::calls) enum Content {
    /// What somebody did to the call.
    Verb(Verb),
    /// That the push arrived.
    Receipt,
}

/// A verb as it survives the process. Holds the push's capability, so that a decline gets out before JavaScript has any token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::calls) struct StoredVerb {
    pub(in crate::calls) call_id: String,
    pub(in crate::calls) verb: Verb,
    /// In whose name, if that was known.
    #[serde(default)]
    pub(in crate::calls) user: Option<String>,
    /// URL and token of the push's capability.
    pub(in crate::calls) address: Option<(String, String)>,
    #[serde(default)]
    pub(in crate::calls) extended_data: String,
    #[serde(default)]
    pub(in crate::calls) invitees: Vec<String>,
    pub(in crate::calls) until: u64,
}

impl std::fmt::Debug for StoredVerb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredVerb")
            .field("verb", &self.verb)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// One delivery.
pub(in crate::calls) struct Delivery {
    pub(super) uuid: Uuid,
    pub(super) call_id: String,
    pub(super) content: Content,
    /// In whose name, if that is known. Without a capability it goes out only while this user is signed in.
    pub(super) user: Option<String>,
    /// The push's capability.
    pub(super) address: Option<FollowAddress>,
    /// Whether the gateway refused the capability: the user's token takes its place.
    pub(super) refused: bool,
    pub(super) extended_data: String,
    pub(super) invitees: Vec<String>,
    /// When it is of no use any more.
    pub(super) until: u64,
    /// Tries so far.
    pub(super) tries: u32,
    /// The server asked not to be told before.
    pub(super) not_before: u64,
    /// The open request.
    pub(super) request: Option<u64>,
    /// Who waits for it.
    pub(super) promise: Option<(Invocation, Method)>,
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery")
            .field("content", &self.content)
            .field("tries", &self.tries)
            .finish_non_exhaustive()
    }
}

impl Delivery {
    /// A verb that nobody waits for, sent with the user's token.
    pub(in crate::calls) fn verb(
        call_id: String,
        verb: Verb,
        user: Option<String>,
        until: u64,
    ) -> Self {
        Self {
            uuid: call_uuid(&call_id),
            call_id,
            content: Content::Verb(verb),
            user,
            address: None,
            refused: false,
            extended_data: String::new(),
            invitees: Vec::new(),
            until,
            tries: 0,
            not_before: 0,
            request: None,
            promise: None,
        }
    }

    /// That the push arrived which brought this capability; none if that is for no gateway of ours, whose addresses end in `/v1/calls/{id}`.
    pub(in crate::calls) fn receipt(
        call_id: String,
        address: &FollowAddress,
        until: u64,
    ) -> Option<Self> {
        let (base, _) = address.url.rsplit_once("/v1/calls/")?;
        let address = FollowAddress {
            url: format!("{base}/v1/receipts"),
            token: address.token.clone(),
        };
        Some(Self {
            content: Content::Receipt,
            address: Some(address),
            ..Self::verb(call_id, Verb::Accept, None, until)
        })
    }

    /// The same, sent with the push's capability as long as the gateway takes that.
    pub(in crate::calls) fn by_capability(
        self,
        address: Option<FollowAddress>,
        refused: bool,
    ) -> Self {
        Self {
            address,
            refused,
            ..self
        }
    }

    /// The same with everything that an app can say.
    pub(in crate::calls) fn saying(self, extended_data: String, invitees: Vec<String>) -> Self {
        Self {
            extended_data,
            invitees,
            ..self
        }
    }

    /// The same for an app that waits for the answer.
    pub(in crate::calls) fn promised(self, promise: Option<(Invocation, Method)>) -> Self {
        Self { promise, ..self }
    }

    /// Until when a verb is of use that is done now, to a call that rings until `expires_at`.
    pub(in crate::calls) fn useful_until(verb: Verb, expires_at: u64, now: u64) -> u64 {
        match verb {
            Verb::End => now.saturating_add(END_MS),
            Verb::Accept | Verb::Reject | Verb::Cancel => {
                expires_at.max(now.saturating_add(SHORTEST_MS))
            }
        }
    }

    /// One that an earlier process stored.
    pub(super) fn from_stored(stored: StoredVerb) -> Self {
        let address = stored.address;
        Self::verb(stored.call_id, stored.verb, stored.user, stored.until)
            .by_capability(
                address.map(|(url, token)| FollowAddress { url, token }),
                false,
            )
            .saying(stored.extended_data, stored.invitees)
    }

    /// What of it survives the process; a receipt does not.
    pub(in crate::calls) fn to_stored(&self) -> Option<StoredVerb> {
        let Content::Verb(verb) = self.content else {
            return None;
        };
        let address = self.address.as_ref().filter(|_| !self.refused);
        Some(StoredVerb {
            call_id: self.call_id.clone(),
            verb,
            user: self.user.clone(),
            address: address.map(|address| (address.url.clone(), address.token.clone())),
            extended_data: self.extended_data.clone(),
            invitees: self.invitees.clone(),
            until: self.until,
        })
    }

    pub(in crate::calls) fn call(&self) -> Uuid {
        self.uuid
    }

    pub(in crate::calls) fn is_verb(&self) -> bool {
        matches!(self.content, Content::Verb(_))
    }

    /// Whether it can only go out with this user's own token.
    pub(super) fn is_bound_to(&self, user: &str) -> bool {
        let has_capability = self.address.is_some() && !self.refused;
        self.is_verb() && !has_capability && self.user.as_deref() == Some(user)
    }

    /// Where it is sent, and with which token: none as long as there is no token for it.
    fn route(&self, account: &Account) -> Option<Route> {
        let address = self.address.as_ref().filter(|_| !self.refused);
        match (address, self.content) {
            (Some(address), Content::Verb(verb)) => Some(Route {
                url: format!("{}/{}", address.url, verb.as_str()),
                bearer: address.token.clone(),
                by_user: false,
            }),
            (Some(address), Content::Receipt) => Some(Route {
                url: address.url.clone(),
                bearer: address.token.clone(),
                by_user: false,
            }),
            (None, Content::Verb(verb)) => {
                let (url, bearer) = account.call_route(&self.call_id, self.user.as_deref())?;
                Some(Route {
                    url: format!("{url}/{}", verb.as_str()),
                    bearer,
                    by_user: true,
                })
            }
            (None, Content::Receipt) => None,
        }
    }

    /// Sends it. False if there is no token to send it with.
    pub(super) fn send(&mut self, ctx: &mut Context<'_>) -> Option<u64> {
        let Route {
            url,
            bearer,
            by_user,
        } = self.route(ctx.account)?;
        let request = match self.content {
            Content::Verb(_) => {
                let body = VerbBody {
                    user: None,
                    // A capability names its installation itself.
                    installation: ctx.account.installation_name().filter(|_| by_user),
                    extended_data: self.extended_data.clone(),
                    invitees: self.invitees.clone(),
                };
                ctx.http(HttpMethod::Post, url, Some(bearer), Some(&body))
            }
            Content::Receipt => {
                let body = Receipt {
                    call_id: CallId::new(self.call_id.clone()).ok(),
                    ..Receipt::default()
                };
                ctx.http(HttpMethod::Post, url, Some(bearer), Some(&body))
            }
        };
        self.tries = self.tries.saturating_add(1);
        self.request = Some(request);
        Some(request)
    }
}

struct Route {
    url: String,
    bearer: String,
    /// Whether the bearer is the user's own token.
    by_user: bool,
}
