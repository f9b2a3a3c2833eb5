use zpns_protocol::calls::Actor;

use super::*;
use crate::examples::{created, device};
use crate::machine::{self, Doing, Input};

struct Story {
    call: Call,
    events: Vec<CallEvent>,
}

fn story() -> Story {
    let event = created(&[("bob", true)]);
    Story {
        call: event.call.clone(),
        events: vec![event],
    }
}

impl Story {
    /// Bob accepts on this installation.
    fn answered(mut self, installation: &str) -> Self {
        let doing = Doing {
            by: Actor {
                user_id: "bob".into(),
                installation: Some(installation.into()),
            },
            extended_data: String::new(),
        };
        let outcome = machine::apply(&mut self.call, Input::Accept(doing), 10).unwrap();
        self.events.extend(outcome.events);
        self
    }

    fn due(&self, sent: &[SentPush], now: u64) -> Vec<String> {
        let devices = [device(1, "bob", "phone"), device(2, "bob", "tablet")];
        let strategy = Strategy {
            cancel_mode: CancelMode::Voip,
            ..Strategy::voip()
        };
        due(&strategy, &self.call, sent, &self.events, &devices, now)
            .into_iter()
            .filter_map(|device| device.installation)
            .collect()
    }
}

fn sent(id: u128, push: PushKind, status: DeliveryStatus) -> SentPush {
    SentPush {
        push_id: PushId::from_random(id),
        push,
        kind: DeliveryKind::Voip,
        status,
    }
}

fn both() -> Vec<SentPush> {
    vec![
        sent(1, PushKind::Invite, DeliveryStatus::Accepted),
        sent(2, PushKind::Invite, DeliveryStatus::Received),
    ]
}

#[test]
fn nobody_is_told_while_the_call_rings() {
    assert!(story().due(&both(), 10).is_empty());
}

#[test]
fn the_devices_that_did_not_answer_are_told_until_the_ring_time_is_up() {
    let answered = story().answered("phone");
    assert_eq!(answered.due(&both(), 29_999), ["tablet"]);
    assert!(answered.due(&both(), 30_000).is_empty());
}

#[test]
fn a_device_that_was_invited_by_alert_is_not_told() {
    let by_alert = SentPush {
        kind: DeliveryKind::Alert,
        ..sent(2, PushKind::Invite, DeliveryStatus::Received)
    };
    assert!(story().answered("phone").due(&[by_alert], 20).is_empty());
}

#[test]
fn a_device_is_told_once() {
    let mut sent_so_far = both();
    sent_so_far.push(sent(2, PushKind::Cancel, DeliveryStatus::Queued));
    assert!(story().answered("phone").due(&sent_so_far, 20).is_empty());
}

#[test]
fn a_device_that_has_no_invitation_is_not_told() {
    let queued = [sent(2, PushKind::Invite, DeliveryStatus::Queued)];
    assert!(story().answered("phone").due(&queued, 20).is_empty());
}

#[test]
fn a_strategy_without_cancel_pushes_has_none() {
    let Story { call, events } = story().answered("phone");
    let devices = [device(2, "bob", "tablet")];
    assert!(due(&Strategy::voip(), &call, &both(), &events, &devices, 20).is_empty());
}
