//! What a call is on the gateway and what can be done to it: the first final event wins, late ones change nothing.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use zpns_protocol::CallId;
use zpns_protocol::calls::{
    Actor, Call, CallEvent, CallEventKind, CallState, Invite, Participant, UserState, Verb,
    VerbBody,
};

/// What users did, and on which installation where that counts.
pub(crate) type Users = BTreeMap<String, (UserState, Option<String>)>;

/// What happens to a call.
pub(crate) struct Change {
    pub(crate) kind: CallEventKind,
    pub(crate) state: Option<CallState>,
    pub(crate) users: Users,
    pub(crate) by: Option<String>,
    pub(crate) extended_data: String,
}

impl Change {
    /// From a step: `{"event": "cancelled", "state": "cancelled", "users": {"bob": "beCancelled"}, "by": "alice"}`.
    pub(crate) fn read(step: &Value) -> Self {
        let users = step["users"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(user, did)| {
                let (state, installation) = if did.is_string() {
                    (did, None)
                } else {
                    (&did["state"], did["installation"].as_str())
                };
                (
                    user.clone(),
                    (
                        serde_json::from_value(state.clone()).unwrap(),
                        installation.map(str::to_owned),
                    ),
                )
            });
        Self {
            kind: serde_json::from_value(step["event"].clone()).expect("the kind of an event"),
            state: step
                .get("state")
                .map(|state| serde_json::from_value(state.clone()).expect("the state of a call")),
            users: users.collect(),
            by: step["by"].as_str().map(str::to_owned),
            extended_data: step["extendedData"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// The call after it.
    pub(crate) fn apply(self, mut call: Call, now: u64) -> CallEvent {
        let is_by = |user: &str| self.by.as_deref() == Some(user);
        for participant in &mut call.participants {
            let Some((state, installation)) = self.users.get(&participant.user_id) else {
                continue;
            };
            participant.state = *state;
            if installation.is_some() {
                participant.installation.clone_from(installation);
            }
            if is_by(&participant.user_id) {
                participant.extended_data.clone_from(&self.extended_data);
            }
        }
        call.state = self.state.unwrap_or(call.state);
        call.seq += 1;
        if call.state == CallState::Accepted {
            call.accepted_at.get_or_insert(now);
        }
        if call.state.is_over() {
            call.ended_at.get_or_insert(now);
        }
        let by = self.by.map(|user_id| Actor {
            user_id,
            installation: None,
        });
        CallEvent {
            seq: call.seq,
            at: now,
            kind: self.kind,
            by,
            extended_data: self.extended_data,
            call,
        }
    }
}

/// A call begins: the caller takes part, the others are invited.
pub(crate) fn begin(caller: &str, invite: Invite, now: u64) -> CallEvent {
    let user = |user_id: &str, state| Participant {
        user_id: user_id.to_owned(),
        state,
        installation: None,
        extended_data: String::new(),
    };
    let invited = invite
        .invitees
        .iter()
        .map(|invitee| user(invitee, UserState::Inviting));
    let call = Call {
        call_id: invite
            .call_id
            .unwrap_or_else(|| CallId::new("made-by-gateway").unwrap()),
        mode: invite.mode,
        caller: caller.to_owned(),
        caller_installation: invite.installation,
        created_at: now,
        expires_at: now + u64::from(invite.timeout) * 1000,
        timeout: invite.timeout,
        extended_data: invite.extended_data.clone(),
        state: CallState::Ringing,
        accepted_at: None,
        ended_at: None,
        seq: 1,
        participants: std::iter::once(user(caller, UserState::Accepted))
            .chain(invited)
            .collect(),
    };
    let by = Some(Actor {
        user_id: caller.to_owned(),
        installation: None,
    });
    CallEvent {
        seq: 1,
        at: now,
        kind: CallEventKind::Created,
        by,
        extended_data: invite.extended_data,
        call,
    }
}

/// An invitation with defaults.
pub(crate) fn invite(
    call_id: &str,
    invitees: &[&str],
    timeout: u64,
    extended_data: &str,
) -> Invite {
    let body = json!({ "callID": call_id, "invitees": invitees, "timeout": timeout, "extendedData": extended_data });
    serde_json::from_value(body).unwrap()
}

/// A user does something; `None` if it comes too late.
pub(crate) fn perform(
    call: &Call,
    verb: Verb,
    user: &str,
    body: &VerbBody,
    now: u64,
) -> Option<CallEvent> {
    let with = |state: UserState| {
        call.participants
            .iter()
            .filter(move |participant| participant.state == state)
    };
    let pending: Vec<&str> = [
        UserState::Inviting,
        UserState::Received,
        UserState::NotYetReceived,
        UserState::Offline,
    ]
    .into_iter()
    .flat_map(|state| with(state).map(|participant| participant.user_id.as_str()))
    .collect();
    let all = |users: &[&str], state| {
        users
            .iter()
            .map(|user| ((*user).to_owned(), (state, None)))
            .collect::<Users>()
    };
    let (kind, state, users) = match verb {
        Verb::End if call.state == CallState::Accepted => {
            let inside: Vec<&str> = with(UserState::Accepted)
                .map(|participant| participant.user_id.as_str())
                .collect();
            (
                CallEventKind::Ended,
                CallState::Ended,
                all(&inside, UserState::Ended),
            )
        }
        Verb::Cancel if call.state == CallState::Ringing => {
            let named = |user: &&&str| {
                body.invitees.is_empty() || body.invitees.iter().any(|invitee| invitee == **user)
            };
            let from: Vec<&str> = pending.iter().filter(named).copied().collect();
            let over = from.len() == pending.len();
            let mut users = all(&from, UserState::BeCancelled);
            if over {
                users.insert(user.to_owned(), (UserState::Cancelled, None));
            }
            (
                CallEventKind::Cancelled,
                if over {
                    CallState::Cancelled
                } else {
                    call.state
                },
                users,
            )
        }
        Verb::Accept if pending.contains(&user) && !call.state.is_over() => {
            let did = (UserState::Accepted, body.installation.clone());
            (
                CallEventKind::Accepted,
                CallState::Accepted,
                Users::from([(user.to_owned(), did)]),
            )
        }
        Verb::Reject if pending.contains(&user) && !call.state.is_over() => {
            let last = pending.len() == 1 && call.state == CallState::Ringing;
            (
                CallEventKind::Rejected,
                if last {
                    CallState::Rejected
                } else {
                    call.state
                },
                all(&[user], UserState::Rejected),
            )
        }
        _ => return None,
    };
    let change = Change {
        kind,
        state: Some(state),
        users,
        by: Some(user.to_owned()),
        extended_data: body.extended_data.clone(),
    };
    Some(change.apply(call.clone(), now))
}
