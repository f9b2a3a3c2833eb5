//! From the push to the end of a call.
//!
//! A call has two sides that share one UUID: what CallKit knows (`live`), and what the gateway knows (`invitation`). Either may exist alone.
//!
//! * a push: `payload` reads it (by way of `loose`), `decision` decides, `ring` carries it out; `report` waits for CallKit's completions
//! * the user: `action` counts CallKit's actions and settles each once, `perform` draws the consequences
//! * the app: `control` (the methods of `CallKit`), `invite` (those of `CallInvitation`), `inviting` (a call that it makes), `query` (how a call stands)
//! * the gateway: `follow` hears what becomes of a call, `snapshot` says what that means here, `deliver` tells what was done here
//! * the end: `end`, and `recent`, so that a late push does not ring again
//! * time: `timers`, over `by_time`; `closing` gives the gateway a moment to hear of an end
//!
//! When the gateway hears what the user did:
//!
//! | the user, or the app for the user | the gateway hears | when |
//! |---|---|---|
//! | answers | `accept` | when the app fulfils the answer. A phone whose app does not start leaves the call to the user's other devices |
//! | declines | `reject` | at once, JavaScript or not |
//! | hangs up | `end`, or the caller's `cancel` before anybody accepted | at once |
//!
//! An end action stays open until JavaScript settles it or ten seconds have passed, and until the gateway knows or two seconds have
//! passed: while it is open iOS keeps the app running, which JavaScript needs to start and the network needs to carry the verb. What takes
//! longer is sent in a background task (`KeepAwake`), and what even that does not deliver is stored and sent later.

mod action;
mod backoff;
mod by_time;
mod closing;
mod control;
mod decision;
mod deliver;
mod end;
mod explain;
mod follow;
mod gateway_error;
mod invitation;
mod invite;
mod inviting;
mod live;
mod loose;
mod outbox;
mod payload;
mod perform;
mod provider;
mod push_log;
mod query;
mod recent;
mod report;
mod reset;
mod ring;
mod snapshot;
mod stored;
mod timers;
mod zim;

use litemap::LiteMap;
use serde_json::{Value, json};
use uuid::Uuid;

use self::action::Actions;
use self::closing::Closing;
use self::control::Transaction;
use self::invitation::Invitation;
use self::inviting::Inviting;
use self::live::Call;
use self::outbox::Outbox;
use self::push_log::PushLog;
use self::query::Query;
use self::recent::RecentCalls;
use self::report::Reports;
pub(crate) use self::stored::StoredCalls;
use self::timers::{Timer, Timers};
use crate::command::Method;
use crate::context::{Context, Invocation};
use crate::effect::{CallRequest, ProviderConfiguration};
use crate::event::EventKind;
use crate::input::{HttpFailure, HttpResponse, StreamItem, SystemEvent};

/// All calls of this phone.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    provider: Option<ProviderConfiguration>,
    live: LiteMap<Uuid, Box<Call>>,
    recent: RecentCalls,
    reports: Reports,
    actions: Actions,
    /// Calls that were ended here and of which the gateway has yet to hear.
    closing: LiteMap<Uuid, Closing>,
    transactions: LiteMap<u64, Transaction>,
    /// The app's invitations that the gateway has not answered.
    inviting: LiteMap<u64, Box<Inviting>>,
    invitations: LiteMap<Uuid, Box<Invitation>>,
    /// Which call an open stream follows.
    streams: LiteMap<u64, Uuid>,
    outbox: Outbox,
    requests: LiteMap<u64, Asked>,
    /// Questions of the app that wait for a user token.
    queries: Vec<Query>,
    timers: Timers,
    log: PushLog,
}

/// What an open HTTP request is for.
#[derive(Debug)]
enum Asked {
    Delivery(u64),
    Poll(Uuid),
    Invitation(u64),
    Query(Query),
}

