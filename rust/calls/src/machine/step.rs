//! One input after another: who may do what, and what it makes of the call.

use zpns_protocol::calls::{
    Actor, Call, CallEvent, CallEventKind, CallMode, CallState, Participant, UserState,
};
use zpns_protocol::errors::InvalidField;

use super::{Doing, Input, Outcome, is_rung, may_answer, participant, record};
use crate::CallError;

pub(super) fn step(call: &mut Call, input: Input, now: u64) -> Result<Outcome, CallError> {
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
    let is_invitee = |user: &String| *user != call.caller && participant(call, user).is_some();
    if let Some(position) = only.iter().position(|user| !is_invitee(user)) {
        let field = format!("invitees[{position}]");
        return Err(InvalidField::new(field, "is not an invitee of this call").into());
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

fn anyone(call: &Call, is: impl Fn(UserState) -> bool) -> bool {
    call.participants.iter().skip(1).any(|p| is(p.state))
}

fn anyone_rung(call: &Call) -> bool {
    anyone(call, is_rung)
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
