//! Calls: invite, follow, answer, decline, end.
//!
//! [`machine`] decides what happens, the store keeps it, this module carries it out: pushes go to the dispatcher, followers are told, and the
//! timer wakes when a ring time is up.

pub mod check;
pub mod hub;
pub mod machine;
mod timer;

use std::sync::Arc;

use tokio::sync::Notify;
use zpns_protocol::calls::{Actor, Call, CallState, Invite, Invited, UserError, VerbResult};
use zpns_protocol::payload::PushKind;
use zpns_protocol::push_config::PushConfig;
use zpns_protocol::{CallId, PushId};

use crate::auth::follow_token::{self, FollowTokens};
use crate::clock::now_ms;
use crate::dispatch::Dispatcher;
use crate::dispatch::cancel::CancelPushes;
use crate::dispatch::payload::{self, CallPart, Envelope};
use crate::dispatch::plan::{self, Message};
use crate::metrics;
use crate::model::{Device, Strategy};
use crate::refusal::Refusal;
use crate::store::{Accepted, CallRow, Idempotency, NewCall, Received, Store};
use hub::Hub;
use machine::{Input, Outcome, Start};

/// ZIM's error number for an invitee who has no device.
const NOT_REGISTERED: u32 = 6_000_281;

/// The calls of all apps.
#[derive(Debug)]
pub struct Calls {
    store: Arc<Store>,
    dispatcher: Dispatcher,
    cancels: CancelPushes,
    tokens: FollowTokens,
    public_url: String,
    hub: Hub,
    /// A call was made whose ring time is up before the timer wakes by itself.
    short: Notify,
}

/// A new call as it was asked for.
struct Wanted {
    app: String,
    call: Call,
    invitees: Vec<String>,
    config: Option<PushConfig>,
}

impl Calls {
    /// The calls in this store. `public_url` is where phones reach the gateway, without a slash at its end.
    pub fn new(
        store: Arc<Store>,
        dispatcher: Dispatcher,
        tokens: FollowTokens,
        public_url: String,
    ) -> Arc<Self> {
        let cancels = CancelPushes::new(&public_url);
        Arc::new(Self {
            store,
            dispatcher,
            cancels,
            tokens,
            public_url,
            hub: Hub::default(),
            short: Notify::new(),
        })
    }

    /// Runs the timer until the task is dropped.
    pub async fn run_timer(self: Arc<Self>) {
        timer::run(&self).await;
    }

    /// Who follows which call.
    pub const fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Begins a call and pushes the invitation to every device of every invitee. The invitation must have been checked.
    pub async fn invite(
        self: &Arc<Self>,
        app: &str,
        caller: String,
        invite: Invite,
        idempotency: Option<Idempotency>,
    ) -> Result<Accepted<Invited>, Refusal> {
        let (now, timeout) = (now_ms(), invite.timeout);
        let call_id = invite
            .call_id
            .map_or_else(|| CallId::new(uuid::Uuid::new_v4().to_string()), Ok);
        let call_id = call_id.map_err(|e| zpns_protocol::errors::InvalidField::new("callID", e))?;
        let call = Call {
            call_id: call_id.clone(),
            mode: invite.mode,
            caller,
            caller_installation: invite.installation,
            created_at: now,
            expires_at: now.saturating_add(u64::from(invite.timeout) * 1000),
            timeout: invite.timeout,
            extended_data: invite.extended_data,
            state: CallState::Ringing,
            accepted_at: None,
            ended_at: None,
            seq: 0,
            participants: Vec::new(),
        };
        let wanted = Wanted {
            app: app.to_owned(),
            call,
            invitees: invite.invitees.clone(),
            config: invite.push_config.clone(),
        };
        let this = Arc::clone(self);
        let plan = move |push: &str, strategy: Option<&Strategy>, devices: Vec<Vec<Device>>| {
            this.plan(push, strategy, devices, wanted, now)
        };
        let new = NewCall {
            call_id: call_id.to_string(),
            invitees: invite.invitees,
            push_config: invite.push_config,
            now,
        };
        let accepted = self.store.create_call(app, idempotency, new, plan).await?;
        if let Accepted::New(_, jobs) = &accepted {
            self.dispatcher.take(jobs.clone());
            if u128::from(timeout) * 1000 <= timer::AT_MOST.as_millis() {
                self.short.notify_one();
            }
        }
        Ok(accepted)
    }

