//! From the push to the end of a call.
//!
//! A call has two sides that share one UUID: what CallKit knows ([`screen`]), and what the gateway knows ([`invitations`]). Either may
//! exist alone. Each part owns its fields, and knows nothing of the others; the files at this level are the only ones that cross them:
//!
//! * [`mod@push`] reads a VoIP push and decides; `ring` carries it out
//! * [`screen`]: the calls in CallKit, its actions, and what was reported to it and asked of it. `actions` draws the consequences of what
//!   the user did there, `requests` of what the app wants
//! * [`invitations`]: calls that are followed on the gateway, and those that the app makes; [`outbox`]: what the gateway must hear.
//!   `gateway` draws the consequences of its answers
//! * `end`: the one way by which a call ends; `ended` remembers it, so that a late push does not ring again
//! * `stored`: what survives the process
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

mod actions;
mod backoff;
mod end;
mod ended;
mod follow_address;
mod gateway;
mod gateway_error;
mod invitations;
mod outbox;
mod push;
mod requests;
mod ring;
mod screen;
mod stored;

use serde_json::{Value, json};
use uuid::Uuid;

use self::ended::EndedCalls;
use self::invitations::Invitations;
use self::outbox::Outbox;
use self::push::PushLog;
use self::screen::Screen;
pub(crate) use self::stored::StoredCalls;
use crate::context::Context;
use crate::effect::CallRequest;
use crate::event::EventKind;
use crate::input::{HttpFailure, HttpResponse, StreamItem};
use crate::timers::Timer;

/// All calls of this phone.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    screen: Screen,
    invitations: Invitations,
    outbox: Outbox,
    ended: EndedCalls,
    pushes: PushLog,
}

impl Calls {
    /// At launch, and again when storage became readable: CallKit gets its provider, what was stored is delivered.
    pub(crate) fn start(&mut self, ctx: &mut Context<'_>) {
        if !ctx.app.call_kit_disabled {
            self.screen.provide(ctx);
        }
        self.deliver_all(ctx);
    }

    /// Answers to requests of the calls; an answer that nobody waits for any more is dropped.
    pub(crate) fn http(
        &mut self,
        id: u64,
        outcome: Result<HttpResponse, HttpFailure>,
        ctx: &mut Context<'_>,
    ) {
        match self.outbox.answered(id, outcome, ctx) {
            Ok(facts) => self.delivered(facts, ctx),
            Err(outcome) => {
                let fact = self.invitations.answered(id, outcome, ctx);
                self.invitations_changed(fact, ctx);
            }
        }
    }

    /// What comes on the stream of a call.
    pub(crate) fn stream(&mut self, id: u64, item: StreamItem, ctx: &mut Context<'_>) {
        let fact = self.invitations.stream_item(id, item, ctx);
        self.invitations_changed(fact, ctx);
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, ctx: &mut Context<'_>) {
        while let Some(timer) = ctx.timers.pop_due(ctx.now) {
            match timer {
                Timer::Ring(uuid) => self.ring_over(uuid, ctx),
                Timer::Report(uuid) => {
                    let not_shown = self.screen.report_lost(uuid, ctx);
                    self.not_shown(not_shown, ctx);
                }
                Timer::Action(number) => self.action_unattended(number, ctx),
                Timer::Transaction(id) => {
                    let refused = self.screen.transaction_lost(id, ctx);
                    self.end_refused(refused, ctx);
                }
                Timer::Follow(uuid) => self.follow(uuid, ctx),
                Timer::Delivery(id) => {
                    let facts = self.outbox.send(id, ctx);
                    self.delivered(facts, ctx);
                }
                Timer::Outgoing(id) => {
                    let fact = self.invitations.send_outgoing(id, ctx);
                    self.invitations_changed(fact, ctx);
                }
                Timer::Closing(uuid) => self.screen.release_ends(uuid, ctx),
            }
        }
    }

    /// CallKit was switched on or off. What is in the system's call screen is over with it.
    pub(crate) fn call_kit_switched(&mut self, ctx: &mut Context<'_>) {
        if ctx.app.call_kit_disabled {
            self.provider_reset(ctx);
            ctx.call(CallRequest::Disable);
        } else {
            self.screen.provide(ctx);
        }
    }

    /// The app is configured anew, perhaps for another user than this one.
    pub(crate) fn keep_callers(&mut self, user: Option<&str>) {
        self.invitations.keep_callers(user);
    }

    /// This user signed out for good: what needs the user's own token is dropped. How much there was.
    pub(crate) fn drop_all_of(&mut self, user: &str, ctx: &mut Context<'_>) -> usize {
        let (verbs, facts) = self.outbox.drop_all_of(user, ctx);
        self.delivered(facts, ctx);
        let followed = self.invitations.bound_to(user);
        for uuid in &followed {
            self.stop_following(*uuid, ctx);
        }
        verbs + followed.len()
    }

    /// There is another gateway or user token, or none came in time: what waited for one goes on, or is over.
    pub(crate) fn account_changed(&mut self, ctx: &mut Context<'_>) {
        self.invite_all(ctx);
        self.deliver_all(ctx);
        self.invitations.ask_again(ctx);
        for uuid in self.invitations.uuids() {
            self.follow(uuid, ctx);
        }
    }

    /// What was sent over the old way to the network has no answer, and its streams are dead: everything begins anew.
    pub(crate) fn network_changed(&mut self, ctx: &mut Context<'_>) {
        self.outbox.network_changed();
        self.invitations.network_changed(ctx);
        self.invitations.ask_again(ctx);
        self.awake(ctx);
    }

    /// The app is in front again, or the network is back: what waits is tried at once, and calls that may have ended meanwhile are asked about.
    pub(crate) fn awake(&mut self, ctx: &mut Context<'_>) {
        self.invite_all(ctx);
        self.deliver_all(ctx);
        for uuid in self.invitations.uuids() {
            self.follow(uuid, ctx);
            // A stream that was open while the app was suspended may be dead without anybody having noticed.
            self.invitations.poll(uuid, ctx);
        }
    }

    /// JavaScript is gone: whoever comes next is offered what the one before may have left open.
    pub(crate) fn offer_open_actions(&mut self, ctx: &mut Context<'_>) {
        self.screen.offer_open_actions(ctx);
    }

    /// Whether this event tells of an action that has been settled meanwhile.
    pub(crate) fn is_settled(&self, kind: EventKind, body: &str) -> bool {
        self.screen.is_settled(kind, body)
    }

    /// Whether a call with this UUID is one of this app's, or was until lately.
    pub(crate) fn is_own(&self, uuid: Uuid, now: u64) -> bool {
        self.screen.has(uuid) || self.ended.get(uuid, now).is_some()
    }

    /// What the gateway has yet to hear about calls: the newest delivery, and the newest invitation.
    pub(crate) fn unheard(&self) -> (Option<u64>, Option<u64>) {
        (self.outbox.newest(), self.invitations.newest_outgoing())
    }

    /// For `diagnose()`: nothing that names anybody.
    pub(crate) fn diagnose(&self, now: u64) -> Value {
        let screen = self.screen.diagnose();
        json!({
            "provider": screen.provider,
            "pushes": self.pushes.to_diagnosis(now),
            "live": screen.live,
            "followed": self.invitations.len(),
            "openStreams": self.invitations.open_streams(),
            "openReports": screen.open_reports,
            "openActions": screen.open_actions,
            "openTransactions": screen.open_transactions,
            "outbox": self.outbox.len(),
            "endedRecently": self.ended.count(now),
        })
    }
}
