//! Calls: what `zpns-calls` decides, kept in a list and carried out: pushes go to devices, followers are told.

use std::collections::BTreeSet;

use serde_json::Value;
use zpns_calls::auth::{self, BEYOND_RINGING, FollowClaims, Principal};
use zpns_calls::device::Device;
use zpns_calls::invitation::{self, Begun};
use zpns_calls::machine::{self, Input, Outcome};
use zpns_calls::push::{self, Planned};
use zpns_calls::strategy::Strategy;
use zpns_calls::{CallError, cancel, check, late};
use zpns_phone::PushKind;
use zpns_protocol::calls::{Actor, Call, CallEvent, Invite, Receipt};
use zpns_protocol::push_config::PushConfig;
use zpns_protocol::pushes::DeliveryKind;
use zpns_protocol::{CallId, PushId};

use super::http::{HttpAnswer, Incoming, Refused, body};
use super::{APP, Gateway, Outgoing, Push, URL};

/// A call and what the gateway remembers of it.
pub(super) struct StoredCall {
    pub(super) call: Call,
    pub(super) events: Vec<CallEvent>,
    config: Option<PushConfig>,
    /// Whether the gateway wakes when the ring time is up.
    pub(super) timer_is_set: bool,
    /// Devices that were sent the invitation as a VoIP push.
    rung: BTreeSet<String>,
    /// Devices that were told by a push that it is over.
    told: BTreeSet<String>,
}

impl Gateway {
    /// `POST /v1/calls`.
    pub(super) fn invite(
        &mut self,
        principal: &Principal,
        request: &Incoming<'_>,
        now: u64,
    ) -> Result<HttpAnswer, Refused> {
        let invite: Invite = body(request)?;
        let caller = auth::caller(principal, &invite)?;
        check::invite(&caller, &invite).map_err(CallError::from)?;
        let key = request
            .idempotency_key
            .map(|key| (format!("POST /v1/calls {caller}"), key.to_owned()));
        if let Some((earlier, answer)) = key.as_ref().and_then(|key| self.kept.get(key)) {
            if earlier != request.body {
                return Err(CallError::IdempotencyKeyReused.into());
            }
            return Ok(HttpAnswer::json(201, answer));
        }
        let (begun, pushes) = self.begin(caller, invite, now)?;
        self.send(pushes);
        let answer = HttpAnswer::json(201, &begun);
        if let Some(key) = key {
            let kept = (request.body.to_vec(), answer.body.clone());
            self.kept.insert(key, kept);
        }
        Ok(answer)
    }

    /// Begins a call that was checked: the answer, and the pushes to its invitees' devices.
    pub(crate) fn begin(
        &mut self,
        caller: String,
        invite: Invite,
        now: u64,
    ) -> Result<(zpns_protocol::calls::Invited, Vec<(Device, Planned)>), Refused> {
        let call_id = match &invite.call_id {
            Some(id) => id.clone(),
            None => CallId::new(self.entropy.uuid().to_string())
                .map_err(|_| Refused::Body("a call ID could not be made".to_owned()))?,
        };
        if self.calls.contains_key(call_id.as_str()) {
            return Err(CallError::CallExists.into());
        }
        let strategy = invite
            .push_config
            .as_ref()
            .map(|config| self.strategy(&config.resources_id))
            .transpose()?;
        let config = invite.push_config.clone();
        let invitees: Vec<_> = invite
            .invitees
            .iter()
            .map(|user| (user.clone(), self.devices_of(user)))
            .collect();
        let devices: Vec<Device> = invitees.iter().flat_map(|(_, of_user)| of_user.clone()).collect();
        let Begun { event, invited } = invitation::begin(call_id.clone(), caller, invite, &invitees, now);
        let mut pushes = Vec::new();
        if let (Some(strategy), Some(config)) = (&strategy, &config) {
            for device in devices {
                let planned = self.plan_invitation(&event.call, strategy, config, &device, now)?;
                pushes.push((device, planned));
            }
        }
        let stored = StoredCall {
            call: event.call.clone(),
            timer_is_set: true,
            events: vec![event],
            config,
            rung: rung(&pushes),
            told: BTreeSet::new(),
        };
        self.calls.insert(call_id.to_string(), stored);
        Ok((invited, pushes))
    }

    /// Applies a verb or a receipt to a call: whether it changed anything, and the call.
    pub(super) fn change(
        &mut self,
        id: &str,
        input: Input,
        now: u64,
    ) -> Result<(bool, Call), CallError> {
        let stored = self.calls.get_mut(id).ok_or(CallError::NoSuchCall)?;
        let Outcome { applied, events } = machine::apply(&mut stored.call, input, now)?;
        stored.events.extend(events);
        stored.timer_is_set = !stored.call.state.is_over() && now < stored.call.expires_at;
        let call = stored.call.clone();
        self.tell_followers(id);
        self.push_cancels(id, now);
        Ok((applied, call))
    }

    /// A device has a push.
    pub(super) fn receive(
        &mut self,
        principal: &Principal,
        receipt: &Receipt,
        now: u64,
    ) -> Result<(), CallError> {
        let received = auth::receipt(principal, receipt)?;
        let call = received.call.ok_or(CallError::NothingToReceive)?;
        let by = Actor {
            user_id: received.user,
            installation: received.installation,
        };
        if !self.calls.contains_key(&call) {
            return Err(CallError::NothingToReceive);
        }
        self.change(&call, Input::Receive(by), now)?;
        Ok(())
    }

    /// Ends the ringing of calls whose time is up.
    pub(crate) fn tick(&mut self, now: u64) {
        let due = |stored: &&StoredCall| stored.timer_is_set && stored.call.expires_at <= now;
        let due: Vec<_> = self
            .calls
            .values()
            .filter(due)
            .map(|stored| stored.call.call_id.to_string())
            .collect();
        for id in due {
            // A call that is there takes a tick.
            let _ = self.change(&id, Input::Tick, now);
        }
    }

