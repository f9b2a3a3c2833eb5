//! The whole: hands each input to the part that it concerns and gathers the effects.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::account::{self, Account};
use crate::app::AppFacts;
use crate::call::Calls;
use crate::calls_changed::CallsChanged;
use crate::command::{self, Method};
use crate::context::{Context, Ids, Invocation};
use crate::diagnosis;
use crate::effect::{Effect, Event, LogLevel, PushRequest};
use crate::entropy::Entropy;
use crate::error::{Code, Error};
use crate::event::EventKind;
use crate::input::{Input, StreamItem, SystemEvent};
use crate::keep_awake::{KeepAwake, Work};
use crate::mailbox::{self, Mailbox};
use crate::notification::Notifications;
use crate::other_calls::OtherCalls;
use crate::registration::Registration;
use crate::store::{Snapshot, State};

/// What storage held at start.
#[derive(Clone, Copy, Debug)]
pub enum Stored<'a> {
    /// The bytes of the [`Snapshot`] that an earlier process stored last.
    Bytes(&'a [u8]),
    /// Nothing: the first launch.
    Empty,
    /// It can't be read now (before the first unlock). Counts as empty, and nothing is overwritten until [`Input::StorageReadable`].
    Unreadable,
}

/// The state machine. See the crate's documentation.
#[derive(Debug)]
pub struct Core {
    /// As the build says, but for `call_kit_disabled`, which the app may set too.
    app: AppFacts,
    /// The build says that CallKit is off: no app can switch it on.
    built_without_call_kit: bool,
    /// The app said in this process whether to use CallKit: what was stored is older.
    call_kit_decided: bool,
    now: u64,
    /// How far `now` is ahead of the clock, see [`Context::skew`].
    skew: u64,
    account: Account,
    entropy: Entropy,
    ids: Ids,
    mailbox: Mailbox,
    calls: Calls,
    calls_changed: CallsChanged,
    registration: Registration,
    notifications: Notifications,
    other_calls: OtherCalls,
    keep_awake: KeepAwake,
    readable: bool,
    /// What was wrong with the stored bytes, told at start.
    damaged: Option<String>,
}

/// The parts of a [`Core`] beside what a [`Context`] lends out.
struct Parts<'a> {
    calls: &'a mut Calls,
    registration: &'a mut Registration,
    notifications: &'a mut Notifications,
    ctx: Context<'a>,
}

impl Core {
    /// Makes the core of one process. `entropy` is a random seed, `now` Unix milliseconds.
    pub fn new(app: AppFacts, stored: Stored<'_>, entropy: [u8; 32], now: u64) -> Self {
        let mut core = Self {
            built_without_call_kit: app.call_kit_disabled,
            call_kit_decided: false,
            app,
            now,
            skew: 0,
            account: Account::default(),
            entropy: Entropy::new(entropy),
            ids: Ids::default(),
            mailbox: Mailbox::default(),
            calls: Calls::default(),
            calls_changed: CallsChanged::default(),
            registration: Registration::default(),
            notifications: Notifications::default(),
            other_calls: OtherCalls::default(),
            keep_awake: KeepAwake::default(),
            readable: false,
            damaged: None,
        };
        match stored {
            Stored::Bytes(bytes) => core.restore(Some(bytes), &mut Vec::new()),
            Stored::Empty => core.restore(None, &mut Vec::new()),
            Stored::Unreadable => {}
        }
        core
    }

    /// What to do at launch: once, before anything else.
    pub fn start(&mut self, now: u64) -> Vec<Effect> {
        self.run(now, |core, effects, dirty| {
            if let Some(problem) = core.damaged.take() {
                effects.push(Effect::Log(crate::effect::LogEntry {
                    level: LogLevel::Warning,
                    message: problem,
                }));
            }
            let readable = core.readable;
            *dirty = readable;
            let mut parts = core.parts(effects, dirty);
            parts.calls.start(&mut parts.ctx);
            parts.registration.start(readable, &mut parts.ctx);
        })
    }

