//! What tests do on the gateway beside requests: a call in the words of its events.

use serde::Deserialize;
use serde_json::{Map, Value};
use zpns_calls::CallError;
use zpns_calls::machine::{Doing, Input};
use zpns_protocol::calls::{Actor, Call, CallEventKind, CallState, UserState};
use zpns_protocol::errors::InvalidField;

use super::Gateway;

/// What happens to a call, in the words of the event that followers get.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Change {
    /// What happened.
    event: CallEventKind,
    /// Where the call stands after it, if that is to be checked.
    state: Option<CallState>,
    /// What users did, if that is to be checked; on which installation counts too.
    #[serde(default)]
    users: Map<String, Value>,
    /// Whose doing it was; nobody's where the time was up.
    by: Option<String>,
    /// Passed along.
    #[serde(default)]
    extended_data: String,
    /// Whether every stream of the call breaks just before it.
    #[serde(default)]
    silently: bool,
}

/// What a user did: `"accepted"`, or `{"state": "accepted", "installation": "…"}`.
fn state_of(did: &Value) -> Option<UserState> {
    let state = did.get("state").unwrap_or(did).to_string();
    serde_json::from_slice(state.as_bytes()).ok()
}

impl Gateway {
    /// Does to a call what has this event, if the rules have it so. What they would not have is refused, and changes nothing.
    pub(crate) fn change_by_event(
        &mut self,
        id: &str,
        change: &str,
        now: u64,
    ) -> Result<(), CallError> {
        let change: Change = serde_json::from_slice(change.as_bytes())
            .map_err(|error| InvalidField::new("change", error))?;
        let before = self.stored(id)?.call.clone();
        let input = input(&before, &change)?;
        let mut after = before.clone();
        let outcome = zpns_calls::machine::apply(&mut after, input.clone(), now)?;
        let event = outcome.events.last();
        if event.is_none_or(|event| event.kind != change.event) {
            let words = "does not happen to this call as it stands: look at gateway.call(callID), and move the clock for a time-out";
            return Err(InvalidField::new("event", words).into());
        }
        if let Some(state) = change.state.filter(|state| *state != after.state) {
            let words = format!("is {:?} after this event, not {state:?}", after.state);
            return Err(InvalidField::new("state", words).into());
        }
        for (user, did) in &change.users {
            let actual = zpns_calls::machine::participant(&after, user).map(|p| p.state);
            if actual.is_none() || actual != state_of(did) {
                let words = format!("is {actual:?} after this event, not {did}");
                return Err(InvalidField::new(format!("users.{user}"), words).into());
            }
        }
        if change.silently {
            self.lose_followers(&before);
        }
        self.change(id, input, now)?;
        Ok(())
    }
}

/// What somebody must have done for this event.
fn input(call: &Call, change: &Change) -> Result<Input, CallError> {
    let doing = || {
        let user_id = change
            .by
            .clone()
            .ok_or_else(|| InvalidField::new("by", "is whose doing it was: a user of the call"))?;
        let did = change.users.get(&user_id);
        let installation = did.and_then(|did| did.get("installation")?.as_str());
        let installation = installation.map(str::to_owned);
        Ok::<_, CallError>(Doing {
            by: Actor {
                user_id,
                installation,
            },
            extended_data: change.extended_data.clone(),
        })
    };
    match change.event {
        CallEventKind::Accepted => Ok(Input::Accept(doing()?)),
        CallEventKind::Rejected => Ok(Input::Reject(doing()?)),
        CallEventKind::Ended => Ok(Input::End(doing()?)),
        CallEventKind::TimedOut => Ok(Input::Tick),
        CallEventKind::Received => Ok(Input::Receive(doing()?.by)),
        CallEventKind::Cancelled => {
            let doing = doing()?;
            let taken_back = change
                .users
                .iter()
                .filter(|(_, did)| state_of(did) == Some(UserState::BeCancelled))
                .map(|(user, _)| user.clone())
                .collect();
            Ok(Input::Cancel(doing, taken_back))
        }
        CallEventKind::Created => {
            let words = format!(
                "created call {} already: invite to make another",
                call.call_id
            );
            Err(InvalidField::new("event", words).into())
        }
    }
}
