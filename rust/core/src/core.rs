//! The whole: hands each input to the part that it concerns.

mod account;
mod call_kit_switch;
mod inputs;
mod lifetime;
mod parts;

use serde_json::json;
use zpns_protocol::calls::Verb;

pub use self::lifetime::Stored;
pub use self::parts::Core;
use self::parts::Parts;
use crate::calls::Calls;
use crate::command::Method;
use crate::context::Invocation;
use crate::effect::Effect;
use crate::event::EventKind;
use crate::input::{Input, SystemEvent};
use crate::notification::Notifications;

impl Core {
    fn dispatch(&mut self, input: Input<'_>, effects: &mut Vec<Effect>, dirty: &mut bool) {
        let mut parts = self.parts(effects, dirty);
        match input {
            Input::VoipPush {
                payload,
                must_report,
            } => parts.calls.voip_push(payload, must_report, &mut parts.ctx),
            Input::System(SystemEvent::BackgroundTimeExpired) => {
                self.background_time_expired(effects);
            }
            Input::System(event) => {
                if event == SystemEvent::Awake {
                    self.keep_awake.renew();
                }
                self.parts(effects, dirty).system(event);
            }
            Input::Invoke { id, method, params } => {
                self.invoke(Invocation(id), method, params, effects, dirty);
            }
            Input::Listen(name) => parts.listen(name),
            Input::Unlisten(name) => parts.ctx.mailbox.unlisten(name),
            Input::Detach => parts.detach(),
            Input::NotEmitted(event) => parts.put_back(event),
            Input::Http { id, outcome } => parts.http(id, outcome),
            Input::Stream { id, item } => parts.stream(id, item),
            Input::Tick => parts.tick(),
            Input::StorageReadable(bytes) => self.storage_readable(bytes, effects, dirty),
        }
    }

    fn method(
        &mut self,
        asked: Invocation,
        method: Method,
        text: &str,
        effects: &mut Vec<Effect>,
        dirty: &mut bool,
    ) {
        let mut parts = self.parts(effects, dirty);
        let Parts {
            calls,
            registration,
            notifications,
            ctx,
            ..
        } = &mut parts;
        match method {
            Method::Configure => self.configure(asked, text, effects, dirty),
            Method::SetUserToken => self.set_user_token(asked, text, effects, dirty),
            Method::SetCallKitEnabled => self.set_call_kit_enabled(asked, text, effects, dirty),
            Method::GetVersion => ctx.complete(asked, Ok(json!(crate::VERSION))),
            Method::Diagnose => parts.diagnose(asked),
            Method::ReturnEvent => parts.return_event(asked, text),
            Method::EnableDebug => registration.enable_debug(asked, text, ctx),
            Method::RegisterPush => registration.register_push(asked, text, notifications, ctx),
            Method::UnregisterPush => registration.unregister_push(asked, ctx),
            Method::SetVoipToken => registration.set_voip_token(asked, text, ctx),
            Method::GetRegistration => registration.get(asked, ctx),
            Method::SetServerBadge => registration.set_server_badge(asked, text, ctx),
            Method::SetPushConfig => Notifications::set_push_config(asked, text, ctx),
            Method::ApplyNotificationPermission => notifications.ask_permission(asked, ctx),
            Method::AddLocalNotification => notifications.add(asked, text, ctx),
            Method::SetLocalBadge => notifications.set_badge(asked, text, ctx),
            Method::CompleteThroughMessage => notifications.complete(asked, text, ctx),
            Method::SetInitConfiguration => calls.configure(asked, text, ctx),
            Method::ReportIncomingCall => calls.report_incoming(asked, text, ctx),
            Method::ReportOutgoingCall | Method::ReportOutgoingCallStarted => {
                calls.report_outgoing(asked, method, text, ctx);
            }
            Method::ReportCallUpdate => calls.report_update(asked, text, ctx),
            Method::ReportCallEnded => calls.report_ended(asked, text, ctx),
            Method::CompleteAction => calls.complete(asked, text, ctx),
            Method::StartCall => calls.start_call(asked, text, ctx),
            Method::AnswerCall => calls.answer_call(asked, text, ctx),
            Method::EndCall => calls.end_call(asked, text, ctx),
            Method::SetMuted => calls.set_muted(asked, text, ctx),
            Method::SetHeld => calls.set_held(asked, text, ctx),
            Method::SetGroup => calls.set_group(asked, text, ctx),
            Method::PlayDtmf => calls.play_dtmf(asked, text, ctx),
            Method::GetCalls => ctx.complete(asked, Ok(calls.to_json(*ctx.clocks))),
            Method::CallUuid => ctx.complete(asked, Calls::call_uuid(text)),
            Method::CallInvite => calls.invite(asked, text, ctx),
            Method::CallAccept => calls.act(asked, Verb::Accept, text, ctx),
            Method::CallReject => calls.act(asked, Verb::Reject, text, ctx),
            Method::CallCancel => calls.act(asked, Verb::Cancel, text, ctx),
            Method::CallEnd => calls.act(asked, Verb::End, text, ctx),
            Method::QueryCallInvitation => calls.query(asked, text, ctx),
        }
    }
}

impl Parts<'_> {
    /// What the operating system says.
    fn system(&mut self, event: SystemEvent) {
        let (calls, ctx) = (&mut *self.calls, &mut self.ctx);
        match event {
            SystemEvent::ReportCompleted { id, uuid, error } => {
                calls.report_completed(id, uuid, error, ctx);
            }
            SystemEvent::TransactionCompleted { id, error } => {
                calls.transaction_completed(id, error.as_ref(), ctx);
            }
            SystemEvent::Action(mut action) => {
                action.deadline = ctx.to_core_time(action.deadline);
                calls.perform(action, ctx);
            }
            SystemEvent::ActionTimedOut { action } => calls.action_timed_out(action, ctx),
            SystemEvent::ProviderReset => calls.reset(ctx),
            SystemEvent::ProviderBegan => ctx.emit_bare(EventKind::ProviderDidBegin),
            SystemEvent::AudioActivated => ctx.emit_bare(EventKind::DidActivateAudioSession),
            SystemEvent::AudioDeactivated => ctx.emit_bare(EventKind::DidDeactivateAudioSession),
            SystemEvent::StartCallIntent { handle, video } => {
                self.start_call_intent(&handle, video);
            }
            SystemEvent::CallsObserved { calls } => self.other_calls.observe(calls),
            SystemEvent::TokenUpdated { .. }
            | SystemEvent::TokenInvalidated { .. }
            | SystemEvent::TokenFailed { .. } => self.registration.token_event(event, ctx),
            SystemEvent::PermissionAnswered { .. }
            | SystemEvent::RequestAnswered { .. }
            | SystemEvent::NotificationReceived { .. } => self.notifications.system(event, ctx),
            SystemEvent::Awake => self.awake(),
            SystemEvent::NetworkChanged => self.network_changed(),
            SystemEvent::BackgroundTimeExpired => {}
        }
    }
}