impl Calls {
    /// At launch, and again when storage became readable: CallKit gets its provider, what was stored is delivered.
    pub(crate) fn start(&mut self, ctx: &mut Context<'_>) {
        if !ctx.app.call_kit_disabled {
            ctx.call(CallRequest::Configure(
                self.provider.clone().unwrap_or_default(),
            ));
        }
        self.send_all(ctx);
    }

    /// What the operating system says about calls.
    pub(crate) fn system(&mut self, event: SystemEvent, ctx: &mut Context<'_>) {
        match event {
            SystemEvent::ReportCompleted { id, uuid, error } => {
                self.report_completed(id, uuid, error, ctx);
            }
            SystemEvent::TransactionCompleted { id, error } => {
                self.transaction_completed(id, error.as_ref(), ctx);
            }
            SystemEvent::Action(action) => self.perform(action, ctx),
            SystemEvent::ActionTimedOut { action } => self.action_timed_out(action, ctx),
            SystemEvent::ProviderBegan => ctx.emit(EventKind::ProviderDidBegin, &json!({})),
            // Giving the provider up resets it: JavaScript heard of that when CallKit was switched off.
            SystemEvent::ProviderReset if ctx.app.call_kit_disabled => self.forget_actions(ctx),
            SystemEvent::ProviderReset => self.reset(ctx),
            SystemEvent::AudioActivated => ctx.emit(EventKind::DidActivateAudioSession, &json!({})),
            SystemEvent::AudioDeactivated => {
                ctx.emit(EventKind::DidDeactivateAudioSession, &json!({}));
            }
            // One that names nobody asks for nothing that an app could do.
            SystemEvent::StartCallIntent { handle, video } if !handle.value.trim().is_empty() => {
                ctx.emit(
                    EventKind::DidReceiveStartCallIntent,
                    &json!({ "handle": handle, "video": video }),
                );
            }
            SystemEvent::Awake => self.awake(ctx),
            SystemEvent::NetworkChanged => self.network_changed(ctx),
            _ => {}
        }
    }

    /// The methods of `CallKit` and `CallInvitation`.
    pub(crate) fn invoke(
        &mut self,
        invocation: Invocation,
        method: Method,
        params: &str,
        ctx: &mut Context<'_>,
    ) {
        match method {
            Method::CallInvite
            | Method::CallCancel
            | Method::CallAccept
            | Method::CallReject
            | Method::CallEnd
            | Method::QueryCallInvitation => self.invitation(invocation, method, params, ctx),
            _ => self.control(invocation, method, params, ctx),
        }
    }

    /// Answers to requests of the calls; an answer that nobody waits for any more is dropped.
    pub(crate) fn http(
        &mut self,
        id: u64,
        outcome: Result<HttpResponse, HttpFailure>,
        ctx: &mut Context<'_>,
    ) {
        match self.requests.remove(&id) {
            Some(Asked::Delivery(delivery)) => self.delivered(delivery, outcome, ctx),
            Some(Asked::Poll(uuid)) => self.polled(uuid, id, outcome, ctx),
            Some(Asked::Invitation(id)) => self.invited(id, outcome, ctx),
            Some(Asked::Query(query)) => self.queried(query, outcome, ctx),
            None => {}
        }
    }

