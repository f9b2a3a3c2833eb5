//! Placeholders of scenario files, and the partial comparison that expectations use.

use serde_json::{Map, Value, json};
use zpns_protocol::call_uuid;

/// The UUID of a call as JavaScript and the timeline have it.
pub(crate) fn upper(call_id: &str) -> String {
    call_uuid(call_id).to_string().to_uppercase()
}

/// Fills placeholders in what a step says: `{"$uuidOf": "call-42"}`, and `{"$now": 45000}` for a moment that far from now.
pub(crate) fn fill(value: &Value, now: u64) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| fill(item, now)).collect(),
        Value::Object(fields) => {
            if let Some(call) = fields.get("$uuidOf") {
                return json!(upper(call.as_str().unwrap()));
            }
            if let Some(distance) = fields.get("$now") {
                return json!(now.saturating_add_signed(distance.as_i64().unwrap()));
            }
            Value::Object(
                fields
                    .iter()
                    .map(|(key, item)| (key.clone(), fill(item, now)))
                    .collect::<Map<_, _>>(),
            )
        }
        other => other.clone(),
    }
}

/// Where `actual` is not as `expected`, in words. Objects may have more fields than are expected, lists not.
pub(crate) fn mismatch(expected: &Value, actual: Option<&Value>, at: &str) -> Option<String> {
    let wrong = || {
        Some(format!(
            "{at} is {} instead of {expected}",
            actual.map_or("nothing".to_owned(), Value::to_string)
        ))
    };
    match expected {
        Value::Object(fields) if fields.contains_key("$any") => {
            if actual.is_none_or(Value::is_null) {
                wrong()
            } else {
                None
            }
        }
        Value::Object(fields) if fields.contains_key("$absent") => {
            if actual.is_some() {
                wrong()
            } else {
                None
            }
        }
        Value::Object(fields) if fields.contains_key("$startsWith") => {
            let start = fields["$startsWith"].as_str().unwrap();
            if actual
                .and_then(Value::as_str)
                .is_some_and(|text| text.starts_with(start))
            {
                None
            } else {
                wrong()
            }
        }
        Value::Object(fields) => {
            let Some(Value::Object(actual)) = actual else {
                return wrong();
            };
            fields
                .iter()
                .find_map(|(key, item)| mismatch(item, actual.get(key), &format!("{at}.{key}")))
        }
        Value::Array(items) => match actual {
            Some(Value::Array(actual)) if actual.len() == items.len() => items
                .iter()
                .zip(actual)
                .enumerate()
                .find_map(|(index, (item, actual))| {
                    mismatch(item, Some(actual), &format!("{at}[{index}]"))
                }),
            _ => wrong(),
        },
        plain => {
            if Some(plain) == actual {
                None
            } else {
                wrong()
            }
        }
    }
}
