//! What of the calls survives the process.
//!
//! CallKit's calls do not: they end with the provider of the process that died. So a call that rang may ring again when its push comes
//! again, and one that went on is ended on the gateway, where the other side still waits.

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zpns_protocol::call_uuid;
use zpns_protocol::calls::Verb;

use super::Calls;
use super::live::Stage;
use super::outbox::{Delivery, Errand, StoredVerb};
use super::recent::EndedCall;
use crate::context::Context;
use crate::effect::ProviderConfiguration;

/// How long the other side is told of the end of a call that a dead process was in; also the longest that any verb is of use.
const ABANDONED_MS: u64 = 60 * 60 * 1000;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct StoredCalls {
    provider: Option<ProviderConfiguration>,
    ended: Vec<EndedCall>,
    outbox: Vec<StoredVerb>,
    /// What the gateway must hear if the process dies now.
    abandoned: Vec<StoredVerb>,
}

impl Calls {
    /// Takes in what was stored: at start, or when storage became readable. What happened in this process is newer.
    pub(crate) fn restore(&mut self, stored: StoredCalls, ctx: &mut Context<'_>) {
        self.provider = self.provider.take().or(stored.provider);
        // The clock may have been set back since: nothing that was stored is from the future.
        let ended = stored.ended.into_iter().map(|call| EndedCall {
            at: call.at.min(ctx.now),
            ..call
        });
        self.recent.merge(ended.collect());
        let latest = ctx.now.saturating_add(ABANDONED_MS);
        let abandoned = stored.abandoned.into_iter().map(|verb| StoredVerb {
            until: latest,
            ..verb
        });
        let waiting_before = stored.outbox.into_iter().map(|verb| StoredVerb {
            until: verb.until.min(latest),
            ..verb
        });
        for verb in waiting_before.chain(abandoned) {
            let uuid = call_uuid(&verb.call_id);
            if verb.until > ctx.now && !self.live.contains_key(&uuid) {
                self.outbox.add(waiting(uuid, verb));
            }
        }
    }

    pub(crate) fn to_stored(&self) -> StoredCalls {
        let abandoned = self.live.iter().filter_map(|(uuid, call)| {
            let invitation = self.invitations.get(uuid)?;
            let verb = Some(invitation.verb_for_end(call.stage == Stage::Connected))
                .filter(|verb| *verb == Verb::End)?;
            Some(StoredVerb {
                call_id: invitation.call_id.clone(),
                verb,
                address: invitation
                    .address
                    .as_ref()
                    .filter(|_| !invitation.refused)
                    .map(|address| (address.url.clone(), address.token.clone())),
                extended_data: String::new(),
                invitees: Vec::new(),
                until: 0,
            })
        });
        StoredCalls {
            provider: self.provider.clone(),
            ended: self.recent.to_vec(),
            outbox: self.outbox.to_stored(),
            abandoned: abandoned.collect(),
        }
    }
}

fn waiting(uuid: Uuid, stored: StoredVerb) -> Delivery {
    Delivery {
        uuid,
        call_id: stored.call_id,
        errand: Errand::Verb(stored.verb),
        address: stored.address,
        refused: false,
        extended_data: stored.extended_data,
        invitees: stored.invitees,
        until: stored.until,
        tries: 0,
        not_before: 0,
        request: None,
        promise: None,
    }
}
