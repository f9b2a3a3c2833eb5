//! The push that tells a device that a call is over for it. Pure.

use std::sync::Arc;

use zpns_protocol::calls::Call;
use zpns_protocol::payload::PushKind;
use zpns_protocol::push_config::PushConfig;

use super::payload::{self, CallPart, Envelope};
use super::plan::{self, Message};
use crate::model::{Device, Strategy};
use crate::store::PlanCancel;

/// How cancel pushes are made.
#[derive(Clone, Debug)]
pub struct CancelPushes {
    public_url: Arc<str>,
}

impl CancelPushes {
    /// `public_url` is where phones reach the gateway, without a slash at its end.
    pub fn new(public_url: &str) -> Self {
        Self {
            public_url: public_url.into(),
        }
    }

    /// Makes them as of now, for whatever devices the store finds due.
    pub fn plan(&self, app: &str, now: u64) -> impl PlanCancel + use<> {
        let (app, public_url) = (app.to_owned(), Arc::clone(&self.public_url));
        move |push: &str,
              strategy: &Strategy,
              config: &PushConfig,
              call: &Call,
              devices: &[Device]| {
            let message = Message {
                push,
                app: &app,
                config,
                alert_expires_at: call.expires_at,
            };
            let cancel = |device: &Device| {
                let user = device.user.as_deref().unwrap_or_default();
                let part = CallPart::new(call, user, payload::follow_url(&public_url, call), None);
                let envelope = Envelope {
                    kind: PushKind::Cancel,
                    sent_at: now,
                    expires_at: call.expires_at,
                    call: Some(part),
                };
                plan::delivery(&message, strategy, device, &envelope)
            };
            devices.iter().map(cancel).collect()
        }
    }
}
