//! Calls: what `zpns-calls` decides, kept in a list and carried out: pushes go to devices, followers are told.

use zpns_calls::auth::{self, Principal};
use zpns_calls::cancel::{self, SentPush};
use zpns_calls::device::Device;
use zpns_calls::invitation::{self, NewCall};
use zpns_calls::machine::{self, Input, Outcome};
use zpns_calls::push::{CallPush, Planned};
use zpns_calls::strategy::Strategy;
use zpns_calls::{CallError, check, late};
use zpns_phone::PushKind;
use zpns_protocol::calls::{Actor, Call, CallEvent, Invite, Invited, Receipt};
use zpns_protocol::payload::PushKind as Purpose;
use zpns_protocol::push_config::PushConfig;
use zpns_protocol::pushes::{DeliveryKind, DeliveryStatus};
use zpns_protocol::{CallId, PushId};

use super::http::{HttpAnswer, Incoming, Refused, body};
use super::{Gateway, Outgoing, Push};

/// A call and what the gateway remembers of it.
pub(super) struct StoredCall {
    pub(super) call: Call,
    pub(super) events: Vec<CallEvent>,
    config: Option<PushConfig>,
    /// When the gateway wakes because the ring time is up.
    pub(super) ring_until: Option<u64>,
    /// Every push that a device was sent about it.
    sent: Vec<SentPush>,
}

/// The answer to an invitation, given again to the same request.
pub(super) struct KeptAnswer {
    caller: String,
    key: String,
    body: Vec<u8>,
    answer: HttpAnswer,
}

impl KeptAnswer {
    fn is_for(&self, caller: &str, request: &Incoming<'_>) -> bool {
        self.caller == caller && request.idempotency_key == Some(&*self.key)
    }
}

impl Gateway {
    /// `POST /v1/calls`.
    pub(super) fn invite(
        &mut self,
        principal: &Principal,
        request: &Incoming<'_>,
        now: u64,
    ) -> Result<HttpAnswer, Refused> {
        if let Some(key) = request.idempotency_key {
            check::idempotency_key(key).map_err(CallError::from)?;
        }
        let invite: Invite = body(request)?;
        let caller = auth::caller(principal, &invite)?;
        check::invite(&caller, &invite).map_err(CallError::from)?;
        if let Some(kept) = self.kept.iter().find(|kept| kept.is_for(&caller, request)) {
            if kept.body != request.body {
                return Err(CallError::IdempotencyKeyReused.into());
            }
            return Ok(kept.answer.clone());
        }
        let (invited, pushes) = self.begin(&caller, &invite, now)?;
        self.send(pushes);
        let answer = HttpAnswer::json(201, &invited);
        if let Some(key) = request.idempotency_key {
            self.kept.push(KeptAnswer {
                caller,
                key: key.to_owned(),
                body: request.body.to_vec(),
                answer: answer.clone(),
            });
        }
        Ok(answer)
    }

    /// Begins a call that was checked: the answer, and the pushes to its invitees' devices.
    pub(crate) fn begin(
        &mut self,
        caller: &str,
        invite: &Invite,
        now: u64,
    ) -> Result<(Invited, Vec<Planned>), Refused> {
        let call_id = match &invite.call_id {
            Some(id) => id.clone(),
            None => CallId::new(self.entropy.uuid().to_string())
                .map_err(|_| Refused::Body("a call ID could not be made".to_owned()))?,
        };
        if self.stored(call_id.as_str()).is_ok() {
            return Err(CallError::CallExists.into());
        }
        let config = invite.push_config.clone();
        let strategy = config
            .as_ref()
            .map(|config| self.strategy(&config.resources_id))
            .transpose()?;
        let devices: Vec<_> = invite
            .invitees
            .iter()
            .map(|user| self.devices_of(user))
            .collect();
        let new = NewCall {
            app: Self::APP,
            public_url: Self::URL,
            call_id: &call_id,
            caller,
            invite,
            strategy: strategy.as_ref(),
            now,
        };
        let begun =
            invitation::begin::<CallError>(&new, &devices, |claims| Ok(self.follow_token(claims)))?;
        let invited = begun.answer(&self.entropy.uuid().to_string());
        let events = vec![begun.event.clone()];
        let stored = StoredCall {
            call: begun.event.call.clone(),
            ring_until: machine::ring_until(&begun.event.call, now),
            events: vec![begun.event],
            config,
            sent: sent(&begun.pushes, Purpose::Invite),
        };
        self.calls.push(stored);
        self.tell(&events, now);
        Ok((invited, begun.pushes))
    }

    /// Applies a verb or a receipt to a call: whether it changed anything, and the call.
    pub(super) fn change(
        &mut self,
        id: &str,
        input: Input,
        now: u64,
    ) -> Result<(bool, Call), CallError> {
        let stored = self.stored_mut(id)?;
        let Outcome { applied, events } = machine::apply(&mut stored.call, input, now)?;
        stored.events.extend(events.clone());
        stored.ring_until = machine::ring_until(&stored.call, now);
        let call = stored.call.clone();
        self.tell(&events, now);
        self.push_cancels(id, now);
        Ok((applied, call))
    }

    /// A device has a push.
    pub(super) fn receive(
        &mut self,
        principal: &Principal,
        receipt: Receipt,
        now: u64,
    ) -> Result<(), CallError> {
        let received = auth::received(principal, receipt)?;
        // Deliveries have no names here.
        let call = received.call.ok_or(CallError::NothingToReceive)?;
        let by = Actor {
            user_id: received.user,
            installation: received.installation,
        };
        self.change(&call, Input::Receive(by), now)?;
        Ok(())
    }

