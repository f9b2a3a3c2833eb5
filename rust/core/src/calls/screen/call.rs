//! A call as CallKit sees it.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::context::js_uuid;
use crate::effect::Handle;

/// Most calls at once, far above what CallKit shows: enough that a flood of pushes can't fill the memory.
pub(in crate::calls) const MAX_LIVE: usize = 1000;

/// How long the core lets a call ring where iOS would end it by itself after about 60 seconds (observed by developers; Apple does not
/// document it), in milliseconds.
pub(in crate::calls) const RING_LIMIT_MS: u64 = 55_000;

/// Which way a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::calls) enum Direction {
    Incoming,
    Outgoing,
}

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::calls) enum Stage {
    /// Incoming: the phone rings.
    Ringing,
    /// Incoming: the user answered, the app has yet to say that it worked.
    Answering,
    /// Outgoing: the app has yet to say that it could start.
    Starting,
    /// Outgoing: it started; nobody has answered yet.
    Connecting,
    /// Both sides talk.
    Connected,
}

impl Stage {
    const fn name(self) -> &'static str {
        match self {
            Self::Ringing => "ringing",
            Self::Answering => "answering",
            Self::Starting => "starting",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
        }
    }
}

#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    clippy::struct_field_names,
    reason = "what CXCall and the gateway call them"
)]
pub(in crate::calls) struct Call {
    pub(in crate::calls) call_id: Option<String>,
    /// Whose call it is, if that is known.
    pub(in crate::calls) user: Option<String>,
    pub(in crate::calls) direction: Direction,
    pub(in crate::calls) stage: Stage,
    /// Whether CallKit has confirmed it.
    pub(in crate::calls) shown: bool,
    pub(in crate::calls) handle: Option<Handle>,
    pub(in crate::calls) name: Option<String>,
    pub(in crate::calls) video: bool,
    pub(in crate::calls) on_hold: bool,
    pub(in crate::calls) muted: bool,
    /// The call it is grouped with.
    pub(in crate::calls) group: Option<Uuid>,
    pub(in crate::calls) since: u64,
}

impl Call {
    pub(in crate::calls) fn new(direction: Direction, since: u64) -> Self {
        let (stage, shown) = match direction {
            Direction::Incoming => (Stage::Ringing, false),
            Direction::Outgoing => (Stage::Starting, true),
        };
        Self {
            call_id: None,
            user: None,
            direction,
            stage,
            shown,
            handle: None,
            name: None,
            video: false,
            on_hold: false,
            muted: false,
            group: None,
            since,
        }
    }

    /// Whether it rings and has done so for as long as iOS allows.
    pub(in crate::calls) fn has_rung_out(&self, now: u64) -> bool {
        self.direction == Direction::Incoming
            && self.stage == Stage::Ringing
            && now.saturating_sub(self.since) >= RING_LIMIT_MS
    }

    /// For `getCalls`, with the time by the clock when it began.
    pub(in crate::calls) fn to_json(
        &self,
        uuid: Uuid,
        since: u64,
        open_actions: &[Value],
    ) -> Value {
        json!({
            "uuid": js_uuid(uuid),
            "callID": self.call_id,
            "outgoing": self.direction == Direction::Outgoing,
            "state": self.stage.name(),
            "handle": self.handle,
            "callerName": self.name,
            "video": self.video,
            "onHold": self.on_hold,
            "muted": self.muted,
            "groupedWith": self.group.map(js_uuid),
            "since": since,
            "openActions": open_actions,
        })
    }

    /// For `diagnose()`: nothing that names anybody.
    pub(in crate::calls) fn to_diagnosis(&self, uuid: Uuid) -> Value {
        json!({
            "uuid": js_uuid(uuid),
            "outgoing": self.direction == Direction::Outgoing,
            "state": self.stage.name(),
            "confirmedByCallKit": self.shown,
            "since": self.since,
        })
    }
}
