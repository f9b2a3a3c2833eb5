//! What the core waits for after a request to the platform, and is told where the request failed: what the system would have said.

use uuid::Uuid;
use zpns_core::{CallRequest, PushRequest, SystemError, SystemEvent, TokenKind};

/// The answer that a request will get from the system.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AwaitedAnswer {
    None,
    Report { id: u64, uuid: Uuid },
    Transaction(u64),
    Permission(u64),
    Request(u64),
    Tokens { apns: bool, voip: bool },
}

impl AwaitedAnswer {
    pub(crate) fn of_call(request: &CallRequest) -> Self {
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
            | CallRequest::PrepareAudio { .. }
            | CallRequest::Fulfill { .. }
            | CallRequest::Fail { .. }
            | CallRequest::Disable => Self::None,
        }
    }

    pub(crate) fn of_push(request: &PushRequest) -> Self {
        match *request {
            PushRequest::Register { apns, voip } => Self::Tokens { apns, voip },
            PushRequest::RequestPermission { id } => Self::Permission(id),
            PushRequest::AddNotification { id, .. } | PushRequest::SetBadge { id, .. } => {
                Self::Request(id)
            }
            PushRequest::Unregister { .. }
            | PushRequest::HandOverVoipToken { .. }
            | PushRequest::SetPresentation { .. }
            | PushRequest::KeepAwake { .. }
            | PushRequest::CompleteNotification { .. } => Self::None,
        }
    }

    /// The answer that says that the request was refused.
    pub(crate) fn refused(self, error: SystemError) -> Vec<SystemEvent> {
        match self {
            Self::None => Vec::new(),
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
            Self::Request(id) => vec![SystemEvent::RequestAnswered {
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
