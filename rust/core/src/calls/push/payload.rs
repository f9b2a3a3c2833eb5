//! Reading a VoIP push. Total: any bytes give a [`Push`], what is missing or of the wrong type is filled in and noted.

use zpns_protocol::CallId;
use zpns_protocol::calls::{CallMode, limits};
use zpns_protocol::payload::{CancelReason, MAX_VOIP_BYTES, PushKind, keys};
use zpns_protocol::push_config::HandleType;

use super::loose::{self, Fields, Loose};
use crate::app::unnamed_caller;
use crate::calls::follow_address::FollowAddress;
use crate::effect::{CallUpdate, EndedReason, Handle};
use crate::nesting;

/// Longest name and handle that CallKit gets, in characters: far more than its screen shows.
const MAX_SHOWN: usize = 256;

/// A VoIP push, as far as it could be read.
#[derive(Debug)]
pub(in crate::calls) struct Push<'a> {
    /// The call's ID as it came: what the UUID is made of.
    pub(in crate::calls) raw_call_id: Option<String>,
    pub(in crate::calls) kind: PushKind,
    /// Why the call is over, for [`PushKind::Cancel`].
    pub(in crate::calls) reason: EndedReason,
    /// Never empty.
    pub(in crate::calls) name: String,
    /// Never empty.
    pub(in crate::calls) handle: Handle,
    pub(in crate::calls) video: bool,
    pub(in crate::calls) sent_at: Option<u64>,
    pub(in crate::calls) expires_at: Option<u64>,
    /// Seconds.
    pub(in crate::calls) timeout: u32,
    pub(in crate::calls) follow: Option<FollowAddress>,
    pub(in crate::calls) caller: Option<String>,
    pub(in crate::calls) user: Option<String>,
    pub(in crate::calls) mode: CallMode,
    pub(in crate::calls) extended_data: String,
    /// The whole push as JSON text, for JavaScript; `null` if it was no JSON, or too deep for JavaScript to read.
    pub(in crate::calls) json: &'a str,
    /// Whether it could be a call at all: a JSON object.
    pub(in crate::calls) readable: bool,
    /// Keys that could not be used.
    pub(in crate::calls) problems: Vec<&'static str>,
}

