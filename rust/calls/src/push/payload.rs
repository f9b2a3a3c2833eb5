//! The JSON that APNs gets, and whether it fits.

use serde::Serialize;
use zpns_protocol::payload::{
    Alert, Aps, MAX_ALERT_BYTES, MAX_VOIP_BYTES, PushKind, VERSION, VoipPayload, ZegoSection,
    ZpnsSection,
};
use zpns_protocol::push_config::PushConfig;
use zpns_protocol::pushes::DeliveryKind;

use super::Envelope;
use crate::CallError;

/// The payload of a VoIP push.
pub fn voip(config: &PushConfig, envelope: &Envelope) -> VoipPayload {
    let voip = config.voip.clone().unwrap_or_default();
    let call = envelope.call.as_ref();
    VoipPayload {
        aps: Aps {
            alert: Alert {
                title: config.title.clone(),
                body: config.content.clone(),
            },
        },
        zego: ZegoSection {
            version: 1,
            voip_has_video: voip.has_video,
            voip_handle_type: voip.handle_type,
            voip_handle_value: voip.handle_value,
        },
        call_id: call.map(|c| c.call_id.clone()),
        payload: config.payload.clone(),
        zpns: ZpnsSection {
            version: VERSION,
            kind: envelope.kind,
            reason: call
                .map(|c| c.reason)
                .filter(|_| envelope.kind == PushKind::Cancel),
            sent_at: envelope.sent_at,
            expires_at: envelope.expires_at,
            follow_url: call.map(|c| c.follow_url.clone()),
            follow_token: call.and_then(|c| c.follow_token.clone()),
            caller: call.map(|c| c.caller.clone()),
            user: call.map(|c| c.user.clone()),
            mode: call.map(|c| c.mode),
            extended_data: call.map(|c| c.extended_data.clone()),
            timeout: call.map(|c| c.timeout),
        },
    }
}

/// The payload of an alert. Where it is about a call it has the `zpns` of a VoIP push, so that the app can follow and answer all the same.
#[derive(Debug, Serialize)]
pub struct AlertPayload {
    aps: AlertAps,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_id: Option<String>,
    payload: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    zpns: Option<ZpnsSection>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct AlertAps {
    alert: Alert,
    sound: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    badge: Option<u32>,
}

/// Makes the payload of an alert. `badge` is what the device shall show, if that changes.
pub fn alert(config: &PushConfig, envelope: &Envelope, badge: Option<u32>) -> AlertPayload {
    let VoipPayload {
        aps,
        call_id,
        payload,
        zpns,
        ..
    } = voip(config, envelope);
    let thread_id = (!config.thread_id.is_empty()).then(|| config.thread_id.clone());
    let zpns = call_id.is_some().then_some(zpns);
    AlertPayload {
        aps: AlertAps {
            alert: aps.alert,
            sound: "default",
            thread_id,
            badge,
        },
        call_id,
        payload,
        zpns,
    }
}

/// Writes the payload of an alert, if APNs takes one of this size. Where it is too large because of a call's `extendedData`, it goes without:
/// who follows the call hears that from the gateway.
pub fn encode_alert(mut payload: AlertPayload, whom: &str) -> Result<Vec<u8>, CallError> {
    let whole = encode(&payload, DeliveryKind::Alert, whom);
    let Some(zpns) = payload.zpns.as_mut().filter(|_| whole.is_err()) else {
        return whole;
    };
    zpns.extended_data = None;
    encode(&payload, DeliveryKind::Alert, whom)
}

/// Writes the payload, if APNs takes one of this size. `whom` names the recipient in the error.
pub fn encode(
    payload: &impl Serialize,
    kind: DeliveryKind,
    whom: &str,
) -> Result<Vec<u8>, CallError> {
    let limit = match kind {
        DeliveryKind::Voip => MAX_VOIP_BYTES,
        DeliveryKind::Alert => MAX_ALERT_BYTES,
    };
    // Plain structs of text and numbers: writing them as JSON can't fail.
    let json = serde_json::to_vec(payload).unwrap_or_default();
    if json.len() > limit {
        return Err(CallError::PayloadTooLarge {
            whom: whom.to_owned(),
            bytes: json.len(),
            limit,
        });
    }
    Ok(json)
}

#[cfg(test)]
mod tests {
    use super::super::CallPart;
    use super::*;

    fn envelope(call: Option<CallPart>) -> Envelope {
        Envelope {
            kind: PushKind::Invite,
            sent_at: 1,
            expires_at: 2,
            call,
        }
    }

    #[test]
    fn a_voip_payload_of_5120_bytes_fits_and_one_more_is_refused_by_how_much() {
        let empty = serde_json::to_vec(&voip(&PushConfig::default(), &envelope(None)))
            .unwrap()
            .len();
        let of = |bytes: usize| {
            let config = PushConfig {
                payload: "x".repeat(bytes - empty),
                ..PushConfig::default()
            };
            encode(&voip(&config, &envelope(None)), DeliveryKind::Voip, "bob")
        };
        assert_eq!(of(5120).unwrap().len(), 5120);
        assert!(
            of(5123)
                .unwrap_err()
                .to_string()
                .contains("5123 bytes, 3 more than the 5120")
        );
    }

    #[test]
    fn an_alert_carries_thread_and_badge_only_if_there_are_any() {
        let plain =
            serde_json::to_value(alert(&PushConfig::default(), &envelope(None), None)).unwrap();
        assert_eq!(
            plain,
            serde_json::json!({"aps": {"alert": {"title": "", "body": ""}, "sound": "default"}, "payload": ""})
        );
        let config = PushConfig {
            thread_id: "t".into(),
            ..PushConfig::default()
        };
        let full = serde_json::to_value(alert(&config, &envelope(None), Some(3))).unwrap();
        assert_eq!(
            (&full["aps"]["thread-id"], &full["aps"]["badge"]),
            (&"t".into(), &3.into())
        );
    }
}
