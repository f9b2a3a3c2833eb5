//! Inputs that concern more than one part.

use serde_json::json;

use super::{Core, Parts};
use crate::command::{self, Method};
use crate::context::Invocation;
use crate::diagnosis;
use crate::effect::{Effect, Event, Handle};
use crate::error::{Code, Error};
use crate::event::EventKind;
use crate::input::{HttpFailure, HttpResponse, StreamItem};
use crate::returned_event;

impl Core {
    /// JavaScript (or a native app) asks for something.
    pub(super) fn invoke(
        &mut self,
        asked: Invocation,
        name: &str,
        params: &str,
        effects: &mut Vec<Effect>,
        dirty: &mut bool,
    ) {
        let Some(method) = Method::from_name(name) else {
            let message = format!(
                "the native module has no method {:?}: JavaScript and native code are of different versions; rebuild the app after updating react-native-zpns",
                command::brief(name.to_owned(), 64)
            );
            let error = Error::new(Code::UnknownMethod, message);
            return self.parts(effects, dirty).ctx.complete(asked, Err(error));
        };
        if method.is_for_gateway() {
            self.account.token_request.hurry();
        }
        self.method(asked, method, params, effects, dirty);
    }
}

impl Parts<'_> {
    /// An answer that nobody waits for any more is dropped.
    pub(super) fn http(&mut self, id: u64, outcome: Result<HttpResponse, HttpFailure>) {
        self.ctx.answered = Some(id);
        if let Ok(response) = &outcome {
            self.learn_time(response.date);
        }
        match &outcome {
            Ok(response) if response.status == 401 => self.ctx.user_token_refused(),
            Ok(response) if response.status < 500 => self.ctx.user_token_accepted(),
            Ok(_) | Err(_) => {}
        }
        if let Some(outcome) = self.registration.http(id, outcome, &mut self.ctx) {
            self.calls.http(id, outcome, &mut self.ctx);
        }
        self.ctx.account.user_token_carriers.remove(&id);
    }

    /// What the gateway's clock shows, if it said so: calls ring by that.
    fn learn_time(&mut self, date: Option<u64>) {
        if date.is_some_and(|date| self.ctx.clocks.learn_gateway(date)) {
            self.calls.gateway_clock_moved(&mut self.ctx);
        }
    }

    pub(super) fn stream(&mut self, id: u64, item: StreamItem) {
        self.ctx.answered = Some(id);
        let closed = match item {
            StreamItem::Closed { status, .. } => {
                if status == Some(401) {
                    self.ctx.user_token_refused();
                }
                true
            }
            StreamItem::Open { date } => {
                self.learn_time(date);
                false
            }
            StreamItem::Event { .. } => false,
        };
        self.calls.stream(id, item, &mut self.ctx);
        if closed {
            self.ctx.account.user_token_carriers.remove(&id);
        }
    }

    pub(super) fn tick(&mut self) {
        let ctx = &mut self.ctx;
        if ctx.account.token_request.give_up(ctx.now, ctx.entropy) {
            self.calls.account_changed(ctx);
        }
        ctx.ask_again_for_user_token();
        self.calls.tick(ctx);
        self.registration.tick(ctx);
        self.notifications.tick(ctx);
    }

    /// JavaScript listens to this type of event from now on.
    pub(super) fn listen(&mut self, name: &str) {
        self.ctx.listen(name);
        if name == EventKind::CallsChanged.name() {
            self.calls_changed.listen();
        }
    }

    /// An event did not reach JavaScript: it waits again, if it is still of use.
    pub(super) fn put_back(&mut self, event: Event) {
        let (kind, body) = (EventKind::from_name(&event.kind), event.body.clone());
        self.ctx.mailbox.put_back(event);
        if let Some(kind) = kind
            && self.calls.is_settled(kind, &body)
        {
            self.ctx.mailbox.withdraw(kind, &body);
        }
    }

    /// `returnEvent`.
    pub(super) fn return_event(&mut self, asked: Invocation, params: &str) {
        let answer = returned_event::parse(params).map(|event| self.put_back(event));
        self.ctx.complete(asked, answer.map(|()| json!({})));
    }

    /// Recents, Siri or Contacts ask for a call. One to nobody asks for nothing that an app could do.
    pub(super) fn start_call_intent(&mut self, handle: &Handle, video: bool) {
        if !handle.value.trim().is_empty() {
            let body = json!({ "handle": handle, "video": video });
            self.ctx.emit(EventKind::DidReceiveStartCallIntent, &body);
        }
    }

    /// JavaScript is gone (reload).
    pub(super) fn detach(&mut self) {
        self.ctx.mailbox.detach();
        self.calls.offer_open_actions(&mut self.ctx);
    }

    /// The app is in front.
    pub(super) fn awake(&mut self) {
        self.ctx.account.token_request.hurry();
        self.registration.awake(&mut self.ctx);
        self.calls.awake(&mut self.ctx);
    }

    /// There is a way to the network again, or another one.
    pub(super) fn network_changed(&mut self) {
        self.ctx.account.token_request.hurry();
        self.registration.network_changed(&mut self.ctx);
        self.calls.network_changed(&mut self.ctx);
    }

    /// `diagnose`.
    pub(super) fn diagnose(&mut self, asked: Invocation) {
        let ctx = &mut self.ctx;
        let (registration, calls) = (&*self.registration, &*self.calls);
        let answer = diagnosis::report(
            ctx.app,
            ctx.account,
            ctx.mailbox,
            registration,
            calls,
            self.other_calls,
            ctx.now,
        );
        ctx.complete(asked, Ok(answer));
    }
}
