//! Calls: invite, follow, answer, decline, end.
//!
//! [`zpns_calls`] decides what happens, the store keeps it, this module carries it out: pushes go to the dispatcher, followers are told, and
//! the timer wakes when a ring time is up.

pub mod hub;
mod timer;

use std::sync::Arc;

use tokio::sync::Notify;
use zpns_calls::CallError;
use zpns_calls::auth::{FollowClaims, Received};
use zpns_calls::invitation;
use zpns_calls::machine::{self, Input, Outcome};
use zpns_calls::push::CallPush;
use zpns_calls::user_events::listeners;
use zpns_protocol::calls::{Actor, Call, Invite, Invited, VerbResult};
use zpns_protocol::push_config::PushConfig;
use zpns_protocol::{CallId, PushId};

use crate::auth::follow_token::FollowTokens;
use crate::clock::now_ms;
use crate::dispatch::Dispatcher;
use crate::dispatch::cancel::CancelPushes;
use crate::metrics;
use crate::model::{Device, Job, Strategy};
use crate::refusal::Refusal;
use crate::store::{Accepted, CallRow, Idempotency, NewCall, Store};
use hub::{Followed, Hub};

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
    deadline_moved: Notify,
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
            deadline_moved: Notify::new(),
        })
    }

    /// Runs the timer until the task is dropped.
    pub async fn run_timer(self: Arc<Self>) {
        timer::run(&self).await;
    }

    /// Who follows what.
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
            .clone()
            .map_or_else(|| CallId::new(uuid::Uuid::new_v4().to_string()), Ok);
        let call_id = call_id.map_err(|e| zpns_protocol::errors::InvalidField::new("callID", e))?;
        let new = NewCall {
            call_id: call_id.to_string(),
            invitees: invite.invitees.clone(),
            push_config: invite.push_config.clone(),
            now,
        };
        let (this, app_id) = (Arc::clone(self), app.to_owned());
        let begin = move |push: &str, strategy: Option<&Strategy>, devices: Vec<Vec<Device>>| {
            let new = invitation::NewCall {
                app: &app_id,
                public_url: &this.public_url,
                call_id: &call_id,
                caller: &caller,
                invite: &invite,
                strategy,
                now,
            };
            let begun = invitation::begin(&new, &devices, |claims| this.sign(claims))?;
            let invited = begun.answer(push);
            let job = |planned| Job::new(push, &app_id, planned);
            Ok(CallRow {
                event: begun.event,
                invited,
                jobs: begun.pushes.into_iter().map(job).collect(),
            })
        };
        let accepted = self.store.create_call(app, idempotency, new, begin).await?;
        if let Accepted::New(invited, jobs) = &accepted {
            self.announce(app, &invited.call);
            self.dispatcher.take(jobs.clone());
            if u128::from(timeout) * 1000 <= timer::AT_MOST.as_millis() {
                self.deadline_moved.notify_one();
            }
        }
        Ok(accepted)
    }

    fn sign(&self, claims: &FollowClaims) -> Result<String, Refusal> {
        let token = self.tokens.mint(claims);
        token.map_err(|_| Refusal::Sealed(crate::seal::SealBroken))
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
            let plan = move |push_id: &str,
                             strategy: &Strategy,
                             config: &PushConfig,
                             call: &Call,
                             device: &Device| {
                let push = CallPush {
                    app: &app_id,
                    public_url: &this.public_url,
                    strategy,
                    config,
                    call,
                    now,
                };
                let planned = push.invitation(device, |claims| this.sign(claims))?;
                Ok(Job::new(push_id, &app_id, planned))
            };
            let job = self
                .store
                .add_late_push(app, &call, device, now, plan)
                .await?;
            self.dispatcher.take(job.into_iter().collect());
        }
        Ok(())
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
    pub async fn receive(self: &Arc<Self>, app: &str, received: Received) -> Result<(), Refusal> {
        let now = now_ms();
        let by = Actor {
            user_id: received.user.clone(),
            installation: received.installation.clone(),
        };
        let noted = self
            .store
            .received(app, received, now, self.cancels.plan(app, now))
            .await?;
        let (call, cancels) = noted.ok_or(CallError::NothingToReceive)?;
        self.dispatcher.take(cancels);
        if let Some(call) = call {
            self.apply(app, &call, Input::Receive(by)).await?;
        }
        Ok(())
    }

    /// Wakes who follows the call or one of its users.
    fn announce(&self, app: &str, call: &Call) {
        self.hub
            .announce(&Followed::call(app, call.call_id.as_str()));
        for user in listeners(call) {
            self.hub.announce(&Followed::user(app, user));
        }
    }

    fn tell(&self, app: &str, call: &Call, outcome: &Outcome) {
        if outcome.events.is_empty() {
            return;
        }
        self.announce(app, call);
        if call.state.is_over() {
            metrics::call_over(call.state);
        }
    }
}
