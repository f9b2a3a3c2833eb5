//! Begins a call: from a checked invitation and the invitees' devices to the call, the answer and the pushes.

use zpns_protocol::CallId;
use zpns_protocol::calls::{Call, CallEvent, CallState, Invite, Invited, UserError};

use crate::CallError;
use crate::auth::FollowClaims;
use crate::device::Device;
use crate::machine::{self, Start};
use crate::push::{CallPush, Planned};
use crate::strategy::Strategy;

/// ZIM's error number for an invitee who has no device.
pub const NOT_REGISTERED: u32 = 6_000_281;

/// An invitation that [`crate::check::invite`] accepted, and what it is begun with.
#[derive(Clone, Copy, Debug)]
pub struct NewCall<'a> {
    /// The app.
    pub app: &'a str,
    /// Where phones reach the gateway, without a slash at its end.
    pub public_url: &'a str,
    /// The ID that was asked for, or a new one.
    pub call_id: &'a CallId,
    /// Who calls.
    pub caller: &'a str,
    /// The rest.
    pub invite: &'a Invite,
    /// How devices are reached: the strategy of the push config's resource. Without one nothing is pushed.
    pub strategy: Option<&'a Strategy>,
    /// Unix milliseconds.
    pub now: u64,
}

/// A call that has begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The first event, with the call.
    pub event: CallEvent,
    /// Invitees without a device, as the answer reports them.
    pub error_user_list: Vec<UserError>,
    /// One for each device of each invitee, if there is something to push.
    pub pushes: Vec<Planned>,
}

impl Begun {
    /// The answer to who invited. `push` is the ID under which the pushes can be asked for; it is left out if there are none.
    pub fn answer(&self, push: &str) -> Invited {
        Invited {
            call: self.event.call.clone(),
            error_user_list: self.error_user_list.clone(),
            push_id: (!self.pushes.is_empty()).then(|| push.to_owned()),
        }
    }
}

/// Begins the call. `devices` holds the devices of each invitee, in the order of the invitation; `sign` makes follow tokens, prefix
/// included.
pub fn begin<E: From<CallError>>(
    new: &NewCall<'_>,
    devices: &[Vec<Device>],
    mut sign: impl FnMut(&FollowClaims) -> Result<String, E>,
) -> Result<Begun, E> {
    let invitees = || new.invite.invitees.iter().zip(devices);
    let start = Start {
        call: blank(new),
        invitees: invitees()
            .map(|(user, of_user)| (user.clone(), !of_user.is_empty()))
            .collect(),
    };
    let event = machine::start(start, new.now);
    let mut pushes = Vec::new();
    if let (Some(strategy), Some(config)) = (new.strategy, &new.invite.push_config) {
        let push = CallPush {
            app: new.app,
            public_url: new.public_url,
            strategy,
            config,
            call: &event.call,
            now: new.now,
        };
        for device in devices.iter().flatten() {
            pushes.push(push.invitation(device, &mut sign)?);
        }
    }
    let error_user_list = invitees()
        .filter(|(_, of_user)| of_user.is_empty())
        .map(|(user, _)| not_registered(user))
        .collect();
    Ok(Begun {
        event,
        error_user_list,
        pushes,
    })
}

/// The call before the machine has seen it.
fn blank(new: &NewCall<'_>) -> Call {
    Call {
        call_id: new.call_id.clone(),
        mode: new.invite.mode,
        caller: new.caller.to_owned(),
        caller_installation: new.invite.installation.clone(),
        created_at: new.now,
        expires_at: new
            .now
            .saturating_add(u64::from(new.invite.timeout).saturating_mul(1000)),
        timeout: new.invite.timeout,
        extended_data: new.invite.extended_data.clone(),
        state: CallState::Ringing,
        accepted_at: None,
        ended_at: None,
        seq: 0,
        participants: Vec::new(),
    }
}

fn not_registered(user: &str) -> UserError {
    UserError {
        user_id: user.to_owned(),
        code: NOT_REGISTERED,
        reason: "This user has no registered device: they must sign in on one, and it must call registerPush. The invitation stands until its time is up.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use zpns_protocol::calls::UserState;

    use super::*;
    use crate::examples::device;

    fn begun(body: serde_json::Value, strategy: Option<&Strategy>) -> Begun {
        let invite: Invite = serde_json::from_value(body).unwrap();
        let new = NewCall {
            app: "app",
            public_url: "https://gateway.example.com",
            call_id: &CallId::new("call 1").unwrap(),
            caller: "alice",
            invite: &invite,
            strategy,
            now: 1000,
        };
        let sign = |claims: &FollowClaims| {
            Ok::<_, CallError>(format!("{}@{}", claims.installation, claims.expires_at))
        };
        begin(&new, &[vec![device(1, "bob", "bob-phone")], vec![]], sign).unwrap()
    }

    #[test]
    fn each_device_is_sent_the_invitation_and_a_user_without_one_is_reported() {
        let body = json!({"invitees": ["bob", "carol"], "timeout": 30, "pushConfig": {"resourcesID": "voip"}});
        let begun = begun(body, Some(&Strategy::voip()));
        let states: Vec<_> = begun
            .event
            .call
            .participants
            .iter()
            .map(|p| p.state)
            .collect();
        assert_eq!(
            states,
            [UserState::Accepted, UserState::Inviting, UserState::Offline]
        );
        let [push] = begun.pushes.as_slice() else {
            panic!("{:?}", begun.pushes)
        };
        let payload: serde_json::Value = serde_json::from_slice(&push.payload).unwrap();
        let zpns = &payload["zpns"];
        assert_eq!(zpns["followToken"], "bob-phone@43231");
        assert_eq!(
            zpns["followURL"],
            "https://gateway.example.com/v1/calls/call%201"
        );
        assert_eq!(
            (&zpns["expiresAt"], push.expires_at),
            (&json!(31_000), 31_000)
        );
        let answer = begun.answer("push");
        assert_eq!(answer.push_id.as_deref(), Some("push"));
        let [carol] = answer.error_user_list.as_slice() else {
            panic!("{answer:?}")
        };
        assert_eq!((carol.user_id.as_str(), carol.code), ("carol", 6_000_281));
    }

    #[test]
    fn without_a_push_config_nothing_is_pushed() {
        let begun = begun(json!({"invitees": ["bob", "carol"]}), None);
        assert!(begun.pushes.is_empty());
        assert_eq!(begun.answer("push").push_id, None);
    }
}
