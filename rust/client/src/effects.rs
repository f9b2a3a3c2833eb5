//! Carrying out one effect, and what the core is told when that fails.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use uuid::Uuid;
use zpns_core::effect::LogLevel;
use zpns_core::{
    CallRequest, Effect, HttpFailure, Input, PushRequest, StreamItem, SystemError, SystemEvent,
    TokenKind,
};

use crate::background::Command;
use crate::ports::{Platform, PortError};
use crate::shared::Shared;

/// Carries out an effect. What comes back has to be told to the core: nothing, unless it failed.
pub(crate) fn perform(
    shared: &Arc<Shared>,
    platform: &dyn Platform,
    effect: Effect,
) -> Vec<Input<'static>> {
    match effect {
        Effect::Call(request) => {
            let awaited = Awaited::of_call(&request);
            awaited.unless(shared, "CallKit", ask(|| platform.call(request)))
        }
        Effect::Push(request) => {
            let awaited = Awaited::of_push(&request);
            awaited.unless(shared, "the system", ask(|| platform.push(request)))
        }
        Effect::Emit(event) => {
            Awaited::Nothing.unless(shared, "JavaScript", ask(|| platform.emit(event)))
        }
        Effect::Complete { id, answer } => {
            Awaited::Nothing.unless(shared, "JavaScript", ask(|| platform.complete(id, answer)))
        }
        Effect::Log(entry) => {
            shared.log(entry.level, entry.message);
            Vec::new()
        }
        Effect::Http(request) => {
            let id = request.id;
            match shared.background.send(shared, Command::Http(request)) {
                Ok(()) => Vec::new(),
                Err(_) => vec![Input::Http {
                    id,
                    outcome: Err(HttpFailure::Unreachable),
                }],
            }
        }
        Effect::OpenStream(request) => {
            let id = request.id;
            shared.streams.open(id);
            if shared
                .background
                .send(shared, Command::OpenStream(request))
                .is_ok()
            {
                return Vec::new();
            }
            shared.streams.close(id);
            vec![Input::Stream {
                id,
                item: StreamItem::Closed {
                    status: None,
                    failure: Some(HttpFailure::Unreachable),
                },
            }]
        }
        Effect::CloseStream(id) => {
            shared.streams.close(id);
            Vec::new()
        }
        Effect::Persist => {
            if let Err(error) = shared.background.send(shared, Command::Save) {
                shared.log(
                    LogLevel::Error,
                    format!("state could not be saved, as no thread can be started: {error}"),
                );
            }
            Vec::new()
        }
    }
}

/// Calls a port. One that panics has failed: the effects after it still have to be carried out.
fn ask(port: impl FnOnce() -> Result<(), PortError>) -> Result<(), PortError> {
    catch_unwind(AssertUnwindSafe(port))
        .unwrap_or_else(|_| Err(PortError::new("the port panicked")))
}

/// What the core waits for after a request to the platform, and would wait for in vain if the request failed.
#[derive(Clone, Copy)]
enum Awaited {
    Nothing,
    Report { id: u64, uuid: Uuid },
    Transaction(u64),
    Permission(u64),
    Answer(u64),
    Tokens { apns: bool, voip: bool },
}

impl Awaited {
    fn of_call(request: &CallRequest) -> Self {
        match request {
            CallRequest::ReportIncoming { id, uuid, .. } => Self::Report {
                id: *id,
                uuid: *uuid,
            },
            CallRequest::Transaction { id, .. } => Self::Transaction(*id),
            CallRequest::Configure(_)
            | CallRequest::ReportUpdate { .. }
            | CallRequest::ReportEnded { .. }
            | CallRequest::ReportOutgoingStarted { .. }
            | CallRequest::ReportOutgoingConnected { .. }
            | CallRequest::Fulfill { .. }
            | CallRequest::Fail { .. }
            | CallRequest::Disable => Self::Nothing,
        }
    }

    fn of_push(request: &PushRequest) -> Self {
        match *request {
            PushRequest::Register { apns, voip } => Self::Tokens { apns, voip },
            PushRequest::RequestPermission { id } => Self::Permission(id),
            PushRequest::AddNotification { id, .. } | PushRequest::SetBadge { id, .. } => {
                Self::Answer(id)
            }
            PushRequest::Unregister { .. }
            | PushRequest::HandOverVoipToken { .. }
            | PushRequest::SetPresentation { .. }
            | PushRequest::CompleteNotification { .. } => Self::Nothing,
        }
    }

    /// Nothing to tell the core, unless the request failed: then what the system would have said.
    fn unless(
        self,
        shared: &Shared,
        whom: &str,
        told: Result<(), PortError>,
    ) -> Vec<Input<'static>> {
        let Err(error) = told else { return Vec::new() };
        shared.log(
            LogLevel::Error,
            format!("{whom} could not be told: {error}"),
        );
        self.refused(error.into())
            .into_iter()
            .map(Input::System)
            .collect()
    }

    fn refused(self, error: SystemError) -> Vec<SystemEvent> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Report { id, uuid } => vec![SystemEvent::ReportCompleted {
                id,
                uuid,
                error: Some(error),
            }],
            Self::Transaction(id) => vec![SystemEvent::TransactionCompleted {
                id,
                error: Some(error),
            }],
            Self::Permission(id) => vec![SystemEvent::PermissionAnswered {
                id,
                granted: false,
                error: Some(error),
            }],
            Self::Answer(id) => vec![SystemEvent::RequestAnswered {
                id,
                error: Some(error),
            }],
            Self::Tokens { apns, voip } => [(apns, TokenKind::Apns), (voip, TokenKind::Voip)]
                .into_iter()
                .filter(|(asked, _)| *asked)
                .map(|(_, kind)| SystemEvent::TokenFailed {
                    kind,
                    error: error.clone(),
                })
                .collect(),
        }
    }
}