    /// Takes one input and says what to do about it, in order. `now` may jump; inside, time never goes backwards.
    pub fn handle(&mut self, input: Input<'_>, now: u64) -> Vec<Effect> {
        self.run(now, |core, effects, dirty| {
            core.dispatch(input, effects, dirty);
        })
    }

    /// When the next [`Input::Tick`] is due, Unix milliseconds.
    pub fn next_deadline(&self) -> Option<u64> {
        let deadlines = [
            self.calls.next_deadline(),
            self.registration.next_deadline(),
            self.notifications.next_deadline(),
            self.account.asking.next_deadline(),
            self.keep_awake.deadline(),
        ];
        deadlines
            .into_iter()
            .flatten()
            .min()
            .map(|at| at.saturating_sub(self.skew))
    }

    /// What must survive the process. None as long as storage can't be read: what is there is worth more.
    pub fn snapshot(&self) -> Option<Snapshot> {
        self.readable.then(|| {
            Snapshot::of(State {
                version: State::VERSION,
                call_kit_off: self.app.call_kit_disabled && !self.built_without_call_kit,
                account: self.account.to_stored(),
                registration: self.registration.to_stored(),
                calls: self.calls.to_stored(),
            })
        })
    }

    fn run(
        &mut self,
        now: u64,
        step: impl FnOnce(&mut Self, &mut Vec<Effect>, &mut bool),
    ) -> Vec<Effect> {
        // Where the clock was set back, time inside goes on from where it was.
        self.skew = self.skew.max(self.now.saturating_sub(now));
        self.now = now.saturating_add(self.skew);
        let mut effects = Vec::new();
        let mut dirty = false;
        step(self, &mut effects, &mut dirty);
        let told = self.keep_awake.update(self.work(), self.now);
        effects.extend(told.map(keep_awake));
        let changed =
            self.calls_changed
                .update(&self.calls, &mut self.mailbox, self.now, self.skew);
        effects.extend(changed.map(Effect::Emit));
        if dirty && self.readable {
            effects.push(Effect::Persist);
        }
        effects
    }

    /// What the gateway has yet to hear.
    fn work(&self) -> Option<Work> {
        let (delivery, invitation) = self.calls.unheard();
        let removal = self.registration.is_being_removed();
        let work = Work {
            delivery,
            invitation,
            removal,
        };
        (delivery.is_some() || invitation.is_some() || removal).then_some(work)
    }