impl<'a> Push<'a> {
    pub(in crate::calls) fn decode(bytes: &'a [u8], app_name: &str) -> Self {
        let json = simdutf8::basic::from_utf8(bytes).unwrap_or_default();
        let (root, json) =
            loose::read(json).map_or((Loose::Null, "null"), |root| (root, json.trim()));
        let json = if nesting::is_too_deep(json) {
            "null"
        } else {
            json
        };
        let mut reader = Reader::default();
        let nothing = Fields::default();
        let (top, readable) = if let Loose::Object(top) = &root {
            (top, true)
        } else {
            (&nothing, false)
        };
        let aps = reader.object(top, keys::APS).unwrap_or(&nothing);
        let zego = reader
            .object(top, keys::ZEGO)
            .or_else(|| reader.object(aps, keys::ZEGO))
            .unwrap_or(&nothing);
        let zpns = reader
            .object(top, keys::ZPNS)
            .or_else(|| reader.object(aps, keys::ZPNS))
            .unwrap_or(&nothing);

        let title = match aps.get(keys::ALERT) {
            Some(Loose::Object(alert)) => reader.text(alert, keys::TITLE),
            _ => reader.text(aps, keys::ALERT),
        };
        let title = title.map(shown);
        let value = reader.text(zego, keys::HANDLE_VALUE).map(shown);
        let kind = reader.number(zego, keys::HANDLE_TYPE).and_then(|number| {
            HandleType::from_number(number).or_else(|| {
                reader.problems.push(keys::HANDLE_TYPE);
                None
            })
        });
        let unnamed = || shown(unnamed_caller(app_name).to_owned());
        let (name, handle) = match (title, value) {
            (Some(title), Some(value)) => (
                title,
                Handle {
                    kind: kind.unwrap_or_default(),
                    value,
                },
            ),
            (None, Some(value)) => (
                value.clone(),
                Handle {
                    kind: kind.unwrap_or_default(),
                    value,
                },
            ),
            // A title is no phone number, whatever type was named for the handle that is missing.
            (title, None) => {
                let name = title.unwrap_or_else(unnamed);
                (
                    name.clone(),
                    Handle {
                        kind: HandleType::Generic,
                        value: name,
                    },
                )
            }
        };
        let kind = match zpns.get(keys::KIND) {
            Some(Loose::Text(kind)) if kind == "cancel" => PushKind::Cancel,
            _ => PushKind::Invite,
        };
        let timeout = reader
            .number(zpns, keys::TIMEOUT)
            .and_then(|seconds| u32::try_from(seconds).ok())
            .filter(|seconds| *seconds > 0);
        let mode = reader
            .number(zpns, keys::MODE)
            .and_then(|mode| u8::try_from(mode).ok())
            .and_then(|mode| CallMode::try_from(mode).ok());
        let url = reader.carried(zpns, keys::FOLLOW_URL).filter(|url| {
            let good = url.starts_with("https://") || url.starts_with("http://");
            if !good {
                reader.problems.push(keys::FOLLOW_URL);
            }
            good
        });
        let token = reader.carried(zpns, keys::FOLLOW_TOKEN);
        Self {
            raw_call_id: reader
                .text(top, keys::CALL_ID)
                .or_else(|| reader.text(aps, keys::CALL_ID)),
            kind,
            reason: ended_reason(zpns),
            name,
            handle,
            video: reader.flag(zego, keys::HAS_VIDEO),
            sent_at: reader.time(zpns, keys::SENT_AT),
            expires_at: reader.time(zpns, keys::EXPIRES_AT),
            timeout: timeout
                .unwrap_or(limits::DEFAULT_TIMEOUT)
                .clamp(limits::MIN_TIMEOUT, limits::MAX_TIMEOUT),
            follow: url.zip(token).map(|(url, token)| FollowAddress {
                url: url.trim_end_matches('/').to_owned(),
                token,
            }),
            caller: reader.carried(zpns, keys::CALLER),
            user: reader.carried(zpns, keys::USER),
            mode: mode.unwrap_or_default(),
            extended_data: reader
                .carried(zpns, keys::EXTENDED_DATA)
                .unwrap_or_default(),
            readable,
            problems: reader.problems,
            json,
        }
    }

    /// The call's ID, where it is one that the gateway would take. An over-long one still has its UUID, but is not carried around.
    pub(in crate::calls) fn call_id(&self) -> Option<&str> {
        self.raw_call_id
            .as_deref()
            .filter(|id| CallId::check(id).is_ok())
    }

    /// When the call was or will be over, as far as the push says.
    pub(in crate::calls) fn over_at(&self) -> Option<u64> {
        self.expires_at.or_else(|| {
            self.sent_at
                .map(|at| at.saturating_add(u64::from(self.timeout) * 1000))
        })
    }

    /// When to stop ringing. Never later than the longest ring time from now, whatever the clocks of both sides say.
    pub(in crate::calls) fn ring_until(&self, now: u64) -> u64 {
        let longest = now.saturating_add(u64::from(limits::MAX_TIMEOUT) * 1000);
        self.expires_at
            .unwrap_or_else(|| now.saturating_add(u64::from(self.timeout) * 1000))
            .min(longest)
    }

    /// What CallKit shows.
    pub(in crate::calls) fn update(&self) -> CallUpdate {
        CallUpdate {
            remote_handle: Some(self.handle.clone()),
            localized_caller_name: Some(self.name.clone()),
            has_video: Some(self.video),
            ..CallUpdate::default()
        }
    }
}

