//! What a part of the core may touch while it handles one input.

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::account::Account;
use crate::app::AppFacts;
use crate::clocks::Clocks;
use crate::effect::{
    CallRequest, Effect, HttpMethod, HttpRequest, LogEntry, LogLevel, PushRequest, StreamRequest,
};
use crate::entropy::Entropy;
use crate::error::Error;
use crate::event::EventKind;
use crate::mailbox::{Mailbox, Owner};
use crate::timers::Timers;

/// A question from JavaScript. Consumed by [`Context::complete`], so it can't be answered twice.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a promise that is not settled hangs for ever"]
pub(crate) struct Invocation(pub(crate) u64);

/// Everything around one input: what is known, and where effects go.
pub(crate) struct Context<'a> {
    /// The core's own time, in milliseconds: it never goes back, nor does it jump with the device's clock.
    pub(crate) now: u64,
    pub(crate) clocks: &'a mut Clocks,
    pub(crate) app: &'a AppFacts,
    pub(crate) account: &'a mut Account,
    pub(crate) entropy: &'a mut Entropy,
    pub(crate) mailbox: &'a mut Mailbox,
    pub(crate) ids: &'a mut Ids,
    pub(crate) timers: &'a mut Timers,
    /// The request or stream whose answer is handled.
    pub(crate) answered: Option<u64>,
    pub(crate) effects: &'a mut Vec<Effect>,
    /// Set by whoever changed something that must survive the process.
    pub(crate) dirty: &'a mut bool,
}

/// Numbers for requests, streams and transactions: unique within the process.
#[derive(Debug, Default)]
pub(crate) struct Ids(u64);

impl Ids {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

impl Context<'_> {
    /// A time by the device's clock, as one that can be compared with [`Context::now`].
    pub(crate) const fn to_core_time(&self, at: u64) -> u64 {
        self.clocks.wall_to_core(at)
    }

    /// A time of this core as the device's clock would show it, for times that go out.
    pub(crate) const fn to_wall_clock(&self, at: u64) -> u64 {
        self.clocks.to_wall_clock(at)
    }

    pub(crate) fn call(&mut self, request: CallRequest) {
        self.effects.push(Effect::Call(request));
    }

    pub(crate) fn push(&mut self, request: PushRequest) {
        self.effects.push(Effect::Push(request));
    }

    /// Sends a request with a JSON body and returns its number.
    pub(crate) fn http<B: Serialize>(
        &mut self,
        method: HttpMethod,
        url: String,
        bearer: Option<String>,
        body: Option<&B>,
    ) -> u64 {
        self.request(method, url, bearer, body.and_then(json_of), None)
    }

    /// Posts what must not be done twice and returns the request's number. All tries of it have the same key.
    pub(crate) fn post_once<B: Serialize>(
        &mut self,
        idempotency_key: String,
        url: String,
        bearer: String,
        body: &B,
    ) -> u64 {
        let (body, key) = (json_of(body), Some(idempotency_key));
        self.request(HttpMethod::Post, url, Some(bearer), body, key)
    }

    fn request(
        &mut self,
        method: HttpMethod,
        url: String,
        bearer: Option<String>,
        body: Option<Vec<u8>>,
        idempotency_key: Option<String>,
    ) -> u64 {
        /// Long enough for a bad mobile network, short enough that a ring is not over before a second try.
        const TIMEOUT_MS: u64 = 15_000;
        let id = self.begin(bearer.as_deref());
        let request = HttpRequest {
            id,
            method,
            url,
            bearer,
            idempotency_key,
            body,
            timeout_ms: TIMEOUT_MS,
        };
        self.effects.push(Effect::Http(request));
        id
    }

    /// Opens a stream and returns its number.
    pub(crate) fn open_stream(
        &mut self,
        url: String,
        bearer: Option<String>,
        last_event_id: Option<String>,
    ) -> u64 {
        let id = self.begin(bearer.as_deref());
        self.effects.push(Effect::OpenStream(StreamRequest {
            id,
            url,
            bearer,
            last_event_id,
        }));
        id
    }

    /// The number of a new request or stream.
    fn begin(&mut self, bearer: Option<&str>) -> u64 {
        let id = self.ids.next();
        if bearer.is_some() && bearer == self.account.user_token.as_deref() {
            self.account.user_token_carriers.insert(id, ());
        }
        id
    }

