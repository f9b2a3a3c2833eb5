//! What the gateway's view of a call means for this phone: pure functions over the whole call, so that it does not matter which events
//! were missed.

use zpns_protocol::calls::{Call, CallState, Participant, UserState};

use crate::effect::EndedReason;

/// Which side of the call this phone is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::calls) enum Role {
    Caller,
    Invitee,
}

/// Whether an accepted invitation was accepted by this phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::calls) enum Accepted {
    /// Nobody here has accepted.
    NotHere,
    /// This phone has, and the gateway has yet to confirm it.
    Sent,
    /// The gateway confirmed it.
    Confirmed,
}

/// Who looks at the call.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub(super) role: Role,
    /// The user of this phone, if known.
    pub(super) user: Option<&'a str>,
    /// This installation, if known.
    pub(super) installation: Option<&'a str>,
    pub(super) accepted: Accepted,
}

impl View<'_> {
    /// This user in the call. An invitee that does not know its name is the only one there is, if so.
    pub(super) fn me<'c>(&self, call: &'c Call) -> Option<&'c Participant> {
        if let Some(user) = self.user {
            return call
                .participants
                .iter()
                .find(|participant| participant.user_id == user);
        }
        match (self.role, call.participants.as_slice()) {
            (Role::Invitee, [_, invitee]) => Some(invitee),
            _ => None,
        }
    }

    /// Whether what this user's devices did was done here. Where the gateway or this phone does not know the installation, what this phone
    /// did itself decides.
    fn is_here(&self, me: &Participant) -> bool {
        match (&me.installation, self.installation) {
            (Some(theirs), Some(ours)) => theirs.eq_ignore_ascii_case(ours),
            _ => self.accepted != Accepted::NotHere,
        }
    }

    /// Why the call is over for this phone; `None` while it is not.
    pub(super) fn end(&self, call: &Call) -> Option<EndedReason> {
        let whole = match call.state {
            CallState::Ringing | CallState::Accepted => None,
            CallState::TimedOut => Some(EndedReason::Unanswered),
            CallState::Cancelled | CallState::Ended | CallState::Rejected => {
                Some(EndedReason::RemoteEnded)
            }
        };
        let Some(me) = self.me(call).filter(|_| self.role == Role::Invitee) else {
            return whole;
        };
        match me.state {
            // Another device of this user has it, and what becomes of the call is its business.
            UserState::Accepted if !self.is_here(me) => Some(EndedReason::AnsweredElsewhere),
            UserState::Rejected => Some(EndedReason::DeclinedElsewhere),
            UserState::Timeout => Some(EndedReason::Unanswered),
            UserState::BeCancelled | UserState::Quit | UserState::Ended | UserState::Cancelled => {
                Some(EndedReason::RemoteEnded)
            }
            UserState::Accepted
            | UserState::Inviting
            | UserState::Offline
            | UserState::Received
            | UserState::NotYetReceived => whole,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use zpns_protocol::CallId;
    use zpns_protocol::calls::CallMode;

    pub(in crate::calls) fn call(
        state: CallState,
        users: &[(&str, UserState, Option<&str>)],
    ) -> Call {
        let participant =
            |(user, state, installation): &(&str, UserState, Option<&str>)| Participant {
                user_id: (*user).to_owned(),
                state: *state,
                installation: installation.map(str::to_owned),
                extended_data: String::new(),
            };
        Call {
            call_id: CallId::new("call-42").unwrap(),
            mode: CallMode::General,
            caller: "alice".to_owned(),
            caller_installation: None,
            created_at: 0,
            expires_at: 90_000,
            timeout: 90,
            extended_data: String::new(),
            state,
            accepted_at: None,
            ended_at: None,
            seq: 2,
            participants: users.iter().map(participant).collect(),
        }
    }

    #[test]
    fn the_end_follows_from_the_whole_call() {
        use CallState as C;
        use EndedReason as E;
        use UserState as U;
        let alice = ("alice", U::Accepted, Some("a"));
        let carol_accepted = ("carol", U::Accepted, Some("c"));
        let mine = View {
            role: Role::Invitee,
            user: Some("bob"),
            installation: Some("B1"),
            accepted: Accepted::NotHere,
        };
        for (state, bob, installation, expected) in [
            (C::Ringing, U::Inviting, None, None),
            (C::Ringing, U::Received, None, None),
            (C::Accepted, U::Accepted, Some("b1"), None),
            (
                C::Accepted,
                U::Accepted,
                Some("b2"),
                Some(E::AnsweredElsewhere),
            ),
            (C::Accepted, U::Accepted, None, Some(E::AnsweredElsewhere)),
            (
                C::Ringing,
                U::Rejected,
                Some("b2"),
                Some(E::DeclinedElsewhere),
            ),
            (
                C::Rejected,
                U::Rejected,
                Some("b2"),
                Some(E::DeclinedElsewhere),
            ),
            (C::Cancelled, U::BeCancelled, None, Some(E::RemoteEnded)),
            (C::Cancelled, U::Inviting, None, Some(E::RemoteEnded)),
            (C::Ringing, U::BeCancelled, None, Some(E::RemoteEnded)),
            (C::TimedOut, U::Timeout, None, Some(E::Unanswered)),
            (C::Ended, U::Accepted, Some("b1"), Some(E::RemoteEnded)),
            (
                C::Ended,
                U::Accepted,
                Some("b2"),
                Some(E::AnsweredElsewhere),
            ),
        ] {
            let call = call(state, &[alice, ("bob", bob, installation), carol_accepted]);
            assert_eq!(
                mine.end(&call),
                expected,
                "{state:?} {bob:?} {installation:?}"
            );
        }
    }

    #[test]
    fn a_group_call_rings_on_while_others_answer() {
        let mine = View {
            role: Role::Invitee,
            user: Some("bob"),
            installation: None,
            accepted: Accepted::NotHere,
        };
        let users = [
            ("alice", UserState::Accepted, None),
            ("carol", UserState::Accepted, None),
            ("bob", UserState::Received, None),
        ];
        assert_eq!(mine.end(&call(CallState::Accepted, &users)), None);
    }

    #[test]
    fn an_accept_that_this_phone_sent_is_its_own_when_installations_are_unknown() {
        let users = [
            ("alice", UserState::Accepted, None),
            ("bob", UserState::Accepted, Some("b1")),
        ];
        let view = |accepted| View {
            role: Role::Invitee,
            user: None,
            installation: None,
            accepted,
        };
        assert_eq!(
            view(Accepted::Sent).end(&call(CallState::Accepted, &users)),
            None
        );
        assert_eq!(
            view(Accepted::NotHere).end(&call(CallState::Accepted, &users)),
            Some(EndedReason::AnsweredElsewhere)
        );
    }

    #[test]
    fn for_the_caller_only_the_whole_call_counts() {
        let alice = View {
            role: Role::Caller,
            user: Some("alice"),
            installation: None,
            accepted: Accepted::NotHere,
        };
        let users = [
            ("alice", UserState::Accepted, None),
            ("bob", UserState::Rejected, None),
        ];
        assert_eq!(alice.end(&call(CallState::Ringing, &users)), None);
        assert_eq!(
            alice.end(&call(CallState::Rejected, &users)),
            Some(EndedReason::RemoteEnded)
        );
        assert_eq!(
            alice.end(&call(CallState::TimedOut, &users)),
            Some(EndedReason::Unanswered)
        );
    }
}
