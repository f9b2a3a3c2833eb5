//! Reading JSON of which a part is damaged: what reads is taken, what does not is skipped and named.
//!
//! The types that are read know nothing of this. What can't be read whole is read field by field, and a list element by element: a value
//! is readable if an object that holds it alone is.

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

/// Most fields of one object. What follows them is skipped unread, so that nothing takes long that no phone ever stored.
const MOST_FIELDS: usize = 100;
/// Most elements that one list may lose. The rest of a list with more is skipped unread, for the same reason.
const MOST_SKIPPED: usize = 1000;
/// Longest value that is tried on its own, for the same reason.
const LONGEST_VALUE: usize = 256 * 1024;

/// What could not be read: `account.user_id`, or `calls.outbox (1 of 3)`. Only names of this library's own fields, and counts.
#[derive(Debug, Default)]
pub(super) struct Skipped(Vec<String>);

impl Skipped {
    pub(super) fn add(&mut self, name: String) {
        if !self.0.contains(&name) {
            self.0.push(name);
        }
    }

    /// The names; none if nothing was skipped.
    pub(super) fn names(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join(", "))
    }
}

/// The fields of an object in order, as far as it is JSON and not too many, and whether that is all of it.
pub(super) fn fields(json: &[u8]) -> (Vec<(String, &RawValue)>, bool) {
    let mut fields = Vec::new();
    let mut reader = serde_json::Deserializer::from_slice(json);
    let read = Fields(&mut fields).deserialize(&mut reader);
    let is_whole = read.and_then(|()| reader.end()).is_ok();
    (fields, is_whole)
}

/// Reads a value; one that can't be read leaves what was there.
pub(super) fn read_value<T: DeserializeOwned>(
    slot: &mut T,
    name: &str,
    json: &str,
    skipped: &mut Skipped,
) {
    match serde_json::from_slice(json.as_bytes()) {
        Ok(value) => *slot = value,
        Err(_) => skipped.add(name.to_owned()),
    }
}

/// Reads an object as far as it can be read; what is none leaves what was there.
pub(super) fn read_object<T: DeserializeOwned>(
    slot: &mut T,
    name: &str,
    json: &str,
    skipped: &mut Skipped,
) {
    let mut read = |json: &str| match serde_json::from_slice(json.as_bytes()) {
        Ok(value) => {
            *slot = value;
            true
        }
        Err(_) => false,
    };
    if !read(json) {
        let reads = &|json: &str| serde_json::from_slice::<T>(json.as_bytes()).is_ok();
        if let Some(part) = readable_part(name, json, reads, skipped) {
            read(&part);
        }
    }
}

/// What can be read of an object, as JSON. `reads` says whether a text can be.
fn readable_part(
    name: &str,
    json: &str,
    reads: &dyn Fn(&str) -> bool,
    skipped: &mut Skipped,
) -> Option<String> {
    let reads = &|key: &str, value: &str| reads(&format!("{{{}}}", field(key, value)));
    let (found, is_whole) = fields(json.as_bytes());
    if !is_whole {
        skipped.add(name.to_owned());
    }
    if found.is_empty() {
        return None;
    }
    let mut kept: Vec<(String, String)> = Vec::new();
    for (key, value) in found {
        let value = value.get();
        let readable = if value.starts_with('[') {
            readable_elements(name, &key, value, reads, skipped)
        } else if value.len() > LONGEST_VALUE {
            skipped.add(name.to_owned());
            None
        } else if reads(&key, value) {
            Some(value.to_owned())
        } else {
            skipped.add(format!("{name}.{key}"));
            None
        };
        if let Some(value) = readable {
            // Where a key is there twice, the last value that can be read counts.
            kept.retain(|(before, _)| *before != key);
            kept.push((key, value));
        }
    }
    let kept: Vec<String> = kept.iter().map(|(key, value)| field(key, value)).collect();
    Some(format!("{{{}}}", kept.join(",")))
}

