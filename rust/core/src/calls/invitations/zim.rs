//! Calls in ZIM's shapes: the events of call invitations, and what they are made of.

use litemap::LiteMap;
use serde::Serialize;
use serde_json::{Value, json};
use zpns_protocol::calls::{Call, CallEvent, CallState, Participant, UserState};

use super::snapshot::{Accepted, Role, View};
use super::tracked::Tracked;
use crate::effect::EndedReason;
use crate::event::EventKind;

/// What an event tells beside the call.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::calls) struct Cause<'a> {
    by: Option<&'a str>,
    extended_data: &'a str,
}

impl<'a> Cause<'a> {
    /// What this phone did itself in the name of this user.
    pub(in crate::calls) const fn by(user: &'a str, extended_data: &'a str) -> Self {
        Self {
            by: Some(user),
            extended_data,
        }
    }

    pub(super) fn of(event: &'a CallEvent) -> Self {
        Self {
            by: event.by.as_ref().map(|actor| actor.user_id.as_str()),
            extended_data: &event.extended_data,
        }
    }
}

fn number(mode: zpns_protocol::calls::CallMode) -> u8 {
    mode.into()
}

fn user(participant: &Participant) -> Value {
    json!({ "userID": participant.user_id, "state": participant.state.number(), "extendedData": participant.extended_data })
}

fn users<'a>(participants: impl IntoIterator<Item = &'a Participant>) -> Vec<Value> {
    participants.into_iter().map(user).collect()
}

/// Body of `callInvitationReceived` as JSON text: it is written while the phone does not ring yet. The other invitees are not known yet:
/// `callUserStateChanged` names them.
pub(super) fn received(tracked: &Tracked, me: Option<&str>) -> String {
    #[derive(Serialize)]
    struct User<'a> {
        #[serde(rename = "userID")]
        id: &'a str,
        state: u8,
        #[serde(rename = "extendedData")]
        extended_data: &'a str,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Received<'a> {
        #[serde(rename = "callID")]
        call_id: &'a str,
        mode: u8,
        caller: &'a str,
        inviter: &'a str,
        timeout: u32,
        create_time: u64,
        extended_data: &'a str,
        call_user_list: Vec<User<'a>>,
    }
    let user = |id, state: UserState| User {
        id,
        state: state.number(),
        extended_data: "",
    };
    let mut call_user_list = vec![user(&tracked.caller, UserState::Accepted)];
    call_user_list.extend(me.map(|me| user(me, UserState::Received)));
    let body = Received {
        call_id: &tracked.call_id,
        mode: number(tracked.mode),
        caller: &tracked.caller,
        inviter: &tracked.caller,
        timeout: tracked.timeout,
        create_time: tracked.created_at,
        extended_data: &tracked.extended_data,
        call_user_list,
    };
    // Plain structs with text keys: writing them as JSON can't fail. Nor does it end amid a character.
    let mut json = Vec::with_capacity(512);
    serde_json::to_writer(&mut json, &body).ok();
    String::from_utf8(json).unwrap_or_default()
}

/// Body of `callInvitationCreated`.
pub(super) fn created(call: &Call) -> Value {
    json!({
        "callID": call.call_id,
        "mode": number(call.mode),
        "caller": call.caller,
        "extendedData": call.extended_data,
        "timeout": call.timeout,
        "createTime": call.created_at,
        "callUserList": users(&call.participants),
    })
}

/// Answer of `queryCallInvitation`.
pub(super) fn info(call: &Call) -> Value {
    const STARTED: u8 = 1;
    const ENDED: u8 = 2;
    json!({
        "callID": call.call_id,
        "caller": call.caller,
        "inviter": call.caller,
        "createTime": call.created_at,
        "endTime": call.ended_at.unwrap_or(0),
        "state": if call.state.is_over() { ENDED } else { STARTED },
        "mode": number(call.mode),
        "extendedData": call.extended_data,
        "callUserList": users(&call.participants),
    })
}

/// Body of `callInvitationTimeout`.
pub(super) fn timeout(tracked: &Tracked) -> Value {
    json!({ "callID": tracked.call_id, "mode": number(tracked.mode) })
}

/// Body of `callInvitationCancelled`.
pub(super) fn cancelled(tracked: &Tracked, extended_data: &str) -> Value {
    json!({
        "callID": tracked.call_id,
        "mode": number(tracked.mode),
        "inviter": tracked.caller,
        "extendedData": extended_data,
    })
}

/// Body of `callInvitationEnded`.
pub(super) fn ended(tracked: &Tracked, by: &str, extended_data: &str, at: u64) -> Value {
    json!({
        "callID": tracked.call_id,
        "mode": number(tracked.mode),
        "caller": tracked.caller,
        "operatedUserID": by,
        "extendedData": extended_data,
        "endTime": at,
    })
}

