//! CallKit's actions on their way to JavaScript and back: offered while they are open, withdrawn when they are settled otherwise.

use serde_json::json;
use uuid::Uuid;

use super::actions::{self, Outcome, OwnedAction, safety_time};
use super::{Screen, Stage};
use crate::context::{Context, js_uuid};
use crate::effect::CallRequest;
use crate::error::Error;
use crate::event::EventKind;
use crate::input::{ActionKind, CallAction};
use crate::timers::Timer;

impl Screen {
    /// Whether CallKit asked for this already.
    pub(in crate::calls) fn is_open(&self, action: Uuid) -> bool {
        self.actions.is_open(action)
    }

    /// Whether JavaScript has yet to settle an end of this call.
    pub(in crate::calls) fn awaits_end(&self, call: Uuid) -> bool {
        self.actions.awaits_end(call)
    }

    /// Asks JavaScript to perform an action. Gives it back where too many are open.
    pub(in crate::calls) fn ask(
        &mut self,
        action: CallAction,
        user: Option<String>,
        ctx: &mut Context<'_>,
    ) -> Result<(), CallAction> {
        let owned = OwnedAction { action, user };
        let Some(number) = self.actions.open(owned.clone()) else {
            return Err(owned.action);
        };
        let OwnedAction { action, user } = owned;
        if action.kind == ActionKind::Answer
            && let Some(call) = self.calls.get_mut(&action.call)
        {
            call.stage = Stage::Answering;
        }
        ctx.timers
            .set(Timer::Action(number), safety_time(&action, ctx.now));
        if matches!(action.kind, ActionKind::Start { .. } | ActionKind::Answer) {
            let video = self.calls.get(&action.call).is_some_and(|call| call.video);
            ctx.call(CallRequest::PrepareAudio { video });
        }
        let (kind, body) = actions::event(number, &action);
        ctx.emit_to(user.as_deref(), kind, &body);
        Ok(())
    }

    /// Takes an action by what JavaScript calls it. Its event is withdrawn.
    pub(in crate::calls) fn take_named(
        &mut self,
        seq: &str,
        ctx: &mut Context<'_>,
    ) -> Result<Taken, Error> {
        let (number, owned) = self.actions.take_named(seq)?;
        Ok(taken(number, owned, ctx))
    }

    /// Takes an action by its number. Its event is withdrawn.
    pub(in crate::calls) fn take(&mut self, number: u64, ctx: &mut Context<'_>) -> Option<Taken> {
        let owned = self.actions.take(number)?;
        Some(taken(number, owned, ctx))
    }

    /// Takes an action that CallKit gave up. JavaScript hears so.
    pub(in crate::calls) fn take_timed_out(
        &mut self,
        action: Uuid,
        ctx: &mut Context<'_>,
    ) -> Option<Taken> {
        let number = self.actions.number(action)?;
        let taken = self.take(number, ctx)?;
        let (call, kind) = (taken.action.call, actions::kind_name(&taken.action.kind));
        let body = json!({
            "seq": actions::seq(number),
            "action": { "callUUID": js_uuid(call), "kind": kind },
        });
        let user = taken.user.as_deref();
        ctx.emit_to(user, EventKind::TimedOutPerformingAction, &body);
        Some(taken)
    }

    /// Takes all actions of one call.
    pub(in crate::calls) fn take_all_of(
        &mut self,
        call: Uuid,
        ctx: &mut Context<'_>,
    ) -> Vec<Taken> {
        let numbers = self.actions.of_call(call).into_iter();
        numbers
            .filter_map(|number| self.take(number, ctx))
            .collect()
    }

    /// The provider is gone: nothing that it asked for may be completed any more.
    pub(in crate::calls) fn forget_actions(&mut self, ctx: &mut Context<'_>) -> Vec<Taken> {
        let numbers = self.actions.numbers().into_iter();
        let taken = numbers
            .filter_map(|number| self.take(number, ctx))
            .collect();
        self.forget_ends(ctx);
        self.forget_reports(ctx);
        taken
    }

    /// Whether this event tells of an action that has been settled meanwhile, so that nobody need hear of it.
    pub(in crate::calls) fn is_settled(&self, kind: EventKind, body: &str) -> bool {
        let tells = |(number, owned): (u64, &OwnedAction)| {
            let (of, told) = actions::event(number, &owned.action);
            let told = told.to_string();
            of == kind && told == body
        };
        kind.ends_with_its_action() && !self.actions.all().any(tells)
    }

    /// JavaScript is gone: whoever comes next is offered what the one before may have left open.
    pub(in crate::calls) fn offer_open_actions(&self, ctx: &mut Context<'_>) {
        for (number, OwnedAction { action, user }) in self.actions.all() {
            let (kind, body) = actions::event(number, action);
            let body = body.to_string();
            if !ctx.mailbox.holds(kind, &body) {
                ctx.emit_json(user.as_deref(), kind, body);
            }
        }
    }

    /// Tells CallKit what became of an action. A fulfilled end may have to wait for the gateway.
    pub(in crate::calls) fn complete(
        &mut self,
        action: &CallAction,
        outcome: Outcome,
        ctx: &mut Context<'_>,
    ) {
        match outcome {
            Outcome::Fulfill if action.kind == ActionKind::End => self.fulfill_end(action, ctx),
            Outcome::Fulfill => ctx.call(CallRequest::Fulfill { action: action.id }),
            Outcome::Fail => ctx.call(CallRequest::Fail { action: action.id }),
        }
    }
}

/// An action that is open no more.
#[derive(Debug)]
pub(in crate::calls) struct Taken {
    pub(in crate::calls) action: CallAction,
    /// Whose call it is about, if that is known.
    pub(in crate::calls) user: Option<String>,
    /// Whether JavaScript had yet to hear of it, and never will.
    pub(in crate::calls) unheard: bool,
}

fn taken(number: u64, owned: OwnedAction, ctx: &mut Context<'_>) -> Taken {
    let OwnedAction { action, user } = owned;
    ctx.timers.cancel(Timer::Action(number));
    let (kind, body) = actions::event(number, &action);
    let unheard = ctx.mailbox.withdraw(kind, &body.to_string());
    Taken {
        action,
        user,
        unheard,
    }
}