    /// Ends the ringing of calls whose time is up, and streams whose token is good no longer.
    pub(crate) fn tick(&mut self, now: u64) {
        let due = |stored: &&StoredCall| stored.ring_until.is_some_and(|until| until <= now);
        let due: Vec<_> = self
            .calls
            .iter()
            .filter(due)
            .map(|stored| stored.call.call_id.to_string())
            .collect();
        for id in due {
            // A call that is there takes a tick.
            let _ = self.change(&id, Input::Tick, now);
        }
        self.close_followers(now);
    }

    /// A device that has just registered is sent the invitations that its user could not be sent before.
    pub(super) fn ring_late(&mut self, device: &PushId, now: u64) {
        let is_it = |known: &&Device| known.push_id.as_ref() == Some(device);
        let Some(device) = self.devices.iter().find(is_it).cloned() else {
            return;
        };
        let due: Vec<_> = self
            .calls
            .iter()
            .filter(|stored| {
                stored.events.first().is_some_and(|created| {
                    late::is_due(created, &stored.call, &device, &stored.sent, now)
                })
            })
            .map(|stored| stored.call.call_id.to_string())
            .collect();
        for id in due {
            let planned = self.plan(&id, now, |push| {
                push.invitation(&device, |claims| Ok(self.follow_token(claims)))
            });
            self.send_about(&id, planned.into_iter().collect(), Purpose::Invite);
        }
    }

    /// Tells devices by push to stop ringing, where the call's resource wants that.
    fn push_cancels(&mut self, id: &str, now: u64) {
        let Ok(stored) = self.stored(id) else {
            return;
        };
        let Some(config) = &stored.config else { return };
        let Ok(strategy) = self.strategy(&config.resources_id) else {
            return;
        };
        let (call, events) = (&stored.call, &stored.events);
        let due = cancel::due(&strategy, call, &stored.sent, events, &self.devices, now);
        let pushes = due
            .iter()
            .filter_map(|device| self.plan(id, now, |push| push.cancel(device)))
            .collect();
        self.send_about(id, pushes, Purpose::Cancel);
    }

    /// Makes a push about a call that pushes. One that can't be made is left out: what it came with stands without it.
    fn plan(
        &self,
        id: &str,
        now: u64,
        make: impl FnOnce(CallPush<'_>) -> Result<Planned, CallError>,
    ) -> Option<Planned> {
        let stored = self.stored(id).ok()?;
        let config = stored.config.as_ref()?;
        let strategy = self.strategy(&config.resources_id).ok()?;
        make(CallPush {
            app: Self::APP,
            public_url: Self::URL,
            strategy: &strategy,
            config,
            call: &stored.call,
            now,
        })
        .ok()
    }

    /// The VoIP push that takes the call's invitation back on this device.
    pub(crate) fn cancel_push(
        &self,
        id: &str,
        device: &PushId,
        now: u64,
    ) -> Result<Vec<u8>, CallError> {
        self.stored(id)?;
        let is_it = |known: &&Device| known.push_id.as_ref() == Some(device);
        let device = self.devices.iter().find(is_it);
        let device = device.ok_or(CallError::NoSuchInstallation)?;
        let planned = self.plan(id, now, |push| push.cancel(device));
        Ok(planned.map(|planned| planned.payload).unwrap_or_default())
    }

    fn send_about(&mut self, id: &str, pushes: Vec<Planned>, purpose: Purpose) {
        if let Ok(stored) = self.stored_mut(id) {
            stored.sent.extend(sent(&pushes, purpose));
        }
        self.send(pushes);
    }

    /// Hands pushes to APNs. One without a token was refused with advice; nothing goes out.
    fn send(&mut self, pushes: Vec<Planned>) {
        for planned in pushes {
            if planned.status() != DeliveryStatus::Queued {
                continue;
            }
            if self.hold.is_some() && planned.push_id == self.hold {
                self.held = Some(planned.payload);
                continue;
            }
            self.outgoing.push(Outgoing::Push(Push {
                kind: match planned.kind {
                    DeliveryKind::Voip => PushKind::Voip,
                    DeliveryKind::Alert => PushKind::Alert,
                },
                environment: planned.environment,
                topic: planned.topic,
                token: planned.token,
                payload: planned.payload,
            }));
        }
    }

    fn strategy(&self, resources_id: &str) -> Result<Strategy, CallError> {
        Strategy::of_resource(resources_id, |id| {
            let found = self.resources.iter().find(|(known, _)| known == id);
            Ok(found.map(|(_, strategy)| strategy.clone()))
        })
    }

    /// A call as it stands, as JSON.
    pub(crate) fn call_json(&self, id: &str) -> Result<String, CallError> {
        let call = &self.stored(id)?.call;
        Ok(HttpAnswer::json(200, call).body)
    }

    pub(super) fn stored(&self, id: &str) -> Result<&StoredCall, CallError> {
        let mut calls = self.calls.iter();
        let found = calls.find(|stored| stored.call.call_id.as_str() == id);
        found.ok_or(CallError::NoSuchCall)
    }

    fn stored_mut(&mut self, id: &str) -> Result<&mut StoredCall, CallError> {
        let mut calls = self.calls.iter_mut();
        let found = calls.find(|stored| stored.call.call_id.as_str() == id);
        found.ok_or(CallError::NoSuchCall)
    }
}

/// What is remembered of pushes. APNs takes at once what is sent.
fn sent(pushes: &[Planned], purpose: Purpose) -> Vec<SentPush> {
    let remembered = |planned: &Planned| {
        Some(SentPush {
            push_id: planned.push_id.clone()?,
            push: purpose,
            kind: planned.kind,
            status: match planned.status() {
                DeliveryStatus::Queued => DeliveryStatus::Accepted,
                refused => refused,
            },
        })
    };
    pushes.iter().filter_map(remembered).collect()
}
