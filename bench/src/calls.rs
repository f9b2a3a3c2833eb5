//! The calls that are rung with: their IDs and their pushes.

use serde_json::json;

pub(crate) fn call_id(number: u64) -> String {
    format!("call-{number}")
}

/// A payload of about 1 KB, as the gateway writes it, but for the follow URL: nothing here goes to a network.
pub(crate) fn payload(number: u64) -> Vec<u8> {
    let payload = json!({
        "aps": { "alert": { "title": "系统通话标题", "body": "your content" } },
        "zego": { "version": 1, "voip_has_video": true, "voip_handle_type": 1, "voip_handle_value": "发送方联系人信息" },
        "call_id": call_id(number),
        "payload": "业务需要的透传字段".repeat(24),
        "zpns": { "v": 1, "kind": "invite", "sentAt": 1_764_000_000_000_u64, "expiresAt": 4_102_444_800_000_u64, "caller": "alice", "user": "bob", "mode": 0, "timeout": 90 },
    });
    payload.to_string().into_bytes()
}
