//! What of the calls survives the process.
//!
//! CallKit's calls do not: they end with the provider of the process that died. So a call that rang may ring again when its push comes
//! again; one that went on is ended on the gateway, where the other side still waits; and one that this user made is taken back.

use serde::{Deserialize, Serialize};
use zpns_protocol::call_uuid;

use super::Calls;
use super::ended::EndedCall;
use super::outbox::{Delivery, END_MS, StoredVerb};
use crate::clocks::Clocks;
use crate::context::Context;
use crate::effect::ProviderConfiguration;

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
        self.screen.restore(stored.provider);
        // The clock may have been set back since: nothing that was stored is from the future.
        let ended = stored.ended.into_iter().map(|call| EndedCall {
            at: ctx.to_core_time(call.at).min(ctx.now),
            ..call
        });
        self.ended.merge(ended.collect());
        let latest = ctx.now.saturating_add(END_MS);
        let abandoned = stored.abandoned.into_iter().map(|verb| StoredVerb {
            until: Delivery::useful_until(verb.verb, ctx.to_core_time(verb.until), ctx.now)
                .min(latest),
            ..verb
        });
        let waiting_before = stored.outbox.into_iter().map(|verb| StoredVerb {
            until: ctx.to_core_time(verb.until).min(latest),
            ..verb
        });
        for verb in waiting_before.chain(abandoned) {
            let uuid = call_uuid(&verb.call_id);
            if verb.until > ctx.now && !self.screen.has(uuid) {
                self.outbox.restore(verb);
            }
        }
    }

    pub(crate) fn to_stored(&self, clocks: Clocks) -> StoredCalls {
        StoredCalls {
            provider: self.screen.provider().cloned(),
            ended: self.ended.to_stored(clocks),
            outbox: in_wall_time(self.outbox.to_stored(), clocks),
            abandoned: in_wall_time(self.invitations.abandoned(clocks), clocks),
        }
    }
}

/// Times are stored by the device's clock: the core's own begins anew with each process.
fn in_wall_time(verbs: Vec<StoredVerb>, clocks: Clocks) -> Vec<StoredVerb> {
    let stored = verbs.into_iter().map(|verb| StoredVerb {
        until: clocks.to_wall_clock(verb.until),
        ..verb
    });
    stored.collect()
}
