//! Actions of CallKit that nobody has settled yet: each gets a number, and is settled exactly once.

use litemap::LiteMap;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::context::js_uuid;
use crate::effect::DtmfKind;
use crate::error::{Code, Error};
use crate::event::EventKind;
use crate::input::{ActionKind, CallAction};

/// Most actions that wait at once; each also has its safety timer.
const MAX_OPEN: usize = 1000;
/// Before the number in what JavaScript knows an action by.
const SEQ_PREFIX: &str = "native";

#[derive(Debug, Default)]
pub(super) struct Actions {
    open: LiteMap<u64, OwnedAction>,
    numbers: LiteMap<Uuid, u64>,
    last: u64,
}

/// An action and whose call it is about, if that is known.
#[derive(Clone, Debug)]
pub(in crate::calls) struct OwnedAction {
    pub(in crate::calls) action: CallAction,
    pub(in crate::calls) user: Option<String>,
}

/// Whether an action is fulfilled or failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::calls) enum Outcome {
    Fulfill,
    Fail,
}

impl Actions {
    /// Gives the action a number. `None` if it has one, or if too many wait.
    pub(super) fn open(&mut self, owned: OwnedAction) -> Option<u64> {
        let id = owned.action.id;
        if self.numbers.contains_key(&id) || self.open.len() >= MAX_OPEN {
            return None;
        }
        self.last += 1;
        self.numbers.insert(id, self.last);
        self.open.insert(self.last, owned);
        Some(self.last)
    }

    pub(super) fn is_open(&self, action: Uuid) -> bool {
        self.numbers.contains_key(&action)
    }

    pub(super) fn take(&mut self, number: u64) -> Option<OwnedAction> {
        let owned = self.open.remove(&number)?;
        self.numbers.remove(&owned.action.id);
        Some(owned)
    }

    /// The number of the open action that CallKit knows by this UUID.
    pub(super) fn number(&self, action: Uuid) -> Option<u64> {
        self.numbers.get(&action).copied()
    }

    /// Reads `native<N>` and takes that action. Numbers are given out in order, so a smaller one that is not open was settled before.
    pub(super) fn take_named(&mut self, seq: &str) -> Result<(u64, OwnedAction), Error> {
        let unknown = || {
            Error::new(
                Code::UnknownAction,
                "completeAction: no action has this seq: call fulfill() or fail() on the action that the event brought",
            )
        };
        let number: u64 = seq
            .strip_prefix(SEQ_PREFIX)
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(unknown)?;
        if number == 0 || number > self.last {
            return Err(unknown());
        }
        let action = self.take(number).ok_or_else(|| {
            Error::new(
                Code::AlreadySettled,
                "completeAction: the action was settled before (by an earlier call, by its time limit, or because the call ended); nothing is left to do",
            )
        })?;
        Ok((number, action))
    }

    /// Whether JavaScript has yet to settle an answer of this call.
    pub(super) fn awaits_answer(&self, call: Uuid) -> bool {
        self.awaits(call, &ActionKind::Answer)
    }

    /// Whether JavaScript has yet to settle an end of this call.
    pub(super) fn awaits_end(&self, call: Uuid) -> bool {
        self.awaits(call, &ActionKind::End)
    }

    fn awaits(&self, call: Uuid, kind: &ActionKind) -> bool {
        let mut open = self.open.values();
        open.any(|OwnedAction { action, .. }| action.call == call && action.kind == *kind)
    }

    pub(super) fn of_call(&self, call: Uuid) -> Vec<u64> {
        self.open
            .iter()
            .filter(|(_, owned)| owned.action.call == call)
            .map(|(number, _)| *number)
            .collect()
    }

    /// Those that are open, in the order in which they came.
    pub(super) fn all(&self) -> impl Iterator<Item = (u64, &OwnedAction)> {
        self.open.iter().map(|(number, owned)| (*number, owned))
    }

    /// Those of one call, as `getCalls` lists them.
    pub(super) fn to_json(&self, call: Uuid) -> Vec<Value> {
        let of_call = self.all().filter(|(_, owned)| owned.action.call == call);
        of_call
            .map(|(number, owned)| json!({ "seq": seq(number), "kind": kind_name(&owned.action.kind) }))
            .collect()
    }

    pub(super) fn numbers(&self) -> Vec<u64> {
        self.open.keys().copied().collect()
    }

    /// For `diagnose()`.
    pub(super) fn to_diagnosis(&self) -> Vec<Value> {
        let describe = |(number, OwnedAction { action, .. }): (&u64, &OwnedAction)| json!({ "seq": seq(*number), "callUUID": js_uuid(action.call), "kind": kind_name(&action.kind), "deadline": action.deadline });
        self.open.iter().map(describe).collect()
    }
}

/// What JavaScript knows an action by.
pub(in crate::calls) fn seq(number: u64) -> String {
    format!("{SEQ_PREFIX}{number}")
}