    fn parts<'a>(&'a mut self, effects: &'a mut Vec<Effect>, dirty: &'a mut bool) -> Parts<'a> {
        Parts {
            calls: &mut self.calls,
            registration: &mut self.registration,
            notifications: &mut self.notifications,
            ctx: Context {
                now: self.now,
                skew: self.skew,
                app: &self.app,
                account: &mut self.account,
                entropy: &mut self.entropy,
                mailbox: &mut self.mailbox,
                ids: &mut self.ids,
                answered: None,
                effects,
                dirty,
            },
        }
    }

    fn restore(&mut self, bytes: Option<&[u8]>, effects: &mut Vec<Effect>) {
        let state = match bytes.map(State::parse) {
            None => State::default(),
            Some(Ok(state)) => state,
            Some(Err(problem)) => {
                self.damaged = Some(problem);
                State::default()
            }
        };
        self.readable = true;
        if !self.call_kit_decided {
            self.app.call_kit_disabled |= state.call_kit_off;
        }
        self.account.restore(state.account);
        let mut dirty = false;
        let mut parts = self.parts(effects, &mut dirty);
        if parts.ctx.account.installation.is_none() {
            parts.ctx.account.installation = Some(parts.ctx.entropy.uuid());
        }
        parts.registration.restore(state.registration);
        parts.calls.restore(state.calls, &mut parts.ctx);
    }

    fn dispatch(&mut self, input: Input<'_>, effects: &mut Vec<Effect>, dirty: &mut bool) {
        let mut parts = self.parts(effects, dirty);
        match input {
            Input::VoipPush {
                payload,
                must_report,
            } => parts.calls.voip_push(payload, must_report, &mut parts.ctx),
            Input::System(SystemEvent::BackgroundTimeExpired) => {
                let told = self.keep_awake.expired(self.work());
                effects.extend(told.map(keep_awake));
            }
            Input::System(SystemEvent::CallsObserved { calls }) => self.other_calls.observe(calls),
            Input::System(mut event) => {
                if event == SystemEvent::Awake {
                    self.keep_awake.renew();
                }
                let mut parts = self.parts(effects, dirty);
                if let SystemEvent::Action(action) = &mut event {
                    action.deadline = parts.ctx.inside(action.deadline);
                }
                parts.system(event);
            }
            Input::Invoke { id, method, params } => {
                self.invoke(Invocation(id), method, params, effects, dirty);
            }
            Input::Listen(name) => {
                if let Some(kind) = EventKind::from_name(name) {
                    let flushed = parts.ctx.mailbox.listen(kind);
                    effects.extend(flushed.into_iter().map(Effect::Emit));
                    if kind == EventKind::CallsChanged {
                        self.calls_changed.listen();
                    }
                }
            }
            Input::Unlisten(name) => {
                if let Some(kind) = EventKind::from_name(name) {
                    parts.ctx.mailbox.unlisten(kind);
                }
            }
            Input::Detach => {
                parts.ctx.mailbox.detach();
                parts.calls.offer_open_actions(&mut parts.ctx);
            }
            Input::NotEmitted(event) => {
                if let Some(kind) = EventKind::from_name(&event.kind) {
                    parts.put_back(kind, event);
                }
            }
            Input::Http { id, outcome } => parts.http(id, outcome),
            Input::Stream { id, item } => {
                parts.ctx.answered = Some(id);
                let closed = matches!(item, StreamItem::Closed { .. });
                if matches!(
                    item,
                    StreamItem::Closed {
                        status: Some(401),
                        ..
                    }
                ) {
                    parts.ctx.user_token_refused();
                }
                parts.calls.stream(id, item, &mut parts.ctx);
                if closed {
                    self.account.user_token_carriers.remove(&id);
                }
            }
            Input::Tick => {
                if parts
                    .ctx
                    .account
                    .asking
                    .give_up(parts.ctx.now, parts.ctx.entropy)
                {
                    parts.calls.account_changed(&mut parts.ctx);
                }
                parts.ctx.ask_again_for_user_token();
                parts.calls.tick(&mut parts.ctx);
                parts.registration.tick(&mut parts.ctx);
                parts.notifications.tick(&mut parts.ctx);
            }
            Input::StorageReadable(bytes) => self.storage_readable(bytes, effects, dirty),
        }
    }

    fn storage_readable(
        &mut self,
        bytes: Option<&[u8]>,
        effects: &mut Vec<Effect>,
        dirty: &mut bool,
    ) {
        if self.readable {
            return;
        }
        let before = self.app.call_kit_disabled;
        self.restore(bytes, effects);
        *dirty = true;
        let switched_off = self.app.call_kit_disabled && !before;
        let mut parts = self.parts(effects, dirty);
        if switched_off {
            parts.calls.call_kit_switched(&mut parts.ctx);
            parts.registration.call_kit_switched(&mut parts.ctx);
        }
        parts.calls.start(&mut parts.ctx);
        parts.registration.start(true, &mut parts.ctx);
    }

    fn invoke(
        &mut self,
        invocation: Invocation,
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
            self.parts(effects, dirty)
                .ctx
                .complete(invocation, Err(Error::new(Code::UnknownMethod, message)));
            return;
        };
        if method.is_for_gateway() {
            self.account.asking.hurry();
        }
        match method {
            Method::Configure | Method::SetUserToken => {
                self.set_account(invocation, method, params, effects, dirty);
            }
            Method::SetCallKitEnabled => {
                self.set_call_kit_enabled(invocation, params, effects, dirty);
            }
            Method::GetVersion => self
                .parts(effects, dirty)
                .ctx
                .complete(invocation, Ok(json!(crate::VERSION))),
            Method::ReturnEvent => {
                let mut parts = self.parts(effects, dirty);
                let answer =
                    mailbox::returned(params).map(|(kind, event)| parts.put_back(kind, event));
                parts.ctx.complete(invocation, answer.map(|()| json!({})));
            }
            Method::Diagnose => {
                let answer = diagnosis::report(
                    &self.app,
                    &self.account,
                    &self.mailbox,
                    &self.registration,
                    &self.calls,
                    &self.other_calls,
                    self.now,
                );
                self.parts(effects, dirty)
                    .ctx
                    .complete(invocation, Ok(answer));
            }
            Method::EnableDebug
            | Method::RegisterPush
            | Method::UnregisterPush
            | Method::SetVoipToken
            | Method::GetRegistration => {
                let mut parts = self.parts(effects, dirty);
                parts.registration.invoke(
                    invocation,
                    method,
                    params,
                    parts.notifications,
                    &mut parts.ctx,
                );
            }
            Method::SetServerBadge => {
                let mut parts = self.parts(effects, dirty);
                parts
                    .registration
                    .set_server_badge(invocation, params, &mut parts.ctx);
            }
            Method::SetPushConfig
            | Method::ApplyNotificationPermission
            | Method::AddLocalNotification
            | Method::SetLocalBadge
            | Method::CompleteThroughMessage => {
                let mut parts = self.parts(effects, dirty);
                parts
                    .notifications
                    .invoke(invocation, method, params, &mut parts.ctx);
            }
            _ => {
                let mut parts = self.parts(effects, dirty);
                parts
                    .calls
                    .invoke(invocation, method, params, &mut parts.ctx);
            }
        }
    }

    /// The app's own switch, for where a store forbids CallKit: calls end, VoIP pushes stop, alerts go on.
    fn set_call_kit_enabled(
        &mut self,
        invocation: Invocation,
        params: &str,
        effects: &mut Vec<Effect>,
        dirty: &mut bool,
    ) {
        #[derive(Deserialize)]
        struct Params {
            enabled: bool,
        }
        let answer = command::parse::<Params>(Method::SetCallKitEnabled, params).and_then(|Params { enabled }| {
            if enabled && self.built_without_call_kit {
                return Err(Error::new(
                    Code::CallKitDisabled,
                    "setCallKitEnabled: this build has CallKit switched off for good (ZPNSCallKitDisabled in Info.plist)",
                ));
            }
            Ok(enabled)
        });
        self.call_kit_decided |= answer.is_ok();
        let switched = answer
            .as_ref()
            .is_ok_and(|enabled| *enabled == self.app.call_kit_disabled);
        if switched {
            self.app.call_kit_disabled = !self.app.call_kit_disabled;
            *dirty = true;
        }
        let mut parts = self.parts(effects, dirty);
        parts.ctx.complete(invocation, answer.map(|_| json!({})));
        if switched {
            parts.calls.call_kit_switched(&mut parts.ctx);
            parts.registration.call_kit_switched(&mut parts.ctx);
        }
    }

    /// `getUserToken` answered. Where it failed, a token that came by another way meanwhile stays.
    fn set_user_token(&mut self, params: &str) -> Result<Value, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Params {
            user_token: Option<String>,
            #[serde(default)]
            failed: bool,
        }
        let params: Params = command::parse(Method::SetUserToken, params)?;
        let token = params.user_token.filter(|token| !token.is_empty());
        self.account
            .asking
            .answered(token.is_some(), self.now, &mut self.entropy);
        if !params.failed {
            self.account.set_user_token(token);
        }
        Ok(json!({}))
    }

    fn set_account(
        &mut self,
        invocation: Invocation,
        method: Method,
        params: &str,
        effects: &mut Vec<Effect>,
        dirty: &mut bool,
    ) {
        let answer = match method {
            Method::Configure => {
                self.calls.keep_callers(self.account.user_id.as_deref());
                configure(&mut self.account, params)
            }
            _ => self.set_user_token(params),
        };
        let changed = answer.is_ok();
        let mut parts = self.parts(effects, dirty);
        parts.ctx.complete(invocation, answer);
        if changed {
            *parts.ctx.dirty = true;
            parts.registration.account_changed(&mut parts.ctx);
            parts.calls.account_changed(&mut parts.ctx);
        }
    }
}

