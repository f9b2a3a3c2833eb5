//! Invariant 8: Mute, hold and end asked for by the app do not come back as a user's action (echo suppression by action id).

use zpns_core::{ActionKind, EventKind, SystemEvent};

use super::{Oracle, settled};
use crate::world::{Cause, Moment};

/// What JavaScript hears only of the user.
const OF_THE_USER: [EventKind; 5] = [
    EventKind::PerformEndCallAction,
    EventKind::PerformSetHeldCallAction,
    EventKind::PerformSetMutedCallAction,
    EventKind::PerformSetGroupCallAction,
    EventKind::PerformPlayDtmfCallAction,
];

pub struct Echo;

impl Oracle for Echo {
    fn see(&mut self, moment: &Moment<'_>) {
        for (_, _, body) in moment
            .events
            .iter()
            .filter(|(kind, ..)| OF_THE_USER.contains(kind))
        {
            assert_eq!(
                body["source"], "user",
                "8: what the app asked for does not come back"
            );
        }
        if let Cause::System(SystemEvent::Action(action)) = moment.cause
            && action.transaction.is_some()
            // An end may wait for the gateway: that is for `verbs` to judge.
            && !matches!(
                action.kind,
                ActionKind::Start { .. } | ActionKind::Answer | ActionKind::End
            )
        {
            let at_once = settled(moment.effects)
                .iter()
                .any(|(settled, _)| *settled == action.id);
            assert!(at_once, "8: what the app asked for is settled at once");
        }
    }
}
