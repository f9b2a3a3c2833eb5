//! JSON of which only some keys matter, and whose types are not to be trusted.
//!
//! Reading a push is on the way to the first ring, so nothing is built of what is not asked for: other keys are skipped. Where a kept value
//! is good JSON that Rust has no type for (a number beyond a double, half of a surrogate pair), that value is unusable and not the whole.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use zpns_protocol::payload::keys;

/// The keys that are kept, wherever they are.
const KEPT: [&str; 20] = [
    keys::APS,
    keys::ALERT,
    keys::TITLE,
    keys::ZEGO,
    keys::HAS_VIDEO,
    keys::HANDLE_TYPE,
    keys::HANDLE_VALUE,
    keys::CALL_ID,
    keys::ZPNS,
    keys::KIND,
    keys::REASON,
    keys::SENT_AT,
    keys::EXPIRES_AT,
    keys::FOLLOW_URL,
    keys::FOLLOW_TOKEN,
    keys::CALLER,
    keys::USER,
    keys::MODE,
    keys::EXTENDED_DATA,
    keys::TIMEOUT,
];

/// As many kept keys as the largest object of a push has: room for them is made at once.
const USUAL_FIELDS: usize = 12;

/// A value.
#[derive(Debug)]
pub(super) enum Loose<'a> {
    Text(Cow<'a, str>),
    Whole(u64),
    Real(f64),
    Flag(bool),
    Null,
    List,
    Object(Fields<'a>),
    /// JSON that can't be held.
    Unusable,
}

/// Levels in which kept keys mean something: as `title` in `alert` in `aps`.
const LEVELS: usize = 3;

/// Reads a document; none where it is no JSON.
pub(super) fn read(json: &str) -> Option<Loose<'_>> {
    serde_json::from_str(json)
        .ok()
        .or_else(|| piecemeal(json, LEVELS))
}

/// Reads the kept values of an object one by one: slower, and only those that can't be held are lost.
fn piecemeal(json: &str, levels: usize) -> Option<Loose<'_>> {
    let Pieces(pieces) = serde_json::from_str(json).ok()?;
    Some(Loose::Object(Fields(
        pieces
            .into_iter()
            .map(|(key, piece)| (key, held(piece, levels)))
            .collect(),
    )))
}

fn held(piece: &RawValue, levels: usize) -> Loose<'_> {
    let whole = serde_json::from_str(piece.get()).ok();
    whole
        .or_else(|| piecemeal(piece.get(), levels.checked_sub(1)?))
        .unwrap_or(Loose::Unusable)
}

/// The kept keys of an object.
#[derive(Debug, Default)]
pub(super) struct Fields<'a>(Vec<(&'static str, Loose<'a>)>);

impl<'a> Fields<'a> {
    /// The value of a key; the last one where it is there twice.
    pub(super) fn get(&self, key: &str) -> Option<&Loose<'a>> {
        self.0
            .iter()
            .rev()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    }
}

impl<'de> Deserialize<'de> for Loose<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Loose::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Loose::Whole(number))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "negative numbers mean nothing in a push"
    )]
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Loose::Real(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Loose::Real(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Loose::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::with_capacity(USUAL_FIELDS);
        while let Some(Key(key)) = map.next_key()? {
            match key {
                Some(key) => fields.push((key, map.next_value()?)),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Loose::Object(Fields(fields)))
    }
}

/// The kept keys of an object with what is behind them.
struct Pieces<'a>(Vec<(&'static str, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pieces<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PiecesVisitor;
        impl<'de> Visitor<'de> for PiecesVisitor {
            type Value = Pieces<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pieces = Vec::new();
                while let Some((key, piece)) = map.next_entry::<&RawValue, &RawValue>()? {
                    // A key that can't be held is none of those that are kept.
                    if let Ok(Key(Some(key))) = serde_json::from_str(key.get()) {
                        pieces.push((key, piece));
                    }
                }
                Ok(Pieces(pieces))
            }
        }
        deserializer.deserialize_map(PiecesVisitor)
    }
}

/// A kept key, or none.
struct Key(Option<&'static str>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E>(self, text: &str) -> Result<Key, E> {
                Ok(Key(KEPT.into_iter().find(|key| *key == text)))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_keys_are_read_and_the_others_skipped() {
        let json = r#"{"x":[1,{"call_id":2}],"call_id":"a","call_id":"b\n","zpns":{"timeout":1.5,"y":null,"kind":null}}"#;
        let Loose::Object(fields) = serde_json::from_str(json).unwrap() else {
            panic!("no object")
        };
        assert!(matches!(fields.get(keys::CALL_ID), Some(Loose::Text(text)) if text == "b\n"));
        let Some(Loose::Object(zpns)) = fields.get(keys::ZPNS) else {
            panic!("no object")
        };
        assert!(matches!(zpns.get(keys::TIMEOUT), Some(Loose::Real(_))));
        assert!(matches!(zpns.get(keys::KIND), Some(Loose::Null)));
        assert!(fields.get("x").is_none());
    }

    #[test]
    fn a_value_that_can_t_be_held_is_lost_alone() {
        for value in ["1e999", "-1e999", r#""\ud83d""#, r#"{"title":[1e999]}"#] {
            let json = format!(
                r#"{{"call_id":"c","\ud83d":1,"aps":{{"alert":{{"title":{value}}},"call_id":"d"}}}}"#
            );
            let Some(Loose::Object(fields)) = read(&json) else {
                panic!("no object: {json}")
            };
            assert!(
                matches!(fields.get(keys::CALL_ID), Some(Loose::Text(text)) if text == "c"),
                "{json}"
            );
            let Some(Loose::Object(aps)) = fields.get(keys::APS) else {
                panic!("no object: {json}")
            };
            let Some(Loose::Object(alert)) = aps.get(keys::ALERT) else {
                panic!("no object: {json}")
            };
            assert!(
                matches!(
                    alert.get(keys::TITLE),
                    Some(Loose::Unusable | Loose::Object(_))
                ),
                "{json}"
            );
            assert!(aps.get(keys::CALL_ID).is_some(), "{json}");
        }
        for json in [
            r#"{"call_id":"c","aps":1e}"#,
            "{\"call_id\":\"c\",\"a\0\":1}",
            "{\"call_id\":\"a\0\"}",
        ] {
            assert!(read(json).is_none(), "{json}");
        }
    }

    #[test]
    fn kept_keys_that_nest_too_deep_are_an_error_and_no_overflow() {
        let deep = format!("{}1{}", r#"{"aps":"#.repeat(100_000), "}".repeat(100_000));
        assert!(serde_json::from_str::<Loose<'_>>(&deep).is_err());
        assert!(matches!(read(&deep), Some(Loose::Object(_))));
    }
}
