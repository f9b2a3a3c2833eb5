//! The pushes of a call: the invitation, and the one that takes it back.

use zpns_protocol::calls::Call;
use zpns_protocol::payload::PushKind;
use zpns_protocol::push_config::PushConfig;

use super::{CallPart, Envelope, Planned, follow_url, plan};
use crate::CallError;
use crate::auth::FollowClaims;
use crate::device::Device;
use crate::strategy::Strategy;

/// What all pushes of a call are made from.
#[derive(Clone, Copy, Debug)]
pub struct CallPush<'a> {
    /// The app.
    pub app: &'a str,
    /// Where phones reach the gateway, without a slash at its end.
    pub public_url: &'a str,
    /// How devices are reached.
    pub strategy: &'a Strategy,
    /// What the inviter said.
    pub config: &'a PushConfig,
    /// The call.
    pub call: &'a Call,
    /// When the push is made, Unix milliseconds.
    pub now: u64,
}

impl CallPush<'_> {
    /// The invitation for a device of an invitee. `sign` makes the follow token, prefix included.
    pub fn invitation<E: From<CallError>>(
        &self,
        device: &Device,
        sign: impl FnOnce(&FollowClaims) -> Result<String, E>,
    ) -> Result<Planned, E> {
        let token = sign(&FollowClaims::new(self.app, self.call, device))?;
        Ok(self.plan(PushKind::Invite, device, Some(token))?)
    }

    /// What tells a device that the call is over for its user.
    pub fn cancel(&self, device: &Device) -> Result<Planned, CallError> {
        self.plan(PushKind::Cancel, device, None)
    }

    fn plan(
        &self,
        kind: PushKind,
        device: &Device,
        follow_token: Option<String>,
    ) -> Result<Planned, CallError> {
        let user = device.user.as_deref().unwrap_or_default();
        let url = follow_url(self.public_url, self.call);
        let envelope = Envelope {
            kind,
            sent_at: self.now,
            expires_at: self.call.expires_at,
            call: Some(CallPart::new(self.call, user, url, follow_token)),
        };
        plan(
            self.strategy,
            device,
            self.config,
            &envelope,
            self.call.expires_at,
        )
    }
}
