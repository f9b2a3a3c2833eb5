//! iOS as one process of the app sees it: the client's port. A process that is gone is not heard any more.

use std::sync::{Arc, Weak};

use zpns_driver::core::TokenKind;
use zpns_driver::core::effect::LocalNotification;
use zpns_driver::{CallRequest, Event, LogEntry, Platform, PortError, PushRequest, SystemEvent};

use crate::device::{Device, Phone};
use crate::javascript::{JsMessage, JsSink};
use crate::notifications::{Presentation, not_allowed};
use crate::options::Permission;
use crate::suspension;
use crate::timeline_event::{PushKind, TimelineEvent};
use crate::tokens;

/// The port of the process with this number.
pub(crate) struct Port {
    pub(crate) phone: Weak<Phone>,
    pub(crate) process: u64,
}

impl Port {
    /// Does something for this process, as long as it lives.
    fn serve<T>(
        &self,
        work: impl FnOnce(&Phone, &mut Device) -> Result<T, PortError>,
    ) -> Result<T, PortError> {
        let phone = self.phone.upgrade().ok_or_else(gone)?;
        phone.with(|device| {
            if device.process(self.process).is_some() {
                work(&phone, device)
            } else {
                Err(gone())
            }
        })
    }

    fn js(&self) -> Result<(Arc<Phone>, JsSink), PortError> {
        let sink = self.serve(|_, device| {
            device
                .process(self.process)
                .and_then(|process| process.js.as_ref())
                .map(|js| Arc::clone(&js.sink))
                .ok_or_else(no_js)
        })?;
        Ok((self.phone.upgrade().ok_or_else(gone)?, sink))
    }
}

impl Platform for Port {
    fn call(&self, request: CallRequest) -> Result<(), PortError> {
        self.serve(|_, device| {
            if let CallRequest::PrepareAudio { video } = request {
                device.record(TimelineEvent::AudioPrepared { video });
                return Ok(());
            }
            let is_report = matches!(request, CallRequest::ReportIncoming { .. });
            if !device.callkit(|callkit, now| say(callkit, request, now)) {
                return Err(PortError::new(
                    "there is no CXProvider: set its configuration first",
                ));
            }
            if let Some(process) = device.process(self.process).filter(|_| is_report) {
                process.reported = process.reported.map(|_| true);
            }
            Ok(())
        })
    }

    fn push(&self, request: PushRequest) -> Result<(), PortError> {
        self.serve(|phone, device| {
            match request {
                PushRequest::Register { apns, voip } => tokens::register(phone, device, apns, voip),
                PushRequest::Unregister { apns, voip } => tokens::unregister(device, apns, voip),
                // Nobody else sends pushes to this phone.
                PushRequest::HandOverVoipToken { .. } => {}
                PushRequest::RequestPermission { id } => {
                    let asked_before = device.notifications.permitted;
                    let granted =
                        asked_before.unwrap_or(phone.options.permission == Permission::Granted);
                    device.notifications.permitted = Some(granted);
                    if asked_before.is_none() {
                        device.record(TimelineEvent::PermissionAsked { granted });
                    }
                    device.tell(SystemEvent::PermissionAnswered {
                        id,
                        granted,
                        error: None,
                    });
                }
                PushRequest::KeepAwake { on } => suspension::keep_awake(device, self.process, on),
                PushRequest::SetPresentation {
                    badge,
                    sound: _,
                    alert,
                } => device.notifications.presentation = Presentation { badge, alert },
                PushRequest::AddNotification { id, notification } => {
                    add_notification(device, id, notification);
                }
                PushRequest::SetBadge { id, badge } => {
                    if let Some(what) = device.notifications.set_badge(badge) {
                        device.record(what);
                    }
                    device.tell(SystemEvent::RequestAnswered { id, error: None });
                }
                PushRequest::CompleteNotification { id, new_data } => {
                    if device.notifications.take_handler(id) {
                        device.record(TimelineEvent::BackgroundCompleted {
                            completion: id,
                            new_data,
                        });
                    }
                }
            }
            Ok(())
        })
    }

    fn emit(&self, event: Event) -> Result<(), PortError> {
        let (phone, sink) = self.js()?;
        self.serve(|_, device| {
            let process = device.process(self.process);
            let js = process.and_then(|process| process.js.as_mut());
            if !js.is_some_and(|js| js.refuses(&event.kind)) {
                return Ok(());
            }
            device.record(TimelineEvent::EventRefused {
                kind: event.kind.clone(),
                seq: event.seq,
            });
            Err(PortError::new("JavaScript can't take this event"))
        })?;
        let what = TimelineEvent::Event {
            kind: event.kind.clone(),
            seq: event.seq,
            flushed: event.flushed,
        };
        phone.with(|device| device.record(what));
        sink(JsMessage::Event(event));
        Ok(())
    }

    fn complete(&self, invocation: u64, answer: String) -> Result<(), PortError> {
        let (_, sink) = self.js()?;
        sink(JsMessage::Answer { invocation, answer });
        Ok(())
    }

    fn log(&self, entry: LogEntry) -> Result<(), PortError> {
        self.serve(|_, device| {
            device.record(TimelineEvent::Log {
                level: entry.level,
                message: entry.message,
            });
            Ok(())
        })
    }
}

/// False if there is no provider and one is needed.
fn say(callkit: &mut crate::callkit::CallKit, request: CallRequest, now: u64) -> bool {
    match request {
        CallRequest::Configure(configuration) => callkit.configure(configuration),
        CallRequest::ReportIncoming { id, uuid, update } => {
            return callkit.report_incoming(id, uuid, update, now);
        }
        CallRequest::ReportUpdate { uuid, update } => callkit.report_update(uuid, update),
        CallRequest::ReportEnded { uuid, reason } => callkit.report_ended(uuid, reason, now),
        CallRequest::ReportOutgoingStarted { uuid } => callkit.report_outgoing_started(uuid),
        CallRequest::ReportOutgoingConnected { uuid } => callkit.report_outgoing_connected(uuid),
        CallRequest::Fulfill { action } => callkit.fulfill(action, now),
        CallRequest::Fail { action } => callkit.fail(action, now),
        CallRequest::Transaction { id, action } => callkit.transaction(id, action, now),
        CallRequest::Disable => callkit.invalidate(now),
        // Not for CallKit, but for the audio session.
        CallRequest::PrepareAudio { .. } => {}
    }
    true
}

fn add_notification(device: &mut Device, id: u64, notification: LocalNotification) {
    if !device.notifications.may_notify() {
        device.tell(SystemEvent::RequestAnswered {
            id,
            error: Some(not_allowed()),
        });
        return;
    }
    device.tell(SystemEvent::RequestAnswered { id, error: None });
    crate::delivery::present(
        device,
        (notification.title, notification.body),
        notification.user_info,
        true,
    );
}

fn gone() -> PortError {
    PortError::new("this process of the app is gone")
}

fn no_js() -> PortError {
    PortError::new("no JavaScript is attached")
}

impl From<TokenKind> for PushKind {
    fn from(kind: TokenKind) -> Self {
        match kind {
            TokenKind::Apns => Self::Alert,
            TokenKind::Voip => Self::Voip,
        }
    }
}
