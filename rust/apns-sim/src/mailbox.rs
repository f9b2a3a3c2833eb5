use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use serde::{Serialize, Serializer};
use serde_json::Value;
use tokio::sync::mpsc;

/// How many delivered pushes can be had again.
const HISTORY: usize = 100;
/// A listener that lags this far behind is cut off; it can come back and name its last push.
const LISTENER_BACKLOG: usize = 1024;

/// What a push is to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PushKind {
    /// Goes to PushKit.
    Voip,
    /// Shown to the user.
    Alert,
    /// Wakes the app.
    Background,
}

/// One push as the device gets it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Push {
    /// Counts the device's pushes, from 1.
    pub id: u64,
    /// VoIP, alert or background.
    pub kind: PushKind,
    /// The topic it was sent to.
    pub topic: String,
    /// The `apns-id`.
    #[serde(rename = "apnsID")]
    pub apns_id: String,
    /// 10, 5 or 1.
    pub priority: u8,
    /// Seconds since 1970; 0: not stored.
    pub expiration: u64,
    /// When APNs took it, in milliseconds since 1970.
    pub received_at: u64,
    /// The payload, byte for byte; as JSON in the control API.
    #[serde(serialize_with = "as_json")]
    pub payload: Bytes,
}

/// Payloads are JSON; one that is not is shown as a string.
pub(crate) fn as_json<S: Serializer>(payload: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    json(payload).serialize(serializer)
}

pub(crate) fn json(payload: &[u8]) -> Value {
    serde_json::from_slice(payload)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(payload).into_owned()))
}

/// The pushes of one device.
#[derive(Default)]
pub(crate) struct Mailbox {
    last_id: u64,
    delivered: VecDeque<Arc<Push>>,
    /// APNs keeps one push for each topic while a device is away.
    stored: BTreeMap<String, Arc<Push>>,
    listeners: Vec<mpsc::Sender<Arc<Push>>>,
}

impl Mailbox {
    /// Delivers the push if the device is connected, stores it if it does not expire before `now` (seconds), or drops it.
    pub(crate) fn receive(&mut self, mut push: Push, now: u64) {
        self.last_id += 1;
        push.id = self.last_id;
        let push = Arc::new(push);
        self.listeners
            .retain(|listener| listener.try_send(push.clone()).is_ok());
        if !self.listeners.is_empty() {
            self.remember(push);
        } else if push.expiration > now {
            self.stored.insert(push.topic.clone(), push);
        }
    }

    /// Connects the device: first what was delivered after the push `last_seen`, then what was stored, then what comes.
    pub(crate) fn listen(&mut self, last_seen: Option<u64>, now: u64) -> PushStream {
        let (sender, receiver) = mpsc::channel(LISTENER_BACKLOG);
        if let Some(last_seen) = last_seen {
            for push in self.delivered.iter().filter(|push| push.id > last_seen) {
                let _ = sender.try_send(push.clone());
            }
        }
        let mut stored: Vec<_> = std::mem::take(&mut self.stored)
            .into_values()
            .filter(|push| push.expiration > now)
            .collect();
        stored.sort_by_key(|push| push.id);
        for push in stored {
            let _ = sender.try_send(push.clone());
            self.remember(push);
        }
        self.listeners.push(sender);
        PushStream { receiver }
    }

    /// Disconnects the device for good.
    pub(crate) fn close(&mut self) {
        self.listeners.clear();
        self.stored.clear();
    }

    fn remember(&mut self, push: Arc<Push>) {
        if self.delivered.len() == HISTORY {
            self.delivered.pop_front();
        }
        self.delivered.push_back(push);
    }
}

/// The pushes of a connected device. Dropping it disconnects the device.
#[derive(Debug)]
pub struct PushStream {
    receiver: mpsc::Receiver<Arc<Push>>,
}

impl PushStream {
    /// The next push. `None` when the simulator stopped, the device was deleted, or this reader fell too far behind.
    pub async fn next(&mut self) -> Option<Arc<Push>> {
        self.receiver.recv().await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn push(topic: &str, expiration: u64) -> Push {
        let payload = Bytes::from_static(b"{}");
        Push {
            id: 0,
            kind: PushKind::Alert,
            topic: topic.into(),
            apns_id: String::new(),
            priority: 10,
            expiration,
            received_at: 0,
            payload,
        }
    }

    fn ids(stream: &mut PushStream) -> Vec<u64> {
        std::iter::from_fn(|| stream.receiver.try_recv().ok())
            .map(|push| push.id)
            .collect()
    }

    #[test]
    fn only_the_newest_push_of_a_topic_is_stored_for_a_device_that_is_away() {
        let mut mailbox = Mailbox::default();
        for topic in ["app", "app", "app.voip"] {
            mailbox.receive(push(topic, 200), 100);
        }
        assert_eq!(ids(&mut mailbox.listen(None, 100)), [2, 3]);
    }

    #[test]
    fn a_push_that_expires_at_once_is_not_stored() {
        let mut mailbox = Mailbox::default();
        mailbox.receive(push("app", 0), 100);
        mailbox.receive(push("app.voip", 100), 100);
        assert_eq!(ids(&mut mailbox.listen(None, 100)), [0_u64; 0]);
    }

    #[test]
    fn a_stored_push_that_expired_meanwhile_is_not_delivered() {
        let mut mailbox = Mailbox::default();
        mailbox.receive(push("app", 200), 100);
        assert_eq!(ids(&mut mailbox.listen(None, 201)), [0_u64; 0]);
    }

    #[test]
    fn a_device_that_names_its_last_push_gets_what_was_delivered_after_it() {
        let mut mailbox = Mailbox::default();
        let first = mailbox.listen(None, 100);
        for _ in 0..3 {
            mailbox.receive(push("app", 0), 100);
        }
        drop(first);
        assert_eq!(ids(&mut mailbox.listen(Some(1), 100)), [2, 3]);
    }

    #[test]
    fn a_device_that_went_away_counts_as_away() {
        let mut mailbox = Mailbox::default();
        drop(mailbox.listen(None, 100));
        mailbox.receive(push("app", 200), 100);
        assert_eq!(ids(&mut mailbox.listen(None, 100)), [1]);
    }
}
