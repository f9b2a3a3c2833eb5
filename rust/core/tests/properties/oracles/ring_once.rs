//! Invariant 4: A push for a live call reports again with the same UUID and tells JS nothing new. A push for a call that ended within
//! the last 24 hours, or past its `expiresAt`, is reported and ended; JS hears of it once, as missed.

use std::collections::BTreeMap;

use uuid::Uuid;
use zpns_core::EventKind;
use zpns_protocol::call_uuid;

use super::Oracle;
use super::history::{History, REMEMBER_MS};
use crate::support::START;
use crate::world::{About, Cause, End, Moment, User};

#[derive(Default)]
pub struct RingOnce {
    /// CallKit was off for a while: then calls ring in the app's own screen, which nobody sees here.
    unseen: bool,
    history: History,
    /// When JavaScript heard last of each call as missed.
    missed: BTreeMap<Uuid, u64>,
    /// Calls that began to ring in this process, and those of which JavaScript heard.
    rung: usize,
    told: usize,
}

impl RingOnce {
    fn judge_push(&mut self, about: &About, moment: &Moment<'_>) {
        let Some(uuid) = about.call_id.map(call_uuid) else {
            self.rung += usize::from(about.readable);
            return;
        };
        let (before, after) = (moment.before.contains(&uuid), moment.after.contains(&uuid));
        self.rung += usize::from(!before && after);
        if before && !about.cancels {
            assert!(after, "4: another push leaves a live call alone");
            // How the calls stand may change: the call of the app's own report now has its call ID.
            let is_news = |kind: EventKind| kind != EventKind::CallsChanged;
            assert!(
                !moment.events.iter().any(|(kind, ..)| is_news(*kind)),
                "4: JavaScript hears nothing new of a live call"
            );
        } else if about.cancels {
            assert!(!after, "4: a cancelled call is over");
        } else if about.stale {
            assert!(!after, "4: a call that is over does not ring");
        } else if let Some(ended) = self.history.ended(uuid, moment.elapsed) {
            if about.invited_at.is_none() {
                assert!(!after, "4: a call that is over does not ring");
            } else if !self.history.clock_was_set() && !self.history.is_in_app(uuid) {
                let is_later = about.invited_at > Some(START + ended);
                if let Some(is_ours) = is_for_present_user(about, moment) {
                    let rings = is_later && is_ours;
                    assert_eq!(after, rings, "4: only a later invitation is a new call");
                    if is_later && !is_ours {
                        self.history.turned_away(uuid, moment.elapsed);
                    }
                }
            }
        } else if !self.history.knows(uuid, moment.elapsed) {
            let rings = is_for_present_user(about, moment);
            assert!(
                rings != Some(false) || !after,
                "12: a call for another user does not ring"
            );
            assert!(rings != Some(true) || after, "4: a new call rings");
        }
    }
}

/// Whether a push is for the user who is signed in; none where that is unclear.
fn is_for_present_user(about: &About, moment: &Moment<'_>) -> Option<bool> {
    match (about.user, moment.users[1]) {
        (None, _) | (_, User::SignedOut) => Some(true),
        (Some(user), User::Known(present)) => Some(user == present),
        (Some(_), User::Unclear) => None,
    }
}

impl Oracle for RingOnce {
    fn see(&mut self, moment: &Moment<'_>) {
        self.unseen |= !moment.call_kit;
        if self.unseen {
            return;
        }
        if let Cause::Launch(_) = moment.cause {
            (self.rung, self.told) = (0, 0);
        }
        if let Cause::Push { about, .. } = moment.cause {
            self.judge_push(about, moment);
        }
        if self.history.forgets(moment) {
            self.missed.clear();
        }
        for uuid in moment.after {
            self.missed.remove(uuid);
        }
        for (_, event, body) in moment
            .events
            .iter()
            .filter(|(kind, ..)| *kind == EventKind::DidReceiveIncomingPush)
        {
            if body["missed"] != true {
                self.told += 1;
            } else if !event.flushed {
                let uuid = Uuid::parse_str(body["uuid"].as_str().unwrap()).unwrap();
                let before = self.missed.insert(uuid, moment.elapsed);
                assert!(
                    before.is_none_or(|at| moment.elapsed - at >= REMEMBER_MS),
                    "4: JavaScript hears of a missed call once"
                );
            }
        }
        self.history.see(moment);
    }

    fn end(&mut self, end: &End<'_>) {
        // Of a call of a user who signed out for good nobody hears.
        let dropped = end.diagnosis["account"]["droppedAtSignOut"] != 0;
        if !self.unseen && !dropped && end.waiting == 0 {
            assert_eq!(
                self.told, self.rung,
                "4: JavaScript hears once of every call that rings"
            );
        }
    }
}
