//! Random events, as many as a phone sees in years: what they leave behind in memory.

use std::collections::VecDeque;
use std::sync::Arc;

use uuid::Uuid;
use zpns_client::{ActionKind, CallAction, Client, DtmfKind, SystemEvent, call_uuid};

use crate::calls::{call_id, payload};
use crate::device::Device;

/// How many of the newest calls an event is about, apart from new ones.
const NEAR: usize = 3_000;
/// Types of events that JavaScript listens to now and then.
const LISTENED: [&str; 4] = [
    "didReceiveIncomingPush",
    "performAnswerCallAction",
    "performEndCallAction",
    "didEndCall",
];

/// Makes events up, the same ones in each run.
pub(crate) struct Flood {
    client: Arc<Client>,
    device: Arc<Device>,
    random: Random,
    calls: u64,
    /// The first reports of the newest calls, the newest first.
    reports: VecDeque<u64>,
    invocations: u64,
}

impl Flood {
    pub(crate) fn new(client: Arc<Client>, device: Arc<Device>) -> Self {
        Self {
            client,
            device,
            random: Random(0x5eed),
            calls: 0,
            reports: VecDeque::new(),
            invocations: 0,
        }
    }

    /// One more event.
    pub(crate) fn event(&mut self) -> Result<(), String> {
        let call = self.calls.saturating_sub(self.random.below(NEAR as u64));
        let uuid = call_uuid(&call_id(call));
        match self.random.below(100) {
            0..30 => {
                self.calls += 1;
                let pushed = self.client.voip_push(&payload(self.calls), true);
                self.reports.push_front(self.device.last_report());
                self.reports.truncate(NEAR);
                pushed
            }
            30..35 => self
                .client
                .voip_push(&payload(call), self.random.below(2) == 0),
            35..40 => {
                // A push that was damaged on the way: cut somewhere.
                let mut bytes = payload(call);
                bytes.truncate(usize::try_from(self.random.below(1024)).unwrap_or_default());
                self.client.voip_push(&bytes, true)
            }
            40..60 => self.client.system(SystemEvent::ReportCompleted {
                id: self.report_of(call),
                uuid,
                error: None,
            }),
            60..80 => self.client.system(action(uuid, self.random.below(5))),
            80..88 => {
                let seq = self.random.below(call + 1);
                self.invoke(
                    "completeAction",
                    &format!(r#"{{"seq":"native{seq}","outcome":"fulfill"}}"#),
                )
            }
            88..92 => self.invoke(
                "reportCallEnded",
                &format!(r#"{{"reason":2,"uuid":"{uuid}"}}"#),
            ),
            92..96 => self.client.system(SystemEvent::AudioActivated),
            96..98 => {
                self.listened().inspect(|kind| self.client.listen(kind));
                Ok(())
            }
            _ => {
                self.listened().inspect(|kind| self.client.unlisten(kind));
                Ok(())
            }
        }
        .map_err(|error| error.to_string())
    }

    fn report_of(&self, call: u64) -> u64 {
        let age = usize::try_from(self.calls - call).unwrap_or(usize::MAX);
        self.reports.get(age).copied().unwrap_or_default()
    }

    fn listened(&mut self) -> Option<&'static str> {
        LISTENED
            .get(usize::try_from(self.random.below(LISTENED.len() as u64)).ok()?)
            .copied()
    }

    fn invoke(&mut self, method: &str, params: &str) -> Result<(), zpns_client::ClientError> {
        self.invocations += 1;
        self.client.invoke(self.invocations, method, params)
    }
}

/// CallKit performs an action that the user wanted.
fn action(call: Uuid, which: u64) -> SystemEvent {
    let kind = match which {
        0 => ActionKind::Answer,
        1 => ActionKind::SetMuted { muted: true },
        2 => ActionKind::SetHeld { on_hold: true },
        3 => ActionKind::PlayDtmf {
            digits: "1".to_owned(),
            kind: DtmfKind::SingleTone,
        },
        _ => ActionKind::End,
    };
    SystemEvent::Action(CallAction {
        id: Uuid::new_v4(),
        call,
        kind,
        deadline: u64::MAX,
        transaction: None,
    })
}

/// `SplitMix64`: plenty for making events up.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }
}