    fn plan(
        &self,
        push: &str,
        strategy: Option<&Strategy>,
        devices: Vec<Vec<Device>>,
        wanted: Wanted,
        now: u64,
    ) -> Result<CallRow, Refusal> {
        let Wanted {
            app,
            call,
            invitees,
            config,
        } = wanted;
        let reached = invitees
            .iter()
            .cloned()
            .zip(devices.iter().map(|of_user| !of_user.is_empty()))
            .collect();
        let event = machine::start(
            Start {
                call,
                invitees: reached,
            },
            now,
        );
        let call = event.call.clone();
        let mut jobs = Vec::new();
        if let (Some(strategy), Some(config)) = (strategy, &config) {
            let message = Message {
                push,
                app: &app,
                config,
                alert_expires_at: call.expires_at,
            };
            for device in devices.iter().flatten() {
                let envelope = self.invitation(&app, &call, device, now)?;
                jobs.push(plan::delivery(&message, strategy, device, &envelope)?);
            }
        }
        let without = invitees
            .into_iter()
            .zip(devices)
            .filter(|(_, of_user)| of_user.is_empty());
        let error = |(user_id, _)| {
            UserError {
            user_id,
            code: NOT_REGISTERED,
            reason: "This user has no registered device: they must sign in on one, and it must call registerPush. The invitation stands until its time is up.".to_owned(),
        }
        };
        let error_user_list = without.map(error).collect();
        let push_id = (!jobs.is_empty()).then(|| push.to_owned());
        Ok(CallRow {
            event,
            invited: Invited {
                call,
                error_user_list,
                push_id,
            },
            jobs,
        })
    }

    /// What an invitation says to this device.
    fn invitation(
        &self,
        app: &str,
        call: &Call,
        device: &Device,
        now: u64,
    ) -> Result<Envelope, Refusal> {
        let (user, installation) = (
            device.user.as_deref().unwrap_or_default(),
            device.installation.as_deref().unwrap_or_default(),
        );
        let until = call.expires_at.saturating_add(follow_token::BEYOND_RINGING);
        let token = self
            .tokens
            .mint(app, call.call_id.as_str(), user, installation, until);
        let token = token.map_err(|_| Refusal::Sealed(crate::seal::SealBroken))?;
        let part = CallPart::new(
            call,
            user,
            payload::follow_url(&self.public_url, call),
            Some(token),
        );
        Ok(Envelope {
            kind: PushKind::Invite,
            sent_at: now,
            expires_at: call.expires_at,
            call: Some(part),
        })
    }

    /// Sends a device that has just registered the invitations that its user could not be sent before.
    pub async fn ring_late(
        self: &Arc<Self>,
        app: &str,
        user: &str,
        device: &PushId,
    ) -> Result<(), Refusal> {
        for call in self.store.waiting_calls(app, user).await? {
            let (this, app_id, now) = (Arc::clone(self), app.to_owned(), now_ms());
            let plan = move |push: &str,
                             strategy: &Strategy,
                             config: &PushConfig,
                             call: &Call,
                             device: &Device| {
                let message = Message {
                    push,
                    app: &app_id,
                    config,
                    alert_expires_at: call.expires_at,
                };
                plan::delivery(
                    &message,
                    strategy,
                    device,
                    &this.invitation(&app_id, call, device, now)?,
                )
            };
            let job = self
                .store
                .add_late_push(app, &call, device, now, plan)
                .await?;
            self.dispatcher.take(job.into_iter().collect());
        }
        Ok(())
    }

    /// The call.
    pub async fn get(&self, app: &str, id: &str) -> Result<Call, Refusal> {
        self.store.call(app, id).await?.ok_or(Refusal::NoSuchCall)
    }

    /// Applies a verb or a receipt to a call.
    pub async fn apply(
        self: &Arc<Self>,
        app: &str,
        id: &str,
        input: Input,
    ) -> Result<VerbResult, Refusal> {
        let now = now_ms();
        let change = move |call: &mut Call| machine::apply(call, input, now);
        let (call, outcome, cancels) = self
            .store
            .change_call(app, id, now, change, self.cancels.plan(app, now))
            .await?;
        self.tell(app, &call, &outcome);
        self.dispatcher.take(cancels);
        Ok(VerbResult {
            applied: outcome.applied,
            call,
        })
    }

    /// A device has a push. One about a call that is over for its user is told so.
    pub async fn receive(self: &Arc<Self>, received: Received) -> Result<(), Refusal> {
        let (now, app) = (now_ms(), received.app.clone());
        let by = Actor {
            user_id: received.user.clone(),
            installation: received.installation.clone(),
        };
        let noted = self
            .store
            .received(received, now, self.cancels.plan(&app, now))
            .await?;
        let (call, cancels) = noted.ok_or(Refusal::NothingToReceive)?;
        self.dispatcher.take(cancels);
        if let Some(call) = call {
            self.apply(&app, &call, Input::Receive(by)).await?;
        }
        Ok(())
    }

    fn tell(&self, app: &str, call: &Call, outcome: &Outcome) {
        if outcome.events.is_empty() {
            return;
        }
        self.hub.announce(app, call.call_id.as_str(), call.seq);
        if call.state.is_over() {
            metrics::call_over(call.state);
        }
    }
}