/// The event by which an invitation is over that the gateway did not tell of: by the clock, by a cancelling push, or because it is gone
/// there. `me` is this phone's user where the push named none.
pub(super) fn over_by_itself(
    tracked: &Tracked,
    reason: EndedReason,
    me: Option<&str>,
    now: u64,
) -> (EventKind, Value) {
    let elsewhere = match reason {
        EndedReason::AnsweredElsewhere => Some(UserState::Accepted),
        EndedReason::DeclinedElsewhere => Some(UserState::Rejected),
        EndedReason::Failed | EndedReason::RemoteEnded | EndedReason::Unanswered => None,
    };
    if let Some(state) = elsewhere {
        let me = json!({ "userID": tracked.user.as_deref().or(me), "state": state.number(), "extendedData": "" });
        return (
            EventKind::CallUserStateChanged,
            json!({ "callID": tracked.call_id, "callUserList": [me] }),
        );
    }
    let timed_out = reason == EndedReason::Unanswered;
    if timed_out && tracked.role == Role::Caller {
        let rung = tracked
            .call
            .iter()
            .flat_map(|call| &call.participants)
            .filter(|participant| {
                matches!(
                    participant.state,
                    UserState::Inviting
                        | UserState::Received
                        | UserState::NotYetReceived
                        | UserState::Offline
                )
            });
        let invitees: Vec<&str> = rung
            .map(|participant| participant.user_id.as_str())
            .collect();
        return (
            EventKind::CallInviteesAnsweredTimeout,
            json!({ "callID": tracked.call_id, "invitees": invitees }),
        );
    }
    if timed_out {
        return (EventKind::CallInvitationTimeout, timeout(tracked));
    }
    if tracked.role == Role::Invitee && tracked.accepted == Accepted::NotHere {
        return (EventKind::CallInvitationCancelled, cancelled(tracked, ""));
    }
    (EventKind::CallInvitationEnded, ended(tracked, "", "", now))
}

/// What JavaScript has to hear between what was known of a call and what it is now.
pub(super) fn changes(
    tracked: &Tracked,
    view: &View<'_>,
    call: &Call,
    cause: Cause<'_>,
    now: u64,
) -> Vec<(EventKind, Value)> {
    let mut known = LiteMap::new();
    for (user, state) in tracked.call.iter().flat_map(states) {
        known.insert(user, state);
    }
    let changed: Vec<&Participant> = call
        .participants
        .iter()
        .filter(|participant| is_change(&known, call, participant))
        .collect();
    let mut events = Vec::new();
    if !changed.is_empty() {
        let body =
            json!({ "callID": call.call_id, "callUserList": users(changed.iter().copied()) });
        events.push((EventKind::CallUserStateChanged, body));
    }
    match tracked.role {
        Role::Caller => caller_changes(call, &changed, &mut events),
        Role::Invitee => {
            let me = view.me(call).map(|me| me.state);
            let cancelled_here =
                call.state == CallState::Cancelled || me == Some(UserState::BeCancelled);
            if cancelled_here && tracked.accepted == Accepted::NotHere {
                events.push((
                    EventKind::CallInvitationCancelled,
                    cancelled(tracked, cause.extended_data),
                ));
            } else if call.state == CallState::TimedOut || me == Some(UserState::Timeout) {
                events.push((EventKind::CallInvitationTimeout, timeout(tracked)));
            }
        }
    }
    if call.state == CallState::Ended {
        let body = ended(
            tracked,
            cause.by.unwrap_or_default(),
            cause.extended_data,
            call.ended_at.unwrap_or(now),
        );
        events.push((EventKind::CallInvitationEnded, body));
    }
    events
}

fn caller_changes(call: &Call, changed: &[&Participant], events: &mut Vec<(EventKind, Value)>) {
    let mut late = Vec::new();
    for participant in changed
        .iter()
        .filter(|participant| participant.user_id != call.caller)
    {
        let kind = match participant.state {
            UserState::Accepted => EventKind::CallInvitationAccepted,
            UserState::Rejected => EventKind::CallInvitationRejected,
            UserState::Timeout => {
                late.push(participant.user_id.as_str());
                continue;
            }
            _ => continue,
        };
        let body = json!({ "callID": call.call_id, "invitee": participant.user_id, "extendedData": participant.extended_data });
        events.push((kind, body));
    }
    if !late.is_empty() {
        events.push((
            EventKind::CallInviteesAnsweredTimeout,
            json!({ "callID": call.call_id, "invitees": late }),
        ));
    }
}

fn states(call: &Call) -> impl Iterator<Item = (&str, UserState)> {
    call.participants
        .iter()
        .map(|participant| (participant.user_id.as_str(), participant.state))
}

/// Whether a participant's state is a change. Where nothing was known, that the caller takes part and the others are being rung is none.
fn is_change(known: &LiteMap<&str, UserState>, call: &Call, participant: &Participant) -> bool {
    match known.get(participant.user_id.as_str()) {
        Some(before) => *before != participant.state,
        None if participant.user_id == call.caller => participant.state != UserState::Accepted,
        None => !matches!(
            participant.state,
            UserState::Inviting | UserState::Received | UserState::NotYetReceived
        ),
    }
}
