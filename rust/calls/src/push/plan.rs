//! From a strategy and a device to a push: which token, which topic, until when.

use std::fmt;

use zpns_protocol::push_config::PushConfig;
use zpns_protocol::pushes::{DeliveryKind, DeliveryStatus};
use zpns_protocol::{Environment, PushId};

use super::Envelope;
use super::payload::{alert, encode, encode_alert, voip};
use crate::CallError;
use crate::device::Device;
use crate::strategy::Strategy;

/// How long APNs keeps trying to deliver an alert that is no call invitation, in milliseconds: a day.
pub const ALERT_LIFETIME: u64 = 24 * 60 * 60 * 1000;

/// A push to one device, before it has an ID and a place in a queue.
#[derive(Clone, PartialEq, Eq)]
pub struct Planned {
    /// The call that it is about.
    pub call: Option<String>,
    /// The device, where it is registered.
    pub push_id: Option<PushId>,
    /// The device's user.
    pub user: Option<String>,
    /// The device's installation.
    pub installation: Option<String>,
    /// Which APNs it goes to.
    pub environment: Environment,
    /// VoIP or alert.
    pub kind: DeliveryKind,
    /// `apns-topic`.
    pub topic: String,
    /// `apns-collapse-id`.
    pub collapse_id: Option<String>,
    /// When it is of no use any longer, Unix milliseconds.
    pub expires_at: u64,
    /// The device token; empty where the device has none that fits.
    pub token: String,
    /// The JSON that APNs gets; empty where there is no token.
    pub payload: Vec<u8>,
    /// When the device last registered: a 410 that is older does not concern this token.
    pub registered_at: u64,
    /// Why it can't be sent, and what to do about it; `None` if it can.
    pub advice: Option<String>,
}

// Token and payload are not shown.
impl fmt::Debug for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Planned")
            .field("kind", &self.kind)
            .field("environment", &self.environment)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

impl Planned {
    /// Where its delivery starts: queued, or rejected if it can't be sent.
    pub const fn status(&self) -> DeliveryStatus {
        match self.advice {
            None => DeliveryStatus::Queued,
            Some(_) => DeliveryStatus::Rejected,
        }
    }
}

/// Plans the push to one device. A device that can't be reached by this strategy gets one that is rejected from the start, so that the
/// reason can be seen. `alert_expires_at` is when an alert is of no use any longer, Unix milliseconds; VoIP pushes end with their ring time.
pub fn plan(
    strategy: &Strategy,
    device: &Device,
    config: &PushConfig,
    envelope: &Envelope,
    alert_expires_at: u64,
) -> Result<Planned, CallError> {
    let (kind, token) = route(strategy, device);
    let whom = device
        .user
        .as_deref()
        .unwrap_or("the device of a local pushID");
    // Also for a device without a token: what is too large is refused whoever it is for.
    let payload = match kind {
        DeliveryKind::Voip => encode(&voip(config, envelope), kind, whom)?,
        DeliveryKind::Alert => {
            let badge = config.enable_badge.then_some(device.badge);
            encode_alert(alert(config, envelope, badge), whom)?
        }
    };
    let (topic, collapse_id, expires_at) = match kind {
        DeliveryKind::Voip => {
            let topic = format!("{}.voip", device.bundle_id);
            (topic, None, envelope.expires_at)
        }
        DeliveryKind::Alert => {
            let topic = device.bundle_id.clone();
            (topic, strategy.collapse.clone(), alert_expires_at)
        }
    };
    let (token, payload, advice) = match token {
        Ok(token) => (token.to_owned(), payload, None),
        Err(advice) => (String::new(), Vec::new(), Some(advice)),
    };
    Ok(Planned {
        call: envelope.call.as_ref().map(|call| call.call_id.clone()),
        push_id: device.push_id.clone(),
        user: device.user.clone(),
        installation: device.installation.clone(),
        environment: device.environment,
        kind,
        topic,
        collapse_id,
        expires_at,
        token,
        payload,
        registered_at: device.registered_at,
        advice,
    })
}

/// The kind of push and the token for it, or what to do where there is none.
fn route<'a>(strategy: &Strategy, device: &'a Device) -> (DeliveryKind, Result<&'a str, String>) {
    match (strategy.kind, &device.voip, &device.apns) {
        (DeliveryKind::Voip, Some(token), _) => (DeliveryKind::Voip, Ok(token)),
        (DeliveryKind::Voip, None, Some(token)) if strategy.alert_fallback => {
            (DeliveryKind::Alert, Ok(token))
        }
        (DeliveryKind::Alert, _, Some(token)) => (DeliveryKind::Alert, Ok(token)),
        (DeliveryKind::Voip, None, apns) => {
            let advice = no_voip_token(strategy, apns.is_some());
            (DeliveryKind::Voip, Err(advice))
        }
        (DeliveryKind::Alert, _, None) => {
            let advice = "This device registered no device token, so it can't show alerts: call ZPNs.registerPush and let the user allow notifications, or send with a VoIP resource.";
            (DeliveryKind::Alert, Err(advice.to_owned()))
        }
    }
}

fn no_voip_token(strategy: &Strategy, has_device_token: bool) -> String {
    let fallback = match (strategy.alert_fallback, has_device_token) {
        (false, true) => " Or set the resource up with an alert fallback: it has a device token.",
        _ => "",
    };
    format!(
        "This device registered no VoIP token, so it can't ring: call ZPNs.registerPush({{enableIOSVoIP: true}}) on it and let it register again.{fallback}"
    )
}

#[cfg(test)]
mod tests {
    use zpns_protocol::payload::PushKind;

    use super::*;
    use crate::examples;

    fn device(apns: Option<&str>, voip: Option<&str>) -> Device {
        Device {
            apns: apns.map(str::to_owned),
            voip: voip.map(str::to_owned),
            ..examples::device(1, "bob", "phone")
        }
    }

    fn planned(strategy: &Strategy, device: &Device) -> Planned {
        let envelope = Envelope {
            kind: PushKind::Invite,
            sent_at: 1,
            expires_at: 2,
            call: None,
        };
        plan(strategy, device, &PushConfig::default(), &envelope, 99).unwrap()
    }

    #[test]
    fn a_voip_strategy_uses_the_voip_token_topic_and_ring_time() {
        let push = planned(&Strategy::voip(), &device(Some("aa"), Some("bb")));
        assert_eq!(
            (
                push.kind,
                push.token.as_str(),
                push.topic.as_str(),
                push.expires_at
            ),
            (DeliveryKind::Voip, "bb", "com.example.voip", 2)
        );
    }

    #[test]
    fn a_device_without_a_voip_token_gets_an_alert_where_the_strategy_falls_back() {
        let push = planned(&Strategy::voip(), &device(Some("aa"), None));
        assert_eq!(
            (
                push.kind,
                push.token.as_str(),
                push.topic.as_str(),
                push.expires_at
            ),
            (DeliveryKind::Alert, "aa", "com.example", 99)
        );
    }

    #[test]
    fn a_device_without_a_voip_token_is_rejected_with_advice_where_it_does_not() {
        let push = planned(
            &Strategy {
                alert_fallback: false,
                ..Strategy::voip()
            },
            &device(Some("aa"), None),
        );
        assert_eq!(push.status(), DeliveryStatus::Rejected);
        assert!(push.advice.unwrap().contains("enableIOSVoIP: true"));
    }
}
