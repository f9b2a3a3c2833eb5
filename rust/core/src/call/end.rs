//! The one way by which a call ends.

use serde_json::json;
use uuid::Uuid;

use super::Calls;
use super::live::{Direction, Stage};
use super::recent::EndedCall;
use super::timers::Timer;
use crate::context::{Context, js_uuid};
use crate::effect::EndedReason;
use crate::event::EventKind;

/// Who ended a call, and so who has yet to hear of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// The other side, another device, time, a failure: CallKit and JavaScript have yet to hear.
    Elsewhere(EndedReason),
    /// JavaScript: CallKit has yet to hear.
    ByApp(EndedReason),
    /// An end action: everybody knows. The reason is what a late push for the call is ended with.
    ByUser(EndedReason),
    /// CallKit does not have it (any more): JavaScript has yet to hear.
    NotShown(EndedReason),
    /// CallKit refused it and the app knows.
    NeverShown(EndedReason),
}

impl Over {
    const fn reason(self) -> EndedReason {
        match self {
            Self::Elsewhere(reason)
            | Self::ByApp(reason)
            | Self::ByUser(reason)
            | Self::NotShown(reason)
            | Self::NeverShown(reason) => reason,
        }
    }
}

impl Calls {
    /// Ends a live call. Nothing happens if there is none with this UUID.
    pub(super) fn end(&mut self, uuid: Uuid, over: Over, ctx: &mut Context<'_>) {
        let Some(call) = self.live.remove(&uuid) else {
            return;
        };
        let reason = over.reason();
        self.timers.cancel(Timer::Ring(uuid));
        // A report that CallKit completes only after the call's end would bring the call back.
        let tells_call_kit =
            matches!(over, Over::Elsewhere(_) | Over::ByApp(_)) || self.reports.is_open(uuid);
        if tells_call_kit {
            self.report_end(uuid, reason, ctx);
        }
        // After the report: a failed answer would otherwise be the reason that Recents shows.
        self.settle_all_of(uuid, ctx);
        for other in self
            .live
            .iter_mut()
            .map(|(_, other)| other)
            .filter(|other| other.group == Some(uuid))
        {
            other.group = None;
        }
        // What this user answered or declined here is no missed call, however often a push for it comes.
        let is_attended = matches!(over, Over::ByUser(_))
            || call.stage == Stage::Connected
            || call.direction == Direction::Outgoing;
        self.recent.insert(EndedCall {
            uuid,
            at: ctx.now,
            sent_at: self.sent_at(uuid),
            reason,
            told: is_attended,
        });
        if matches!(over, Over::Elsewhere(_) | Over::NotShown(_)) {
            let mut body = json!({ "uuid": js_uuid(uuid), "reason": reason.number() });
            if let (Some(call_id), Some(body)) = (call.call_id, body.as_object_mut()) {
                body.insert("callID".to_owned(), call_id.into());
            }
            ctx.emit(EventKind::DidEndCall, &body);
        }
        self.close_invitation(uuid, ctx);
        *ctx.dirty = true;
    }
}
