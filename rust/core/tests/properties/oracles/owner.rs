//! Invariant 12, its last sentence: nothing of one user goes out in the name of another, or is heard by the next.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use uuid::Uuid;
use zpns_core::effect::{HttpRequest, StreamRequest};
use zpns_core::{ActionKind, Effect, SystemEvent};
use zpns_protocol::call_uuid;

use super::{Oracle, verbs};
use crate::gateway::{self, USERS};
use crate::support::user_token;
use crate::world::{Cause, Moment, User};

#[derive(Default)]
pub struct Owner {
    /// Whose calls have rung under each UUID: nobody's, where nobody is known to have been invited.
    rung: BTreeMap<Uuid, BTreeSet<Option<&'static str>>>,
    /// Calls to which the user did something on the system's screen, and whose calls these are.
    done: BTreeMap<Uuid, &'static str>,
    /// Calls to which the app did something, in the name of whoever was signed in: what goes out may be that.
    done_by_app: BTreeSet<Uuid>,
}

impl Oracle for Owner {
    fn see(&mut self, moment: &Moment<'_>) {
        match moment.cause {
            Cause::Launch(_) => *self = Self::default(),
            Cause::Push { about, .. } => {
                // Another push for a live call says nothing about whose it is.
                if let Some(uuid) = about.call_id.map(call_uuid)
                    && !moment.before.contains(&uuid)
                {
                    self.rung.entry(uuid).or_default().insert(about.user);
                }
            }
            Cause::System(SystemEvent::Action(action))
                if matches!(action.kind, ActionKind::Start { .. }) =>
            {
                self.rung.entry(action.call).or_default().insert(None);
            }
            Cause::System(SystemEvent::Action(action)) => {
                let owners = self.rung.get(&action.call);
                if let Some(owners) = owners
                    && let [Some(owner)] = owners.iter().copied().collect::<Vec<_>>()[..]
                    && !self.done_by_app.contains(&action.call)
                {
                    self.done.insert(action.call, owner);
                }
            }
            // The app acts in the name of whoever is signed in.
            Cause::Invoke { method, params, .. } => {
                if *method == "reportIncomingCall"
                    && let Some(uuid) = params["uuid"].as_str()
                {
                    self.rung.entry(call_uuid(uuid)).or_default().insert(None);
                }
                // Another call of the same name, made by whoever is signed in.
                if *method == "callInvite"
                    && let Some(call) = params["callID"].as_str()
                {
                    let caller = match moment.users[1] {
                        User::Known(user) => Some(user),
                        User::SignedOut | User::Unclear => None,
                    };
                    self.rung.entry(call_uuid(call)).or_default().insert(caller);
                }
                for key in ["uuid", "callID"] {
                    if let Some(text) = params[key].as_str() {
                        self.done.remove(&call_uuid(text));
                        if ["callAccept", "callReject", "callCancel", "callEnd"].contains(method) {
                            self.done_by_app.insert(call_uuid(text));
                        }
                    }
                }
            }
            _ => {}
        }
        for effect in moment.effects {
            match effect {
                Effect::Http(HttpRequest { url, bearer, .. })
                | Effect::OpenStream(StreamRequest { url, bearer, .. }) => {
                    self.judge_request(url, bearer.as_deref(), moment);
                }
                _ => {}
            }
        }
        for (kind, _, body) in moment.events {
            self.judge_event(kind.name(), body, moment);
        }
    }
}

impl Owner {
    fn judge_request(&self, url: &str, bearer: Option<&str>, moment: &Moment<'_>) {
        let named = |user: &&str| bearer == Some(user_token(user).as_str());
        let Some(user) = USERS.into_iter().find(named) else {
            return;
        };
        let present = moment.users[1];
        assert!(
            !present.is_other_than(user),
            "12: {user}'s token is used while {present:?} is signed in"
        );
        if verbs::verb(url).is_some()
            && let Some(owner) = self.done.get(&call_uuid(gateway::call_of(url)))
        {
            assert_eq!(
                *owner, user,
                "12: what one user did goes out in that user's name"
            );
        }
    }

    fn judge_event(&self, kind: &str, body: &Value, moment: &Moment<'_>) {
        let texts = [&body["uuid"], &body["callID"], &body["action"]["callUUID"]];
        let Some(text) = texts.into_iter().find_map(Value::as_str) else {
            return;
        };
        let (Some(owners), User::Known(present)) =
            (self.rung.get(&call_uuid(text)), moment.users[1])
        else {
            return;
        };
        let mut owners_here = owners.iter().copied();
        assert!(
            owners_here.any(|owner| owner.is_none_or(|owner| owner == present)),
            "12: {kind} is about a call of {owners:?}, and heard by {present}"
        );
    }
}
