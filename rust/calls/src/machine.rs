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

use zpns_protocol::calls::{
    Actor, Call, CallEvent, CallEventKind, CallMode, CallState, Participant, UserState,
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
    let outcome = step(&mut next, input, now)?;
    *call = next;
    Ok(outcome)
}

fn step(call: &mut Call, input: Input, now: u64) -> Result<Outcome, CallError> {
    let mut events = Vec::new();
    // A verb that comes after the ring time but before the timer still finds the invitation expired.
    events.extend(time_out(call, now));
    let own = match input {
        Input::Tick => {
            return Ok(Outcome {
                applied: !events.is_empty(),
                events,
            });
        }
        Input::Accept(doing) => accept(call, doing, now)?,
        Input::Reject(doing) => reject(call, doing, now)?,
        Input::Cancel(doing, invitees) => cancel(call, doing, &invitees, now)?,
        Input::End(doing) => end(call, doing, now)?,
        Input::Receive(by) => receive(call, by, now)?,
    };
    let applied = own.is_some();
    events.extend(own);
    Ok(Outcome { applied, events })
}

fn accept(call: &mut Call, doing: Doing, now: u64) -> Result<Option<CallEvent>, CallError> {
    let over = call.state.is_over();
    let in_time = now < call.expires_at;
    let comes_back = call.mode == CallMode::Advanced && call.state == CallState::Accepted;
    let invitee = invitee(call, &doing.by.user_id)?;
    let may = match invitee.state {
        UserState::Offline => in_time,
        UserState::Quit => comes_back,
        state => is_rung(state),
    };
    if over || !may {
        return Ok(None);
    }
    settle(invitee, UserState::Accepted, &doing);
    call.state = CallState::Accepted;
    call.accepted_at.get_or_insert(now);
    Ok(Some(record(
        call,
        CallEventKind::Accepted,
        Some(doing.by),
        doing.extended_data,
        now,
    )))
}

fn reject(call: &mut Call, doing: Doing, now: u64) -> Result<Option<CallEvent>, CallError> {
    let over = call.state.is_over();
    let invitee = invitee(call, &doing.by.user_id)?;
    if over || !may_answer(invitee.state) {
        return Ok(None);
    }
    settle(invitee, UserState::Rejected, &doing);
    if call.state == CallState::Ringing && !anyone_rung(call) {
        close(call, CallState::Rejected, now);
    }
    Ok(Some(record(
        call,
        CallEventKind::Rejected,
        Some(doing.by),
        doing.extended_data,
        now,
    )))
}

fn cancel(
    call: &mut Call,
    doing: Doing,
    only: &[String],
    now: u64,
) -> Result<Option<CallEvent>, CallError> {
    if doing.by.user_id != call.caller {
        return Err(if participant(call, &doing.by.user_id).is_some() {
            CallError::NotTheInviter
        } else {
            CallError::NotAParticipant
        });
    }
    if let Some(stranger) = only
        .iter()
        .find(|user| **user == call.caller || participant(call, user).is_none())
    {
        let position = only
            .iter()
            .position(|user| user == stranger)
            .unwrap_or_default();
        return Err(zpns_protocol::errors::InvalidField::new(
            format!("invitees[{position}]"),
            "is not an invitee of this call",
        )
        .into());
    }
    if call.state.is_over() {
        return Ok(None);
    }
    let mut taken_back = false;
    for invitee in call.participants.iter_mut().skip(1) {
        if may_answer(invitee.state) && (only.is_empty() || only.contains(&invitee.user_id)) {
            invitee.state = UserState::BeCancelled;
            taken_back = true;
        }
    }
    if !taken_back {
        return Ok(None);
    }
    if call.state == CallState::Ringing && !anyone(call, may_answer) {
        if let Some(caller) = call.participants.first_mut() {
            settle(caller, UserState::Cancelled, &doing);
        }
        close(call, CallState::Cancelled, now);
    }
    Ok(Some(record(
        call,
        CallEventKind::Cancelled,
        Some(doing.by),
        doing.extended_data,
        now,
    )))
}

