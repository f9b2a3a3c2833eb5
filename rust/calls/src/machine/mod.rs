//! What happens to a call, as a pure function: call, input, now -> call, events.
//!
//! The meanings are those of ZIM's call invitation 2.28:
//!
//! * *General* calls: the first accept answers the call; anyone who takes part ends it for all. *Advanced* calls: only the inviter ends the
//!   call; others leave by `end`, and may come back by `accept`.
//! * The first terminal event wins. Whatever comes later changes nothing and is answered with the state that came first.
//! * A call rings until somebody accepts it, everybody who could answer has declined, the inviter takes it back, or the ring time is up.
//!   An invitee without a device ([`UserState::Offline`]) is not waited for once all others have declined, but a call to nobody but such
//!   invitees stands until its time is up, since they may still sign in and answer.
//! * `end` while the call still rings is what its author must have meant: the inviter takes the call back, an invitee declines.

mod step;

use zpns_protocol::calls::{
    Actor, Call, CallEvent, CallEventKind, CallState, Participant, UserState,
};

use crate::CallError;

/// What comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// An invitee takes the call.
    Accept(Doing),
    /// An invitee declines.
    Reject(Doing),
    /// The inviter stops ringing these invitees; all if there are none.
    Cancel(Doing, Vec<String>),
    /// A participant hangs up.
    End(Doing),
    /// A device of an invitee has the invitation.
    Receive(Actor),
    /// The clock has moved on.
    Tick,
}

/// Who does something, and what it passes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doing {
    /// Who.
    pub by: Actor,
    /// What for the others.
    pub extended_data: String,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the input itself changed the call.
    pub applied: bool,
    /// What happened, in order. A time-out that was due comes before the input's own event.
    pub events: Vec<CallEvent>,
}

/// What a call starts from.
#[derive(Clone, Debug)]
pub struct Start {
    /// The call; its participants are filled in here.
    pub call: Call,
    /// The invitees, and whether each has a device.
    pub invitees: Vec<(String, bool)>,
}

/// Whether this user can still take the call or decline it.
pub const fn may_answer(state: UserState) -> bool {
    is_rung(state) || matches!(state, UserState::Offline)
}

/// Whether this user's devices are ringing, as far as anyone knows.
pub const fn is_rung(state: UserState) -> bool {
    matches!(
        state,
        UserState::Inviting | UserState::Received | UserState::NotYetReceived
    )
}

/// The participant who is this user.
pub fn participant<'a>(call: &'a Call, user: &str) -> Option<&'a Participant> {
    call.participants.iter().find(|p| p.user_id == user)
}

/// Whether this user's devices may ring for the call, or begin to.
pub fn is_ringing_for(call: &Call, user: &str) -> bool {
    !call.state.is_over() && participant(call, user).is_some_and(|p| may_answer(p.state))
}

/// When the call's timer is due, Unix milliseconds; `None` if it has nothing to do any more.
pub fn ring_until(call: &Call, now: u64) -> Option<u64> {
    (!call.state.is_over() && now < call.expires_at).then_some(call.expires_at)
}

/// Begins a call.
pub fn start(Start { mut call, invitees }: Start, now: u64) -> CallEvent {
    let participant = |user_id: String, state| Participant {
        user_id,
        state,
        installation: None,
        extended_data: String::new(),
    };
    let mut caller = participant(call.caller.clone(), UserState::Accepted);
    caller.installation.clone_from(&call.caller_installation);
    let state = |has_device| {
        if has_device {
            UserState::Inviting
        } else {
            UserState::Offline
        }
    };
    call.participants = vec![caller];
    call.participants.extend(
        invitees
            .into_iter()
            .map(|(user, has_device)| participant(user, state(has_device))),
    );
    call.state = CallState::Ringing;
    call.seq = 0;
    let by = Actor {
        user_id: call.caller.clone(),
        installation: call.caller_installation.clone(),
    };
    let extended_data = call.extended_data.clone();
    record(
        &mut call,
        CallEventKind::Created,
        Some(by),
        extended_data,
        now,
    )
}

/// Applies an input. A refusal leaves the call as it was. A clock that goes back only delays the time-out.
pub fn apply(call: &mut Call, input: Input, now: u64) -> Result<Outcome, CallError> {
    let mut next = call.clone();
    let outcome = step::step(&mut next, input, now)?;
    *call = next;
    Ok(outcome)
}

fn record(
    call: &mut Call,
    kind: CallEventKind,
    by: Option<Actor>,
    extended_data: String,
    now: u64,
) -> CallEvent {
    call.seq = call.seq.saturating_add(1);
    CallEvent {
        seq: call.seq,
        at: now,
        kind,
        by,
        extended_data,
        call: call.clone(),
    }
}

#[cfg(test)]
mod tests;