/// How a call ended that a cancel is about. One that does not say was taken back.
fn ended_reason(zpns: &Fields<'_>) -> EndedReason {
    let reason = match zpns.get(keys::REASON) {
        Some(Loose::Text(text)) => CancelReason::ALL
            .into_iter()
            .find(|reason| reason.as_str() == text),
        _ => None,
    };
    match reason {
        Some(CancelReason::AnsweredElsewhere) => EndedReason::AnsweredElsewhere,
        Some(CancelReason::DeclinedElsewhere) => EndedReason::DeclinedElsewhere,
        Some(CancelReason::Cancelled) | None => EndedReason::RemoteEnded,
    }
}

/// Reads keys liberally and notes those that can't be used.
#[derive(Default)]
struct Reader {
    problems: Vec<&'static str>,
}

impl Reader {
    fn object<'f, 'a>(
        &mut self,
        fields: &'f Fields<'a>,
        key: &'static str,
    ) -> Option<&'f Fields<'a>> {
        match fields.get(key)? {
            Loose::Object(object) => Some(object),
            Loose::Null => None,
            _ => self.problem(key),
        }
    }

    /// Text that is not blank. Numbers are spelled out.
    fn text(&mut self, fields: &Fields<'_>, key: &'static str) -> Option<String> {
        match fields.get(key)? {
            Loose::Text(text) => Some(text)
                .filter(|text| !text.trim().is_empty())
                .map(|text| text.clone().into_owned()),
            Loose::Whole(number) => Some(number.to_string()),
            Loose::Real(number) => Some(number.to_string()),
            Loose::Null => None,
            _ => self.problem(key),
        }
    }

    /// Text that is kept as long as the call. One that is longer than a whole push can be did not come from APNs.
    fn carried(&mut self, fields: &Fields<'_>, key: &'static str) -> Option<String> {
        let text = self.text(fields, key)?;
        if text.len() <= MAX_VOIP_BYTES {
            Some(text)
        } else {
            self.problem(key)
        }
    }

    /// Unix milliseconds. Seconds, a common mistake of servers, are understood and noted.
    fn time(&mut self, fields: &Fields<'_>, key: &'static str) -> Option<u64> {
        /// As milliseconds this is a day in 1973, as seconds one in 5138.
        const FIRST_MS: u64 = 100_000_000_000;
        let at = self.number(fields, key).filter(|at| *at > 0)?;
        if at >= FIRST_MS {
            return Some(at);
        }
        self.problems.push(key);
        Some(at * 1000)
    }

    /// A number that is not negative, as such or as text.
    fn number(&mut self, fields: &Fields<'_>, key: &'static str) -> Option<u64> {
        let number = match fields.get(key)? {
            Loose::Whole(number) => Some(*number),
            Loose::Real(number) => whole(*number),
            // By way of JSON, which is linked anyway: the standard library's way to read a real brings 15 KB of tables.
            Loose::Text(text) => text.trim().parse().ok().or_else(|| {
                let real = serde_json::from_slice(text.trim().as_bytes());
                real.ok().and_then(whole)
            }),
            Loose::Null => return None,
            _ => None,
        };
        number.or_else(|| self.problem(key))
    }

    fn flag(&mut self, fields: &Fields<'_>, key: &'static str) -> bool {
        let flag = match fields.get(key) {
            Some(Loose::Flag(flag)) => Some(*flag),
            Some(Loose::Whole(number)) => Some(*number != 0),
            Some(Loose::Real(number)) => Some(*number != 0.0),
            Some(Loose::Text(text)) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => Some(true),
                "false" | "no" | "0" | "" => Some(false),
                _ => None,
            },
            Some(Loose::Null) | None => Some(false),
            _ => None,
        };
        flag.or_else(|| self.problem(key)).unwrap_or_default()
    }

    fn problem<T>(&mut self, key: &'static str) -> Option<T> {
        self.problems.push(key);
        None
    }
}

/// As much of a text as is shown.
fn shown(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_SHOWN) {
        text.truncate(end);
        text.shrink_to_fit();
    }
    text
}