    pub(crate) fn close_stream(&mut self, id: u64) {
        self.account.user_token_carriers.remove(&id);
        self.effects.push(Effect::CloseStream(id));
    }

    /// JavaScript listens to this type of event from now on: what waited for it is emitted.
    pub(crate) fn listen(&mut self, name: &str) {
        let user = self.account.user_id.as_deref();
        let flushed = self.mailbox.listen(name, user).into_iter();
        self.effects.extend(flushed.map(Effect::Emit));
    }

    /// Another user is signed in: what waited for this one is emitted.
    pub(crate) fn user_changed(&mut self) {
        let user = self.account.user_id.as_deref();
        let flushed = self.mailbox.user_changed(user).into_iter();
        self.effects.extend(flushed.map(Effect::Emit));
    }

    /// Posts an event: emitted now, or kept until somebody listens.
    pub(crate) fn emit(&mut self, kind: EventKind, body: &Value) {
        self.emit_to(None, kind, body);
    }

    /// The same for an event that says all by its type.
    pub(crate) fn emit_bare(&mut self, kind: EventKind) {
        self.emit(kind, &json!({}));
    }

    /// Posts an event about a call of this user, which no other user hears.
    pub(crate) fn emit_to(&mut self, owner: Owner<'_>, kind: EventKind, body: &Value) {
        self.emit_json(owner, kind, body.to_string());
    }

    /// The same with a body that is JSON text already.
    pub(crate) fn emit_json(&mut self, owner: Owner<'_>, kind: EventKind, body: String) {
        let at = self.to_wall_clock(self.now);
        let user = self.account.user_id.as_deref();
        if let Some(event) = self.mailbox.post(kind, body, at, owner, user) {
            self.effects.push(Effect::Emit(event));
        }
    }

    /// The gateway refused what was sent, whether or not anybody still waits for the answer. If that carried the user token, a fresh one is
    /// asked for. If it carried another (a capability, or a user token that was replaced meanwhile), the one that is here is not to blame.
    pub(crate) fn user_token_refused(&mut self) {
        if self
            .answered
            .is_some_and(|id| self.account.user_token_carriers.contains_key(&id))
        {
            self.account.user_token = None;
            self.account.token_request.refused(self.now, self.entropy);
            self.need_user_token();
        }
    }

    /// The gateway answered, and did not refuse what was sent.
    pub(crate) fn user_token_accepted(&mut self) {
        if self
            .answered
            .is_some_and(|id| self.account.user_token_carriers.contains_key(&id))
        {
            self.account.token_request.accepted();
        }
    }

    /// There is no user token: asks JavaScript for a fresh one, once until it answers. Whether one is on its way.
    pub(crate) fn need_user_token(&mut self) -> bool {
        if self.account.token_request.need(self.now) {
            self.emit_bare(EventKind::UserTokenNeeded);
        }
        self.account.token_request.is_open()
    }

    /// A question that had to wait is asked if it is time.
    pub(crate) fn ask_again_for_user_token(&mut self) {
        // One that still waits for a listener is not asked twice.
        if self.account.token_request.is_due(self.now)
            && !self.mailbox.keeps(EventKind::UserTokenNeeded)
        {
            self.emit_bare(EventKind::UserTokenNeeded);
        }
    }

    /// Settles a promise.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "using it up is what keeps it from being answered twice"
    )]
    pub(crate) fn complete(&mut self, invocation: Invocation, answer: Result<Value, Error>) {
        let Invocation(id) = invocation;
        let answer = match answer {
            Ok(value) => json!({ "ok": value }),
            Err(error) => json!({ "error": error }),
        };
        self.effects.push(Effect::Complete {
            id,
            answer: answer.to_string(),
        });
    }

    pub(crate) fn log(&mut self, level: LogLevel, message: impl Into<String>) {
        self.effects.push(Effect::Log(LogEntry {
            level,
            message: message.into(),
        }));
    }
}

/// Plain structs with text keys: writing them as JSON can't fail.
fn json_of<B: Serialize>(body: &B) -> Option<Vec<u8>> {
    serde_json::to_vec(body).ok()
}

/// A UUID as JavaScript sees it: upper case, as `NSUUID` spells it.
pub(crate) fn js_uuid(uuid: Uuid) -> String {
    uuid.hyphenated()
        .encode_upper(&mut Uuid::encode_buffer())
        .to_owned()
}
