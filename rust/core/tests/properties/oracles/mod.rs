//! One judge for each invariant, and one for what the app is told of its calls. They see every input with its effects, and how everything stands at the end; none looks into the core.

mod action_events;
mod bounded;
mod call_state;
mod calls_changed;
mod decoding;
mod echo;
mod end_waits;
mod history;
mod mailbox;
mod one_report;
mod owner;
mod promises;
mod rates;
mod registration;
mod ring_ends;
mod ring_once;
mod same_uuid;
mod settled_once;
mod stored;
mod verbs;

use uuid::Uuid;
use zpns_core::{CallRequest, Effect, SystemEvent};

use crate::world::{Cause, End, Moment};

/// Judges one invariant; panics where it does not hold.
pub trait Oracle {
    fn see(&mut self, moment: &Moment<'_>);

    fn end(&mut self, _end: &End<'_>) {}
}

pub fn all() -> Vec<Box<dyn Oracle>> {
    vec![
        Box::<one_report::OneReport>::default(),
        Box::<decoding::Decoding>::default(),
        Box::new(same_uuid::SameUuid),
        Box::<ring_once::RingOnce>::default(),
        Box::<settled_once::SettledOnce>::default(),
        Box::<promises::Promises>::default(),
        Box::<mailbox::Mailbox>::default(),
        Box::new(echo::Echo),
        Box::<end_waits::EndWaits>::default(),
        Box::<registration::Registration>::default(),
        Box::new(bounded::Bounded),
        Box::<action_events::ActionEvents>::default(),
        Box::<verbs::Verbs>::default(),
        Box::<owner::Owner>::default(),
        Box::<ring_ends::RingEnds>::default(),
        Box::<call_state::CallState>::default(),
        Box::<calls_changed::CallsChanged>::default(),
        Box::<rates::Rates>::default(),
        Box::new(stored::Stored),
    ]
}

/// The calls that these effects report as incoming, in order.
fn reported(effects: &[Effect]) -> Vec<Uuid> {
    let uuid = |effect: &Effect| match effect {
        Effect::Call(CallRequest::ReportIncoming { uuid, .. }) => Some(*uuid),
        _ => None,
    };
    effects.iter().filter_map(uuid).collect()
}

/// Whether CallKit's provider is gone, and with it all of CallKit's calls, reports and actions.
fn provider_is_gone(moment: &Moment<'_>) -> bool {
    let reset = matches!(
        moment.cause,
        Cause::Launch(_) | Cause::System(SystemEvent::ProviderReset)
    );
    reset
        || moment
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Call(CallRequest::Disable)))
}

/// The actions that these effects settle; true where fulfilled.
fn settled(effects: &[Effect]) -> Vec<(Uuid, bool)> {
    let outcome = |effect: &Effect| match effect {
        Effect::Call(CallRequest::Fulfill { action }) => Some((*action, true)),
        Effect::Call(CallRequest::Fail { action }) => Some((*action, false)),
        _ => None,
    };
    effects.iter().filter_map(outcome).collect()
}
