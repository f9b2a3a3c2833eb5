//! What an app says to `CXProvider`.

use uuid::Uuid;
use zpns_driver::core::effect::{EndedReason, ProviderConfiguration};
use zpns_driver::{CallUpdate, SystemError, SystemEvent};

use super::call::{Call, CallState};
use super::error::{IncomingCallError, Transaction};
use super::{CallKit, EndCause, Timer};
use crate::timeline_event::TimelineEvent;

impl CallKit {
    /// `CXProvider(configuration:)`, or its configuration is replaced by a copy of this one.
    pub(crate) fn configure(&mut self, configuration: ProviderConfiguration) {
        self.supported_handles = configuration
            .supported_handle_types
            .clone()
            .unwrap_or_default();
        let is_new = self.provider.replace(configuration).is_none();
        self.out.timeline.push(TimelineEvent::ProviderConfigured);
        if is_new {
            self.out.to_app.push(SystemEvent::ProviderBegan);
        }
    }

    /// `invalidate()`: the provider is gone, and its calls with it.
    pub(crate) fn invalidate(&mut self, now: u64) {
        if self.provider.is_none() {
            return;
        }
        self.drop_all(EndCause::Invalidated, now);
        self.provider = None;
        self.out.timeline.push(TimelineEvent::ProviderInvalidated);
        self.out.to_app.push(SystemEvent::ProviderReset);
    }

    /// `reportNewIncomingCall(with:update:)`. False if there is no provider to say it to.
    pub(crate) fn report_incoming(
        &mut self,
        id: u64,
        uuid: Uuid,
        update: CallUpdate,
        now: u64,
    ) -> bool {
        if self.provider.is_none() {
            return false;
        }
        self.out.timeline.push(TimelineEvent::IncomingReported {
            uuid,
            name: update.localized_caller_name.clone(),
            handle: update.remote_handle.clone(),
            video: update.has_video.unwrap_or(false),
        });
        let error = self.refusal(uuid, &update);
        let serial = self.next_serial();
        if error.is_none() {
            let mut call = Call::new(uuid, serial, false);
            call.apply(update);
            self.calls.push(call);
        }
        self.out.timers.push((
            now.saturating_add(self.rules.report_delay),
            Timer::ReportDone {
                id,
                uuid,
                serial,
                error,
            },
        ));
        true
    }

    fn refusal(&self, uuid: Uuid, update: &CallUpdate) -> Option<SystemError> {
        let provider = self.provider.as_ref()?;
        if let Some(error) = self.rules.refuses_reports {
            Some(error.into())
        } else if !self.rules.entitled {
            Some(IncomingCallError::Unentitled.into())
        } else if self.call(uuid).is_some() {
            Some(IncomingCallError::CallUuidAlreadyExists.into())
        } else if self.rules.do_not_disturb {
            Some(IncomingCallError::FilteredByDoNotDisturb.into())
        } else if update
            .remote_handle
            .as_ref()
            .is_some_and(|handle| self.rules.blocked.contains(&handle.value))
        {
            Some(IncomingCallError::FilteredByBlockList.into())
        } else if self.groups_are_full(provider) {
            // There is no such code in the domain of incoming calls; the service answers with that of transactions.
            Some(Transaction::MaximumCallGroupsReached.into())
        } else {
            None
        }
    }

    pub(super) fn report_done(
        &mut self,
        id: u64,
        uuid: Uuid,
        serial: u64,
        error: Option<SystemError>,
        now: u64,
    ) {
        let error =
            error.or_else(
                || match self.calls.iter_mut().find(|call| call.serial == serial) {
                    Some(call) => {
                        call.state = CallState::Ringing;
                        self.out.timeline.push(TimelineEvent::Ringing { uuid });
                        if let Some(limit) = self.rules.ring_limit {
                            let due = now.saturating_add(limit);
                            self.out.timers.push((due, Timer::RingLimit { serial }));
                        }
                        None
                    }
                    // Dropped meanwhile, by a reset.
                    None => Some(IncomingCallError::Unknown.into()),
                },
            );
        if let Some(error) = &error {
            self.out.timeline.push(TimelineEvent::ReportRefused {
                uuid,
                domain: error.domain.clone(),
                code: error.code,
            });
        }
        self.out
            .to_app
            .push(SystemEvent::ReportCompleted { id, uuid, error });
    }

    /// `reportCall(with:updated:)`.
    pub(crate) fn report_update(&mut self, uuid: Uuid, update: CallUpdate) {
        match self.call_mut(uuid) {
            Some(call) => {
                call.apply(update);
                self.out.timeline.push(TimelineEvent::CallUpdated { uuid });
            }
            None => self.ignored(uuid, "updated", "no such call"),
        }
    }

    /// `reportCall(with:endedAt:reason:)`.
    pub(crate) fn report_ended(&mut self, uuid: Uuid, reason: EndedReason, now: u64) {
        match self.call(uuid).map(|call| call.state) {
            // The service does not know the call before the report completed, and forgets what is said about it.
            Some(CallState::Reported) => {
                self.ignored(uuid, "ended", "its report has not completed");
            }
            Some(_) => self.remove(uuid, reason.into(), now),
            None => self.ignored(uuid, "ended", "no such call"),
        }
    }

    /// `reportOutgoingCall(with:startedConnectingAt:)`.
    pub(crate) fn report_outgoing_started(&mut self, uuid: Uuid) {
        match self.call_mut(uuid) {
            Some(call) if call.outgoing && call.state == CallState::Dialing => {
                call.state = CallState::Connecting;
                self.out
                    .timeline
                    .push(TimelineEvent::CallConnecting { uuid });
            }
            Some(_) => self.ignored(
                uuid,
                "outgoingStarted",
                "it is not an outgoing call that was just started",
            ),
            None => self.ignored(uuid, "outgoingStarted", "no such call"),
        }
    }

    /// `reportOutgoingCall(with:connectedAt:)`.
    pub(crate) fn report_outgoing_connected(&mut self, uuid: Uuid) {
        match self.call_mut(uuid) {
            Some(call)
                if call.outgoing
                    && matches!(call.state, CallState::Dialing | CallState::Connecting) =>
            {
                call.state = CallState::Active;
                self.out
                    .timeline
                    .push(TimelineEvent::CallConnected { uuid });
            }
            Some(_) => self.ignored(
                uuid,
                "outgoingConnected",
                "it is not an outgoing call whose start was fulfilled",
            ),
            None => self.ignored(uuid, "outgoingConnected", "no such call"),
        }
    }

    fn ignored(&mut self, uuid: Uuid, report: &'static str, reason: &'static str) {
        self.out.timeline.push(TimelineEvent::ReportIgnored {
            uuid,
            report,
            reason,
        });
    }
}
