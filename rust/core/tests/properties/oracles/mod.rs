//! One judge for each invariant. They see every input with its effects, and how everything stands at the end; none looks into the core.

mod bounded;
mod decoding;
mod echo;
mod end_waits;
mod history;
mod mailbox;
mod one_report;
mod promises;
mod registration;
mod ring_once;
mod same_uuid;
mod settled_once;

use uuid::Uuid;
use zpns_core::{CallRequest, Effect};

use crate::step::Build;
use crate::world::{End, Moment};

/// Judges one invariant; panics where it does not hold.
pub trait Oracle {
    fn see(&mut self, moment: &Moment<'_>);

    fn end(&mut self, _end: &End<'_>) {}
}

pub fn all(build: Build) -> Vec<Box<dyn Oracle>> {
    vec![
        Box::new(one_report::OneReport::new(build)),
        Box::<decoding::Decoding>::default(),
        Box::new(same_uuid::SameUuid),
        Box::new(ring_once::RingOnce::new(build)),
        Box::<settled_once::SettledOnce>::default(),
        Box::<promises::Promises>::default(),
        Box::<mailbox::Mailbox>::default(),
        Box::new(echo::Echo),
        Box::<end_waits::EndWaits>::default(),
        Box::new(registration::Registration::new(build)),
        Box::new(bounded::Bounded),
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

/// The actions that these effects settle; true where fulfilled.
fn settled(effects: &[Effect]) -> Vec<(Uuid, bool)> {
    let outcome = |effect: &Effect| match effect {
        Effect::Call(CallRequest::Fulfill { action }) => Some((*action, true)),
        Effect::Call(CallRequest::Fail { action }) => Some((*action, false)),
        _ => None,
    };
    effects.iter().filter_map(outcome).collect()
}