/// What can be read of a list. Nothing where no list is expected.
fn readable_elements(
    name: &str,
    key: &str,
    json: &str,
    reads: &dyn Fn(&str, &str) -> bool,
    skipped: &mut Skipped,
) -> Option<String> {
    let (mut kept, mut lost) = (Vec::new(), 0);
    let mut keep = |element: &str| {
        if element.len() <= LONGEST_VALUE && reads(key, &format!("[{element}]")) {
            kept.push(element.to_owned());
        } else {
            lost += 1;
        }
        lost <= MOST_SKIPPED
    };
    let mut reader = serde_json::Deserializer::from_slice(json.as_bytes());
    let is_whole = Elements(&mut keep).deserialize(&mut reader).is_ok();
    let total = kept.len() + lost;
    let kept = Some(format!("[{}]", kept.join(","))).filter(|kept| reads(key, kept));
    match (&kept, lost) {
        (Some(_), 0) => {}
        (Some(_), _) if is_whole => skipped.add(format!("{name}.{key} ({lost} of {total})")),
        (Some(_), _) => skipped.add(format!("{name}.{key} (more than {MOST_SKIPPED})")),
        (None, _) => skipped.add(format!("{name}.{key}")),
    }
    kept
}

fn field(key: &str, value: &str) -> String {
    format!("{}:{value}", serde_json::Value::from(key))
}

/// Adds what it reads before it fails, if it fails.
struct Fields<'a, 'de>(&'a mut Vec<(String, &'de RawValue)>);

impl<'de> DeserializeSeed<'de> for Fields<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            if self.0.len() == MOST_FIELDS {
                return Err(A::Error::custom("too many fields"));
            }
            // A key that can't be held is none of this library's.
            if let Ok(key) = serde_json::from_slice(key.get().as_bytes()) {
                self.0.push((key, value));
            }
        }
        Ok(())
    }
}

/// Hands over one element after the other, until it is told to stop.
struct Elements<'a>(&'a mut dyn FnMut(&str) -> bool);

impl<'de> DeserializeSeed<'de> for Elements<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(element) = list.next_element::<&RawValue>()? {
            if !(self.0)(element.get()) {
                return Err(A::Error::custom("too much of it can't be read"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Part {
        number: u32,
        text: String,
        list: Vec<u8>,
    }

    fn salvaged(json: &str) -> (Part, Option<String>) {
        let mut skipped = Skipped::default();
        let mut part = Part::default();
        read_object(&mut part, "part", json, &mut skipped);
        (part, skipped.names())
    }

    fn part(number: u32, text: &str, list: &[u8]) -> Part {
        Part {
            number,
            text: text.to_owned(),
            list: list.to_vec(),
        }
    }

    #[test]
    fn a_field_that_can_t_be_read_costs_nothing_else() {
        for number in ["-1", "[-1]", "{}", "1e999", "\"1\""] {
            let json = format!(r#"{{"number":{number},"text":"a","list":[1],"other":1e999}}"#);
            let (read, skipped) = salvaged(&json);
            assert_eq!(read, part(0, "a", &[1]), "{json}");
            assert_eq!(skipped.as_deref(), Some("part.number"), "{json}");
        }
    }

    #[test]
    fn elements_that_can_t_be_read_cost_no_other_element() {
        let (read, skipped) = salvaged(r#"{"number":7,"list":[1,"x",2,{"a":[1]},3]}"#);
        assert_eq!(read, part(7, "", &[1, 2, 3]));
        assert_eq!(skipped.as_deref(), Some("part.list (2 of 5)"));
    }

    #[test]
    fn a_long_list_is_not_lost_because_of_what_is_beside_it() {
        let list = vec!["255"; LONGEST_VALUE / 4 + 1].join(",");
        let (read, skipped) = salvaged(&format!(r#"{{"list":[{list}],"number":-1}}"#));
        assert_eq!(read.list.len(), LONGEST_VALUE / 4 + 1);
        assert_eq!(skipped.as_deref(), Some("part.number"));
    }

    #[test]
    fn of_a_key_that_is_there_twice_the_last_value_that_can_be_read_counts() {
        let (read, skipped) =
            salvaged(r#"{"number":1,"n\u0075mber":2,"number":"x","text":"a","text":"b"}"#);
        assert_eq!(read, part(2, "b", &[]));
        assert_eq!(skipped.as_deref(), Some("part.number"));
    }

    #[test]
    fn what_is_no_object_is_skipped_whole() {
        for json in ["7", "\"text\"", "null", "[[]]"] {
            let (read, skipped) = salvaged(json);
            assert_eq!(read, Part::default(), "{json}");
            assert_eq!(skipped.as_deref(), Some("part"), "{json}");
        }
    }

    #[test]
    fn a_list_that_lost_very_many_elements_is_given_up() {
        let list = format!("{{\"list\":[1,{}2]}}", "\"x\",".repeat(MOST_SKIPPED + 1));
        let (read, skipped) = salvaged(&list);
        assert_eq!(read, part(0, "", &[1]));
        assert_eq!(skipped.as_deref(), Some("part.list (more than 1000)"));
    }
}
