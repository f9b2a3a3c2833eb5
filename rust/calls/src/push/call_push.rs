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

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use zpns_protocol::payload::MAX_ALERT_BYTES;
    use zpns_protocol::pushes::DeliveryKind;

    use super::*;
    use crate::examples::{created, device};

    /// What bob's device is sent by an invitation with this text and payload: its kind and its JSON.
    fn invited(
        device: &Device,
        strategy: &Strategy,
        extended_data: &str,
        payload: &str,
    ) -> Result<(DeliveryKind, Value), CallError> {
        let mut call = created(&[("bob", true)]).call;
        call.extended_data = extended_data.into();
        let config = PushConfig {
            title: "Alice".into(),
            payload: payload.into(),
            ..PushConfig::default()
        };
        let push = CallPush {
            app: "app",
            public_url: "https://push.example",
            strategy,
            config: &config,
            call: &call,
            now: 7,
        };
        let planned = push.invitation(device, |_| Ok::<_, CallError>("zpf_token".into()))?;
        assert_eq!(planned.expires_at, call.expires_at);
        Ok((
            planned.kind,
            serde_json::from_slice(&planned.payload).unwrap(),
        ))
    }

    fn alerted() -> Device {
        Device {
            apns: Some("aa".into()),
            voip: None,
            ..device(1, "bob", "phone")
        }
    }

    #[test]
    fn an_invitation_by_alert_carries_what_one_by_voip_push_carries() {
        let both = Device {
            apns: Some("aa".into()),
            ..device(1, "bob", "phone")
        };
        let (kind, voip) = invited(&both, &Strategy::voip(), "x", "p").unwrap();
        assert_eq!(kind, DeliveryKind::Voip);
        for (device, strategy) in [(&alerted(), Strategy::voip()), (&both, Strategy::alert())] {
            let (kind, alert) = invited(device, &strategy, "x", "p").unwrap();
            assert_eq!(kind, DeliveryKind::Alert);
            for key in ["call_id", "payload", "zpns"] {
                assert_eq!(alert[key], voip[key], "{key}");
            }
            let keys: Vec<_> = alert["zpns"].as_object().unwrap().keys().cloned().collect();
            let expected = [
                "caller",
                "expiresAt",
                "extendedData",
                "followToken",
                "followURL",
                "kind",
                "mode",
                "sentAt",
                "timeout",
                "user",
                "v",
            ];
            assert_eq!(keys, expected);
        }
    }

    #[test]
    fn an_alert_that_is_too_large_goes_without_extended_data_and_with_everything_else() {
        let length = |extended_data: &str, payload: &str| {
            let invited = invited(&alerted(), &Strategy::voip(), extended_data, payload);
            invited.map(|(_, alert)| (alert.to_string().len(), alert))
        };
        let extended_data = "x".repeat(1000);
        let (empty, _) = length(&extended_data, "").unwrap();
        let fits = "p".repeat(MAX_ALERT_BYTES - empty);
        let (bytes, whole) = length(&extended_data, &fits).unwrap();
        assert_eq!(bytes, MAX_ALERT_BYTES);
        assert_eq!(whole["zpns"]["extendedData"], extended_data.as_str());
        let (_, without) = length(&extended_data, &(fits + "p")).unwrap();
        let mut expected = whole;
        expected["zpns"]
            .as_object_mut()
            .unwrap()
            .remove("extendedData");
        expected["payload"] = without["payload"].clone();
        assert_eq!(without, expected);
        let refused = length(&extended_data, &"p".repeat(MAX_ALERT_BYTES)).unwrap_err();
        assert!(
            refused.to_string().contains("more than the 4096"),
            "{refused}"
        );
    }
}
