//! The gateway in memory: devices, calls and pushes of one app, under the rules of `zpns-calls`, with the statuses, codes and words of the
//! gateway that ships. It keeps rows in lists and sends through an APNs that is never late.
//!
//! What it does not have: rates and limits of requests, several apps, pushes that are no call invitations.

mod act;
mod calls;
mod devices;
mod followers;
mod http;
#[cfg(test)]
mod tests;
mod tokens;

use zpns_calls::device::Device;
use zpns_calls::strategy::{CancelMode, Strategy};
use zpns_driver::StreamItem;
use zpns_driver::core::Entropy;
use zpns_phone::PushKind;
use zpns_protocol::{Environment, PushId};

use self::calls::{KeptAnswer, StoredCall};
pub(crate) use self::followers::StreamId;
use self::followers::{Follower, UserEvent};
pub(crate) use self::http::{HttpAnswer, Incoming, Refused};

/// The resources that it has from the start: one that rings, the same with pushes that take an invitation back, and one that does not
/// ring.
pub(crate) const VOIP_RESOURCE: &str = "voip";
const VOIP_CANCEL_RESOURCE: &str = "voip-cancel";
const ALERT_RESOURCE: &str = "alert";

/// A gateway with one app.
pub(crate) struct Gateway {
    secret: [u8; 32],
    resources: Vec<(String, Strategy)>,
    devices: Vec<Device>,
    /// In the order in which they began.
    calls: Vec<StoredCall>,
    /// Answers that are kept for an `Idempotency-Key`.
    kept: Vec<KeptAnswer>,
    /// Pushes to this device are kept back.
    hold: Option<PushId>,
    /// The last push that was.
    held: Option<Vec<u8>>,
    followers: Vec<Follower>,
    /// What each user hears of, in the order in which it happened.
    user_events: Vec<UserEvent>,
    outgoing: Vec<Outgoing>,
    entropy: Entropy,
}

/// Something that the gateway sends.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// To who follows a call, or a user's calls.
    Event { stream: StreamId, item: StreamItem },
    /// To a device, by way of APNs.
    Push(Push),
}

/// A push on its way to APNs.
#[derive(Clone, Debug)]
pub(crate) struct Push {
    pub(crate) kind: PushKind,
    pub(crate) environment: Environment,
    pub(crate) topic: String,
    /// Hex.
    pub(crate) token: String,
    pub(crate) payload: Vec<u8>,
}

impl Gateway {
    /// Where phones reach it.
    pub(crate) const URL: &str = "https://gateway.example.com";
    /// The ID of its app.
    pub(crate) const APP: &str = "app";

    pub(crate) fn new() -> Self {
        let mut entropy = Entropy::new(*b"the gateway in memory of the kit");
        let resources = [
            (VOIP_RESOURCE, Strategy::voip()),
            (
                VOIP_CANCEL_RESOURCE,
                Strategy {
                    cancel_mode: CancelMode::Voip,
                    ..Strategy::voip()
                },
            ),
            (ALERT_RESOURCE, Strategy::alert()),
        ];
        Self {
            secret: entropy.bytes(),
            resources: resources
                .map(|(id, strategy)| (id.to_owned(), strategy))
                .to_vec(),
            devices: Vec::new(),
            calls: Vec::new(),
            kept: Vec::new(),
            hold: None,
            held: None,
            followers: Vec::new(),
            user_events: Vec::new(),
            outgoing: Vec::new(),
            entropy,
        }
    }

    /// Sets up a resource, or changes it.
    pub(crate) fn set_resource(&mut self, id: String, strategy: Strategy) {
        self.resources.retain(|(known, _)| *known != id);
        self.resources.push((id, strategy));
    }

    /// When the next ring time is up or a stream ends, Unix milliseconds.
    pub(crate) fn next_due(&self) -> Option<u64> {
        let rings = self.calls.iter().filter_map(|call| call.ring_until);
        rings.chain(self.next_stream_end()).min()
    }

    /// From now on pushes to this device are kept back, or to none.
    pub(crate) fn hold_pushes_to(&mut self, device: Option<PushId>) {
        self.hold = device;
        self.held = None;
    }

    /// The push that was kept back. Nothing is any more.
    pub(crate) fn take_held(&mut self) -> Option<Vec<u8>> {
        self.hold = None;
        self.held.take()
    }

    /// What it sends since this was asked last, in order.
    pub(crate) fn take_outgoing(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.outgoing)
    }
}
