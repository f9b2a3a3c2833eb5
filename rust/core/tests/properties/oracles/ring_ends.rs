//! Invariant 13: Rings end at the earliest of a terminal event, `expiresAt`, and (iOS 16+) 55 s after the report. What nobody touched sends
//! no verb; neither does a provider reset while ringing.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;
use zpns_core::{Effect, SystemEvent};

use super::Oracle;
use crate::world::{Cause, Moment};

/// The system of these phones is newer than iOS 16.
const LONGEST_MS: u64 = 55_000;

#[derive(Default)]
pub struct RingEnds {
    /// Since when each call rings.
    ringing: BTreeMap<Uuid, u64>,
    /// Calls that the app accepted on a screen of its own, while CallKit's rings on.
    accepted: BTreeSet<Uuid>,
}

impl Oracle for RingEnds {
    fn see(&mut self, moment: &Moment<'_>) {
        match moment.cause {
            Cause::Launch(_) => self.ringing.clear(),
            Cause::Invoke {
                method: "callAccept",
                params,
                ..
            } => {
                let call = params["callID"].as_str().unwrap();
                self.accepted.insert(zpns_protocol::call_uuid(call));
            }
            _ => {}
        }
        let untouched = matches!(
            moment.cause,
            Cause::Tick | Cause::System(SystemEvent::ProviderReset)
        );
        if untouched {
            let ended = self
                .ringing
                .keys()
                .filter(|uuid| !moment.after.contains(*uuid));
            for uuid in ended {
                assert!(
                    !declines(moment.effects, *uuid),
                    "13: nobody has declined {uuid}"
                );
            }
        }
        let calls = moment.calls.as_array().unwrap();
        let ringing: Vec<Uuid> = calls
            .iter()
            .filter(|call| call["state"] == "ringing")
            .map(|call| Uuid::parse_str(call["uuid"].as_str().unwrap()).unwrap())
            .collect();
        self.ringing.retain(|uuid, _| ringing.contains(uuid));
        for uuid in ringing {
            let since = *self.ringing.entry(uuid).or_insert(moment.elapsed);
            assert!(
                self.accepted.contains(&uuid) || moment.elapsed - since <= LONGEST_MS,
                "13: a call rings for longer than iOS lets it"
            );
        }
    }
}

fn declines(effects: &[Effect], call: Uuid) -> bool {
    effects.iter().any(|effect| match effect {
        Effect::Http(request) => super::verbs::verb(&request.url)
            .is_some_and(|(id, verb)| verb == "reject" && zpns_protocol::call_uuid(id) == call),
        _ => false,
    })
}