fn end(call: &mut Call, doing: Doing, now: u64) -> Result<Option<CallEvent>, CallError> {
    let is_caller = doing.by.user_id == call.caller;
    let state = participant(call, &doing.by.user_id)
        .ok_or(CallError::NotAParticipant)?
        .state;
    match (call.state, is_caller) {
        (CallState::Ringing, true) => return cancel(call, doing, &[], now),
        (CallState::Ringing, false) => return reject(call, doing, now),
        (CallState::Accepted, _) => {}
        _ => return Ok(None),
    }
    if state != UserState::Accepted {
        // Rung while others talk already: hanging up is declining.
        return if is_caller {
            Ok(None)
        } else {
            reject(call, doing, now)
        };
    }
    if call.mode == CallMode::Advanced && !is_caller {
        settle(invitee(call, &doing.by.user_id)?, UserState::Quit, &doing);
    } else {
        for participant in &mut call.participants {
            match participant.state {
                UserState::Accepted => participant.state = UserState::Ended,
                other if may_answer(other) => participant.state = UserState::BeCancelled,
                _ => {}
            }
        }
        if let Some(participant) = participant_mut(call, &doing.by.user_id) {
            settle(participant, UserState::Ended, &doing);
        }
        close(call, CallState::Ended, now);
    }
    Ok(Some(record(
        call,
        CallEventKind::Ended,
        Some(doing.by),
        doing.extended_data,
        now,
    )))
}

fn receive(call: &mut Call, by: Actor, now: u64) -> Result<Option<CallEvent>, CallError> {
    let over = call.state.is_over();
    let in_time = now < call.expires_at;
    let Ok(invitee) = invitee(call, &by.user_id) else {
        return if by.user_id == call.caller {
            Ok(None)
        } else {
            Err(CallError::NotAParticipant)
        };
    };
    if over
        || !in_time
        || !matches!(
            invitee.state,
            UserState::Inviting | UserState::NotYetReceived | UserState::Offline
        )
    {
        return Ok(None);
    }
    invitee.state = UserState::Received;
    Ok(Some(record(
        call,
        CallEventKind::Received,
        Some(by),
        String::new(),
        now,
    )))
}

fn time_out(call: &mut Call, now: u64) -> Option<CallEvent> {
    if call.state.is_over() || now < call.expires_at {
        return None;
    }
    let mut missed = false;
    for invitee in call
        .participants
        .iter_mut()
        .skip(1)
        .filter(|p| is_rung(p.state))
    {
        invitee.state = UserState::Timeout;
        missed = true;
    }
    if call.state == CallState::Ringing {
        close(call, CallState::TimedOut, now);
    } else if !missed {
        return None;
    }
    Some(record(
        call,
        CallEventKind::TimedOut,
        None,
        String::new(),
        now,
    ))
}

fn settle(participant: &mut Participant, state: UserState, doing: &Doing) {
    participant.state = state;
    if doing.by.installation.is_some() {
        participant.installation.clone_from(&doing.by.installation);
    }
    participant.extended_data.clone_from(&doing.extended_data);
}

fn close(call: &mut Call, state: CallState, now: u64) {
    call.state = state;
    call.ended_at = Some(now);
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

fn anyone(call: &Call, is: impl Fn(UserState) -> bool) -> bool {
    call.participants.iter().skip(1).any(|p| is(p.state))
}

fn anyone_rung(call: &Call) -> bool {
    anyone(call, is_rung)
}

/// The participant who is this user.
pub fn participant<'a>(call: &'a Call, user: &str) -> Option<&'a Participant> {
    call.participants.iter().find(|p| p.user_id == user)
}

fn participant_mut<'a>(call: &'a mut Call, user: &str) -> Option<&'a mut Participant> {
    call.participants.iter_mut().find(|p| p.user_id == user)
}

fn invitee<'a>(call: &'a mut Call, user: &str) -> Result<&'a mut Participant, CallError> {
    if user == call.caller {
        return Err(CallError::NotAnInvitee);
    }
    participant_mut(call, user).ok_or(CallError::NotAParticipant)
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
