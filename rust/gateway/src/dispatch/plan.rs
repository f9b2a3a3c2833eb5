//! From a strategy and a device to a delivery: which token, which topic, until when. Pure.

use uuid::Uuid;
use zpns_protocol::push_config::PushConfig;
use zpns_protocol::pushes::{DeliveryKind, DeliveryStatus};

use super::payload::{self, Envelope};
use crate::model::{Device, Job, Strategy};
use crate::refusal::Refusal;

/// How long APNs keeps trying to deliver an alert that is no call invitation, in milliseconds: a day.
pub const ALERT_LIFETIME: u64 = 24 * 60 * 60 * 1000;

/// What goes to every device of a push.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// The push that the delivery belongs to.
    pub push: &'a str,
    /// The app.
    pub app: &'a str,
    /// What the caller said.
    pub config: &'a PushConfig,
    /// When an alert is of no use any longer, Unix milliseconds. VoIP pushes end with their ring time.
    pub alert_expires_at: u64,
}

/// Makes the delivery to one device. A device that can't be reached by this strategy gets one that is rejected from the start, so that the
/// reason can be seen.
pub fn delivery(
    message: &Message<'_>,
    strategy: &Strategy,
    device: &Device,
    envelope: &Envelope,
) -> Result<Job, Refusal> {
    let mut advice = None;
    let (kind, token) = match (strategy.kind, &device.voip, &device.apns) {
        (DeliveryKind::Voip, Some(token), _) => (DeliveryKind::Voip, token.clone()),
        (DeliveryKind::Voip, None, Some(token)) if strategy.alert_fallback => {
            (DeliveryKind::Alert, token.clone())
        }
        (DeliveryKind::Alert, _, Some(token)) => (DeliveryKind::Alert, token.clone()),
        (DeliveryKind::Voip, None, apns) => {
            advice = Some(no_voip_token(strategy, apns.is_some()));
            (DeliveryKind::Voip, String::new())
        }
        (DeliveryKind::Alert, _, None) => {
            advice = Some("This device registered no device token, so it can't show alerts: call ZPNs.registerPush and let the user allow notifications, or send with a VoIP resource.".to_owned());
            (DeliveryKind::Alert, String::new())
        }
    };
    let whom = device
        .user
        .as_deref()
        .unwrap_or("the device of a local pushID");
    let json = match kind {
        DeliveryKind::Voip => {
            payload::encode(&payload::voip(message.config, envelope), kind, whom)?
        }
        DeliveryKind::Alert => {
            let badge = message.config.enable_badge.then_some(device.badge);
            payload::encode(&payload::alert(message.config, envelope, badge), kind, whom)?
        }
    };
    let topic = match kind {
        DeliveryKind::Voip => format!("{}.voip", device.bundle_id),
        DeliveryKind::Alert => device.bundle_id.clone(),
    };
    let expires_at = match kind {
        DeliveryKind::Voip => envelope.expires_at,
        DeliveryKind::Alert => message.alert_expires_at,
    };
    let rejected = advice.is_some();
    Ok(Job {
        id: Uuid::now_v7().to_string(),
        push: message.push.to_owned(),
        call: envelope.call.as_ref().map(|call| call.call_id.clone()),
        app: message.app.to_owned(),
        push_id: device.push_id.clone(),
        user: device.user.clone(),
        installation: device.installation.clone(),
        environment: device.environment,
        kind,
        topic,
        collapse_id: (kind == DeliveryKind::Alert)
            .then(|| strategy.collapse.clone())
            .flatten(),
        expires_at,
        token,
        payload: if rejected { Vec::new() } else { json },
        registered_at: device.registered_at,
        status: if rejected {
            DeliveryStatus::Rejected
        } else {
            DeliveryStatus::Queued
        },
        advice,
        attempts: 0,
    })
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
    use zpns_protocol::Environment;
    use zpns_protocol::payload::PushKind;

    use super::*;

    fn device(apns: Option<&str>, voip: Option<&str>) -> Device {
        Device {
            push_id: None,
            user: Some("bob".into()),
            installation: Some("i".into()),
            bundle_id: "com.example".into(),
            environment: Environment::Development,
            apns: apns.map(str::to_owned),
            voip: voip.map(str::to_owned),
            badge: 0,
            suspect_since: None,
            registered_at: 5,
        }
    }

    fn job(strategy: &Strategy, device: &Device) -> Job {
        let config = PushConfig::default();
        let message = Message {
            push: "p",
            app: "a",
            config: &config,
            alert_expires_at: 99,
        };
        delivery(
            &message,
            strategy,
            device,
            &Envelope {
                kind: PushKind::Invite,
                sent_at: 1,
                expires_at: 2,
                call: None,
            },
        )
        .unwrap()
    }

    #[test]
    fn a_voip_strategy_uses_the_voip_token_topic_and_ring_time() {
        let job = job(&Strategy::voip(), &device(Some("aa"), Some("bb")));
        assert_eq!(
            (
                job.kind,
                job.token.as_str(),
                job.topic.as_str(),
                job.expires_at
            ),
            (DeliveryKind::Voip, "bb", "com.example.voip", 2)
        );
    }

    #[test]
    fn a_device_without_a_voip_token_gets_an_alert_where_the_strategy_falls_back() {
        let job = job(&Strategy::voip(), &device(Some("aa"), None));
        assert_eq!(
            (
                job.kind,
                job.token.as_str(),
                job.topic.as_str(),
                job.expires_at
            ),
            (DeliveryKind::Alert, "aa", "com.example", 99)
        );
    }

    #[test]
    fn a_device_without_a_voip_token_is_rejected_with_advice_where_it_does_not() {
        let job = job(
            &Strategy {
                alert_fallback: false,
                ..Strategy::voip()
            },
            &device(Some("aa"), None),
        );
        assert_eq!(job.status, DeliveryStatus::Rejected);
        assert!(job.advice.unwrap().contains("enableIOSVoIP: true"));
    }
}