/// The whole part of a number that is neither negative nor beyond what JSON counts exactly.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked"
)]
fn whole(number: f64) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_991.0;
    (0.0..=EXACT).contains(&number).then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn decode(body: &Value) -> Push<'static> {
        Push::decode(body.to_string().leak().as_bytes(), "Example")
    }

    #[test]
    fn the_documented_payload_is_read() {
        let push = decode(&json!({
            "aps": {"alert": {"title": "系统通话标题", "body": "your content"}},
            "zego": {"version": 1, "voip_has_video": true, "voip_handle_type": 2, "voip_handle_value": "+4930123"},
            "call_id": "call-42", "payload": "业务需要的透传字段",
            "zpns": {"v": 1, "kind": "invite", "sentAt": 1_764_000_000_000_u64, "expiresAt": 1_764_000_045_000_u64,
                     "followURL": "https://push.example/v1/calls/call-42", "followToken": "t", "caller": "alice", "user": "bob",
                     "mode": 1, "extendedData": "x", "timeout": 45}
        }));
        assert_eq!(push.call_id(), Some("call-42"));
        assert_eq!(push.name, "系统通话标题");
        assert_eq!(
            push.handle,
            Handle {
                kind: HandleType::PhoneNumber,
                value: "+4930123".into()
            }
        );
        assert!(push.video && push.readable && push.problems.is_empty());
        assert_eq!(
            (push.expires_at, push.timeout, push.mode),
            (Some(1_764_000_045_000), 45, CallMode::Advanced)
        );
        assert_eq!(
            (
                push.caller.as_deref(),
                push.user.as_deref(),
                push.extended_data.as_str()
            ),
            (Some("alice"), Some("bob"), "x")
        );
        assert_eq!(
            push.follow.unwrap().url,
            "https://push.example/v1/calls/call-42"
        );
    }

    #[test]
    fn a_string_alert_is_the_name_and_stands_in_for_a_missing_handle() {
        let push = decode(&json!({"aps": {"alert": "Alice"}, "zego": {"voip_handle_type": 2}}));
        assert_eq!(push.name, "Alice");
        assert_eq!(
            push.handle,
            Handle {
                kind: HandleType::Generic,
                value: "Alice".into()
            }
        );
    }

    #[test]
    fn keys_inside_aps_count_where_they_are_missing_at_the_top() {
        let push = decode(
            &json!({"aps": {"call_id": "c", "zego": {"voip_handle_value": "v"}, "zpns": {"expiresAt": 1_764_000_000_005_u64}}}),
        );
        assert_eq!(
            (push.call_id(), push.handle.value.as_str(), push.expires_at),
            (Some("c"), "v", Some(1_764_000_000_005))
        );
    }

    #[test]
    fn without_a_name_the_app_is_shown_and_without_that_unknown() {
        assert_eq!(decode(&json!({})).handle.value, "Example");
        let push = Push::decode(b"{}", "");
        assert_eq!(
            (push.name.as_str(), push.handle.value.as_str()),
            ("Unknown", "Unknown")
        );
    }

    #[test]
    fn flags_and_numbers_are_taken_in_any_spelling() {
        for video in [json!(true), json!(1), json!("1"), json!("true"), json!(1.0)] {
            assert!(
                decode(&json!({"zego": {"voip_has_video": video}})).video,
                "{video}"
            );
        }
        for video in [
            json!(false),
            json!(0),
            json!("0"),
            json!("false"),
            json!(null),
            json!([]),
        ] {
            assert!(
                !decode(&json!({"zego": {"voip_has_video": video}})).video,
                "{video}"
            );
        }
        let push = decode(
            &json!({"call_id": 17, "zego": {"voip_handle_type": "3", "voip_handle_value": 5}, "zpns": {"expiresAt": "1764000000012.7"}}),
        );
        assert_eq!(push.call_id(), Some("17"));
        assert_eq!(
            push.handle,
            Handle {
                kind: HandleType::EmailAddress,
                value: "5".into()
            }
        );
        assert_eq!(push.expires_at, Some(1_764_000_000_012));
    }

    #[test]
    fn times_in_seconds_are_understood_and_noted() {
        let push = decode(
            &json!({"call_id": "c", "zpns": {"expiresAt": 1_764_000_045, "sentAt": 1_764_000_000_000_u64}}),
        );
        assert_eq!(push.expires_at, Some(1_764_000_045_000));
        assert_eq!(push.sent_at, Some(1_764_000_000_000));
        assert_eq!(push.problems, ["expiresAt"]);
    }

    #[test]
    fn keys_of_the_wrong_type_are_named_and_filled_in() {
        let push = decode(
            &json!({"aps": 1, "zego": "x", "call_id": {}, "zpns": {"expiresAt": -1, "followURL": "ftp://x", "timeout": []}}),
        );
        assert!(push.readable);
        assert_eq!(push.call_id(), None);
        assert_eq!(push.handle.value, "Example");
        assert_eq!((push.expires_at, push.timeout), (None, 90));
        for key in [
            "aps",
            "zego",
            "call_id",
            "expiresAt",
            "followURL",
            "timeout",
        ] {
            assert!(push.problems.contains(&key), "{key}");
        }
        let push = decode(&json!({"zego": {"voip_handle_type": 7, "voip_handle_value": "v"}}));
        assert_eq!(push.handle.kind, HandleType::Generic);
        assert_eq!(push.problems, [keys::HANDLE_TYPE]);
    }

    #[test]
    fn what_is_no_json_object_is_unreadable_but_still_has_a_name_and_a_handle() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for (bytes, json) in [
            (&b""[..], "null"),
            (b"\xff\xfe", "null"),
            (b"{\"a\":\"\xff\"}", "null"),
            (b"{\"a\":", "null"),
            (b"null", "null"),
            (b" [1] ", "[1]"),
            (b"\"x\"", "\"x\""),
            (deep.as_bytes(), "null"),
        ] {
            let push = Push::decode(bytes, "");
            assert!(!push.readable);
            assert_eq!(push.json, json);
            assert_eq!(push.handle.value, "Unknown");
        }
    }

    #[test]
    fn huge_texts_are_shown_in_part_and_an_over_long_call_id_is_not_carried() {
        let huge = "通".repeat(400_000);
        let push = decode(&json!({"aps": {"alert": huge}, "call_id": huge}));
        assert_eq!(push.name.chars().count(), MAX_SHOWN);
        assert_eq!(push.call_id(), None);
        assert_eq!(push.raw_call_id.unwrap().len(), huge.len());
    }

    #[test]
    fn what_can_t_be_held_or_carried_is_noted_and_the_rest_is_a_call() {
        let long = "x".repeat(MAX_VOIP_BYTES + 1);
        let json = format!(
            r#"{{"call_id":"c","aps":{{"alert":"\ud83d"}},"zpns":{{"expiresAt":1e999,"followToken":"{long}","caller":"{long}","user":"bob"}}}}"#
        );
        let push = Push::decode(json.as_bytes(), "Example");
        assert!(push.readable);
        assert_eq!(
            (push.call_id(), push.name.as_str(), push.user.as_deref()),
            (Some("c"), "Example", Some("bob"))
        );
        assert_eq!(
            (
                push.expires_at,
                push.caller.as_deref(),
                push.follow.is_some()
            ),
            (None, None, false)
        );
        for key in [
            keys::ALERT,
            keys::EXPIRES_AT,
            keys::FOLLOW_TOKEN,
            keys::CALLER,
        ] {
            assert!(push.problems.contains(&key), "{key}");
        }
        assert_eq!(push.json, json);
    }

    #[test]
    fn ringing_is_bounded_whatever_the_clocks_say() {
        let push = decode(&json!({"zpns": {"expiresAt": u64::MAX}}));
        assert_eq!(push.ring_until(1000), 601_000);
        assert_eq!(decode(&json!({})).ring_until(1000), 91_000);
    }
}