/// The kind as `timedOutPerformingAction` names it.
pub(super) const fn kind_name(kind: &ActionKind) -> &'static str {
    match kind {
        ActionKind::Start { .. } => "start",
        ActionKind::Answer => "answer",
        ActionKind::End => "end",
        ActionKind::SetHeld { .. } => "held",
        ActionKind::SetMuted { .. } => "muted",
        ActionKind::SetGroup { .. } => "group",
        ActionKind::PlayDtmf { .. } => "dtmf",
    }
}

/// The event that asks JavaScript to perform an action, and its body.
pub(super) fn event(number: u64, action: &CallAction) -> (EventKind, Value) {
    let call = js_uuid(action.call);
    let (kind, detail) = match &action.kind {
        ActionKind::Start {
            handle,
            contact,
            video,
        } => (
            EventKind::PerformStartCallAction,
            json!({ "callUUID": call, "handle": handle, "contactIdentifier": contact.as_deref().unwrap_or_default(), "video": video }),
        ),
        ActionKind::Answer => (
            EventKind::PerformAnswerCallAction,
            json!({ "callUUID": call }),
        ),
        ActionKind::End => (EventKind::PerformEndCallAction, json!({ "callUUID": call })),
        ActionKind::SetHeld { on_hold } => (
            EventKind::PerformSetHeldCallAction,
            json!({ "callUUID": call, "onHold": on_hold }),
        ),
        ActionKind::SetMuted { muted } => (
            EventKind::PerformSetMutedCallAction,
            json!({ "callUUID": call, "muted": muted }),
        ),
        ActionKind::SetGroup { with } => (
            EventKind::PerformSetGroupCallAction,
            json!({ "callUUID": call, "callUUIDToGroupWith": with.map(js_uuid) }),
        ),
        ActionKind::PlayDtmf { digits, kind } => (
            EventKind::PerformPlayDtmfCallAction,
            json!({ "callUUID": call, "digits": digits, "type": dtmf_type(*kind) }),
        ),
    };
    let source = if action.transaction.is_some() {
        "app"
    } else {
        "user"
    };
    (
        kind,
        json!({ "seq": seq(number), "source": source, "action": detail }),
    )
}

/// TypeScript's number of a tone, 0 to 2, where Apple counts from 1.
const fn dtmf_type(kind: DtmfKind) -> u8 {
    kind.number().saturating_sub(1)
}

/// When to settle an action that nobody settles: before the system does, which would end it as failed and may not be answered any more.
///
/// An end waits less long. While it is open iOS keeps the app running, which JavaScript needs to start and the network needs to carry the
/// decline; but the user should not find a half-ended call on the screen.
pub(super) fn safety_time(action: &CallAction, now: u64) -> u64 {
    const MARGIN_MS: u64 = 1500;
    const LONGEST_MS: u64 = 58_500;
    const LONGEST_END_MS: u64 = 10_000;
    /// For a deadline that has passed already: the clock was set meanwhile, so the real one is unknown.
    const UNKNOWN_MS: u64 = 5_000;
    let remaining = match action.deadline.saturating_sub(now) {
        0 => UNKNOWN_MS,
        remaining => remaining - MARGIN_MS.min(remaining / 2),
    };
    let longest = if action.kind == ActionKind::End {
        LONGEST_END_MS
    } else {
        LONGEST_MS
    };
    now.saturating_add(remaining.min(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(number: u128, kind: ActionKind, deadline: u64) -> CallAction {
        CallAction {
            id: Uuid::from_u128(number),
            call: Uuid::nil(),
            kind,
            deadline,
            transaction: None,
        }
    }

    fn owned(number: u128) -> OwnedAction {
        OwnedAction {
            action: action(number, ActionKind::Answer, 0),
            user: None,
        }
    }

    #[test]
    fn an_action_can_be_taken_once_and_then_counts_as_settled() {
        let mut actions = Actions::default();
        assert_eq!(actions.open(owned(1)), Some(1));
        assert_eq!(actions.open(owned(1)), None);
        assert!(actions.take_named("native1").is_ok());
        assert_eq!(actions.take_named("native1").unwrap_err().code, "6009008");
        for seq in ["native2", "native0", "native", "1", "nativeX", ""] {
            assert_eq!(
                actions.take_named(seq).unwrap_err().code,
                "6009009",
                "{seq}"
            );
        }
    }

    #[test]
    fn the_safety_timer_comes_before_the_systems_own_deadline() {
        assert_eq!(
            safety_time(&action(1, ActionKind::Answer, 31_000), 1_000),
            29_500
        );
        assert_eq!(
            safety_time(&action(1, ActionKind::Answer, 2_000), 1_000),
            1_500
        );
        assert_eq!(
            safety_time(&action(1, ActionKind::Answer, u64::MAX), 1_000),
            59_500
        );
        assert_eq!(
            safety_time(&action(1, ActionKind::Answer, 500), 1_000),
            6_000
        );
        assert_eq!(
            safety_time(&action(1, ActionKind::End, 31_000), 1_000),
            11_000
        );
    }

    #[test]
    fn tones_carry_the_numbers_of_the_typescript_enum() {
        let numbers: Vec<u8> = DtmfKind::ALL.into_iter().map(dtmf_type).collect();
        assert_eq!(numbers, [0, 1, 2]);
    }
}