impl Parts<'_> {
    /// An event did not reach JavaScript: it waits again, if it is still of use.
    fn put_back(&mut self, kind: EventKind, event: Event) {
        let body = event.body.clone();
        self.ctx.mailbox.put_back(kind, event);
        if self.calls.is_settled(kind, &body) {
            self.ctx.mailbox.withdraw(kind, &body);
        }
    }

    fn system(&mut self, event: SystemEvent) {
        match event {
            SystemEvent::TokenUpdated { .. }
            | SystemEvent::TokenInvalidated { .. }
            | SystemEvent::TokenFailed { .. } => {
                self.registration.token_event(event, &mut self.ctx);
            }
            SystemEvent::PermissionAnswered { .. }
            | SystemEvent::RequestAnswered { .. }
            | SystemEvent::NotificationReceived { .. } => {
                self.notifications.system(event, &mut self.ctx);
            }
            SystemEvent::Awake => {
                self.ctx.account.asking.hurry();
                self.registration.awake(&mut self.ctx);
                self.calls.system(event, &mut self.ctx);
            }
            SystemEvent::NetworkChanged => {
                self.ctx.account.asking.hurry();
                self.registration.network_changed(&mut self.ctx);
                self.calls.system(event, &mut self.ctx);
            }
            _ => self.calls.system(event, &mut self.ctx),
        }
    }

    fn http(&mut self, id: u64, outcome: Result<crate::HttpResponse, crate::HttpFailure>) {
        self.ctx.answered = Some(id);
        match &outcome {
            Ok(response) if response.status == 401 => self.ctx.user_token_refused(),
            Ok(response) if response.status < 500 => self.ctx.user_token_accepted(),
            _ => {}
        }
        // An answer that nobody waits for any more is dropped.
        if let Some(outcome) = self.registration.http(id, outcome, &mut self.ctx) {
            self.calls.http(id, outcome, &mut self.ctx);
        }
        self.ctx.account.user_token_carriers.remove(&id);
    }
}

fn keep_awake(on: bool) -> Effect {
    Effect::Push(PushRequest::KeepAwake { on })
}

fn configure(account: &mut Account, params: &str) -> Result<Value, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Params {
        #[serde(rename = "serverURL")]
        server_url: Option<String>,
        #[serde(rename = "appID")]
        app_id: Option<String>,
        user_token: Option<String>,
        #[serde(default)]
        user_token_provider: bool,
    }
    let params: Params = command::parse(Method::Configure, params)?;
    let server_url = match params.server_url.as_deref() {
        None => None,
        Some(text) => Some(
            account::server_url(text)
                .map_err(|problem| Error::invalid(format!("configure: {problem}")))?,
        ),
    };
    if server_url.is_some() && params.app_id.as_deref().is_none_or(str::is_empty) {
        return Err(Error::invalid(
            "configure: appID is missing; give the app's ID, as `zpns app list` on the gateway shows it",
        ));
    }
    account.server_url = server_url;
    account.app_id = params.app_id;
    account.asking.start_over(params.user_token_provider);
    account.set_user_token(params.user_token.filter(|token| !token.is_empty()));
    Ok(json!({}))
}