    /// A device that has just registered is sent the invitations that its user could not be sent before.
    pub(super) fn ring_late(&mut self, device: &PushId, now: u64) {
        let Some(device) = self
            .devices
            .iter()
            .find(|known| known.push_id.as_ref() == Some(device))
            .cloned()
        else {
            return;
        };
        let mut pushes = Vec::new();
        for stored in self.calls.values() {
            let was_sent = stored.rung.contains(&key_of(&device));
            let Some(config) = stored.config.as_ref() else { continue };
            if !late::is_due(&stored.call, &device, was_sent, now) {
                continue;
            }
            let Ok(strategy) = self.strategy(&config.resources_id) else { continue };
            let planned = self.plan_invitation(&stored.call, &strategy, config, &device, now);
            if let Ok(planned) = planned {
                pushes.push((stored.call.call_id.to_string(), planned));
            }
        }
        for (call, planned) in pushes {
            let sent = vec![(device.clone(), planned)];
            if let Some(stored) = self.calls.get_mut(&call) {
                stored.rung.extend(rung(&sent));
            }
            self.send(sent);
        }
    }

    /// Tells devices by push to stop ringing, where the call's resource wants that.
    fn push_cancels(&mut self, id: &str, now: u64) {
        let Some(stored) = self.calls.get(id) else { return };
        let Some(config) = stored.config.clone() else { return };
        let Ok(strategy) = self.strategy(&config.resources_id) else { return };
        let candidates: Vec<Device> = self
            .devices
            .iter()
            .filter(|device| {
                let key = key_of(device);
                stored.rung.contains(&key) && !stored.told.contains(&key)
            })
            .cloned()
            .collect();
        let due = cancel::due(&stored.call, &strategy, &candidates, &stored.events, now);
        let call = stored.call.clone();
        let mut pushes = Vec::new();
        for device in due {
            if let Ok(planned) = plan_cancel(&call, &strategy, &config, &device, now) {
                pushes.push((device, planned));
            }
        }
        if let Some(stored) = self.calls.get_mut(id) {
            stored.told.extend(pushes.iter().map(|(device, _)| key_of(device)));
        }
        self.send(pushes);
    }

    /// The VoIP push that takes the call's invitation back on this device.
    pub(crate) fn cancel_push(&self, id: &str, device: &Device, now: u64) -> Result<Vec<u8>, CallError> {
        let stored = self.calls.get(id).ok_or(CallError::NoSuchCall)?;
        let config = stored.config.clone().unwrap_or_default();
        let strategy = Strategy::voip();
        Ok(plan_cancel(&stored.call, &strategy, &config, device, now)?.payload)
    }

    /// Hands pushes to APNs.
    pub(crate) fn send(&mut self, pushes: Vec<(Device, Planned)>) {
        // One without a token was refused with advice; nothing goes out.
        let sent = pushes.into_iter().filter(|(_, planned)| planned.advice.is_none());
        self.outgoing.extend(sent.map(|(device, planned)| {
            Outgoing::Push(Push {
                kind: match planned.kind {
                    DeliveryKind::Voip => PushKind::Voip,
                    DeliveryKind::Alert => PushKind::Alert,
                },
                environment: device.environment,
                topic: planned.topic,
                token: planned.token,
                payload: planned.payload,
            })
        }));
    }

    fn plan_invitation(
        &self,
        call: &Call,
        strategy: &Strategy,
        config: &PushConfig,
        device: &Device,
        now: u64,
    ) -> Result<Planned, CallError> {
        let claims = FollowClaims {
            app: APP.to_owned(),
            call: call.call_id.to_string(),
            user: device.user.clone().unwrap_or_default(),
            installation: device.installation.clone().unwrap_or_default(),
            expires: call.expires_at.saturating_add(BEYOND_RINGING) / 1000,
        };
        let token = self.follow_token(&claims);
        let envelope = push::invitation(call, device, URL, token, now);
        push::plan(strategy, device, config, &envelope, call.expires_at)
    }

    pub(crate) fn strategy(&self, resources_id: &str) -> Result<Strategy, CallError> {
        if resources_id.is_empty() {
            return Ok(Strategy::alert());
        }
        self.resources
            .get(resources_id)
            .cloned()
            .ok_or_else(|| CallError::UnknownResource(resources_id.to_owned()))
    }

    /// A call as it stands.
    pub(crate) fn call(&self, id: &str) -> Result<Value, CallError> {
        let stored = self.calls.get(id).ok_or(CallError::NoSuchCall)?;
        Ok(serde_json::to_value(&stored.call).unwrap_or_default())
    }

    /// The call itself.
    pub(super) fn stored(&self, id: &str) -> Result<&Call, CallError> {
        self.calls
            .get(id)
            .map(|stored| &stored.call)
            .ok_or(CallError::NoSuchCall)
    }
}

fn plan_cancel(
    call: &Call,
    strategy: &Strategy,
    config: &PushConfig,
    device: &Device,
    now: u64,
) -> Result<Planned, CallError> {
    let envelope = push::cancel(call, device, URL, now);
    push::plan(strategy, device, config, &envelope, call.expires_at)
}

/// The devices among these that ring for their push.
fn rung(pushes: &[(Device, Planned)]) -> BTreeSet<String> {
    pushes
        .iter()
        .filter(|(_, planned)| planned.kind == DeliveryKind::Voip && planned.advice.is_none())
        .map(|(device, _)| key_of(device))
        .collect()
}

fn key_of(device: &Device) -> String {
    device.push_id.as_ref().map(ToString::to_string).unwrap_or_default()
}