    /// What comes on the stream of a call.
    pub(crate) fn stream(&mut self, id: u64, item: StreamItem, ctx: &mut Context<'_>) {
        self.stream_item(id, item, ctx);
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, ctx: &mut Context<'_>) {
        while let Some(timer) = self.timers.pop_due(ctx.now) {
            match timer {
                Timer::Ring(uuid) => self.ring_over(uuid, ctx),
                Timer::Report(uuid) => self.report_lost(uuid, ctx),
                Timer::Action(number) => self.action_unattended(number, ctx),
                Timer::Transaction(id) => self.transaction_lost(id, ctx),
                Timer::Follow(uuid) => self.follow(uuid, ctx),
                Timer::Delivery(id) => self.send(id, ctx),
                Timer::Invitation(id) => self.send_invitation(id, ctx),
                Timer::Closing(uuid) => self.finish_closing(uuid, ctx),
            }
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<u64> {
        self.timers.next()
    }

    /// CallKit was switched on or off. What is in the system's call screen is over with it.
    pub(crate) fn call_kit_switched(&mut self, ctx: &mut Context<'_>) {
        if ctx.app.call_kit_disabled {
            self.reset(ctx);
            ctx.call(CallRequest::Disable);
        } else {
            ctx.call(CallRequest::Configure(
                self.provider.clone().unwrap_or_default(),
            ));
        }
    }

    /// There is another gateway or user token, or none came in time: what waited for one goes on, or is over.
    pub(crate) fn account_changed(&mut self, ctx: &mut Context<'_>) {
        self.send_invitations(ctx);
        self.send_all(ctx);
        self.ask_again(ctx);
        for uuid in self.invitations.keys().copied().collect::<Vec<_>>() {
            self.follow(uuid, ctx);
        }
    }

    /// What was sent over the old way to the network has no answer, and its streams are dead: everything begins anew.
    fn network_changed(&mut self, ctx: &mut Context<'_>) {
        for (_, asked) in std::mem::take(&mut self.requests) {
            match asked {
                Asked::Delivery(id) => {
                    if let Some(delivery) = self.outbox.get_mut(id) {
                        delivery.request = None;
                    }
                }
                Asked::Poll(uuid) => {
                    if let Some(invitation) = self.invitations.get_mut(&uuid) {
                        invitation.poll = None;
                    }
                }
                Asked::Invitation(id) => {
                    if let Some(inviting) = self.inviting.get_mut(&id) {
                        inviting.answer_lost();
                    }
                }
                Asked::Query(query) => self.queries.push(query),
            }
        }
        for (id, uuid) in std::mem::take(&mut self.streams) {
            ctx.close_stream(id);
            if let Some(invitation) = self.invitations.get_mut(&uuid) {
                invitation.stream = None;
            }
        }
        self.ask_again(ctx);
        self.awake(ctx);
    }

    /// What the gateway has yet to hear about calls: the newest delivery, and the newest invitation.
    pub(crate) fn unheard(&self) -> (Option<u64>, Option<u64>) {
        let invitation = self.inviting.last().map(|(id, _)| *id);
        (self.outbox.newest(), invitation)
    }

    /// The app is in front again, or the network is back: what waits is tried at once, and calls that may have ended meanwhile are asked about.
    fn awake(&mut self, ctx: &mut Context<'_>) {
        self.send_invitations(ctx);
        self.send_all(ctx);
        for uuid in self.invitations.keys().copied().collect::<Vec<_>>() {
            self.follow(uuid, ctx);
            // A stream that was open while the app was suspended may be dead without anybody having noticed.
            self.poll(uuid, ctx);
        }
    }

    fn send_all(&mut self, ctx: &mut Context<'_>) {
        for id in self.outbox.ids() {
            self.send(id, ctx);
        }
    }

    /// Whether a call with this UUID is one of this app's, or was until lately.
    pub(crate) fn is_own(&self, uuid: Uuid, now: u64) -> bool {
        self.live.contains_key(&uuid) || self.recent.get(uuid, now).is_some()
    }

    /// For `diagnose()`: nothing that names anybody.
    pub(crate) fn diagnose(&self, now: u64) -> Value {
        json!({
            "provider": self.provider,
            "pushes": self.log.to_diagnosis(now),
            "live": self.live.iter().map(|(uuid, call)| call.to_diagnosis(*uuid)).collect::<Vec<_>>(),
            "followed": self.invitations.len(),
            "openStreams": self.streams.len(),
            "openReports": self.reports.len(),
            "openActions": self.actions.to_diagnosis(),
            "openTransactions": self.transactions.len(),
            "outbox": self.outbox.len(),
            "endedRecently": self.recent.count(now),
        })
    }
}
