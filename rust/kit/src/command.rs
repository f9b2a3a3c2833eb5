//! A command as JSON: `{"op": "answer", "phone": 0, "uuid": "…"}`. Its fields are taken one by one; what is left over is an error, so that
//! a misspelt field never goes unnoticed.

use serde_json::{Map, Value};
use uuid::Uuid;
use zpns_protocol::parse_uuid;

use crate::world::KitError;

/// A command and its fields that nobody has taken yet.
pub(crate) struct Command {
    op: String,
    fields: Map<String, Value>,
}

impl Command {
    pub(crate) fn from_json(json: &str) -> Result<Self, KitError> {
        let parsed: Result<Value, _> = serde_json::from_slice(json.as_bytes());
        let Ok(Value::Object(mut fields)) = parsed else {
            return Err(KitError::new("a command is a JSON object: {\"op\": …}"));
        };
        let Some(Value::String(op)) = fields.remove("op") else {
            return Err(KitError::new("a command names what to do: {\"op\": …}"));
        };
        Ok(Self { op, fields })
    }

    /// What to do.
    pub(crate) fn op(&self) -> &str {
        &self.op
    }

    /// A field as it is; null where there is none.
    pub(crate) fn json(&mut self, key: &str) -> Value {
        self.fields.remove(key).unwrap_or_default()
    }

    pub(crate) fn text(&mut self, key: &str) -> Result<String, KitError> {
        let text = self.maybe_text(key)?;
        text.ok_or_else(|| self.wants(key, "text"))
    }

    pub(crate) fn maybe_text(&mut self, key: &str) -> Result<Option<String>, KitError> {
        match self.json(key) {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            _ => Err(self.wants(key, "text")),
        }
    }

    pub(crate) fn number(&mut self, key: &str) -> Result<u64, KitError> {
        let number = self.maybe_number(key)?;
        number.ok_or_else(|| self.wants(key, "a whole number, not below 0"))
    }

    pub(crate) fn maybe_number(&mut self, key: &str) -> Result<Option<u64>, KitError> {
        match self.json(key) {
            Value::Null => Ok(None),
            value => match value.as_u64() {
                Some(number) => Ok(Some(number)),
                None => Err(self.wants(key, "a whole number, not below 0")),
            },
        }
    }

    pub(crate) fn signed(&mut self, key: &str) -> Result<i64, KitError> {
        let number = self.json(key).as_i64();
        number.ok_or_else(|| self.wants(key, "a whole number"))
    }

    /// True or false; false where there is none.
    pub(crate) fn flag(&mut self, key: &str) -> Result<bool, KitError> {
        match self.json(key) {
            Value::Null => Ok(false),
            Value::Bool(flag) => Ok(flag),
            _ => Err(self.wants(key, "true or false")),
        }
    }

    pub(crate) fn uuid(&mut self, key: &str) -> Result<Uuid, KitError> {
        let uuid = self.maybe_uuid(key)?;
        uuid.ok_or_else(|| self.wants(key, "a UUID"))
    }

    pub(crate) fn maybe_uuid(&mut self, key: &str) -> Result<Option<Uuid>, KitError> {
        match self.maybe_text(key)? {
            None => Ok(None),
            Some(text) => match parse_uuid(&text) {
                Some(uuid) => Ok(Some(uuid)),
                None => Err(KitError::new(format!(
                    "{key} must be a UUID, {text:?} is none"
                ))),
            },
        }
    }

    /// Every field must have been taken; a null one counts as left out.
    pub(crate) fn finish(self) -> Result<(), KitError> {
        let mut left = self.fields.iter().filter(|(_, value)| !value.is_null());
        match left.next() {
            None => Ok(()),
            Some((key, _)) => Err(KitError::new(format!("{} has no field {key}", self.op))),
        }
    }

    pub(crate) fn unknown(&self) -> KitError {
        KitError::new(format!("the kit has no command {}", self.op))
    }

    fn wants(&self, key: &str, what: &str) -> KitError {
        KitError::new(format!("{} wants {key}: {what}", self.op))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_field_is_refused_and_named() {
        let mut command = Command::from_json(r#"{"op":"answer","uid":"a"}"#).unwrap();
        assert_eq!(
            command.uuid("uuid").unwrap_err().message,
            "answer wants uuid: a UUID"
        );
        assert_eq!(
            command.finish().unwrap_err().message,
            "answer has no field uid"
        );
    }

    #[test]
    fn a_call_id_in_place_of_a_uuid_is_refused() {
        let mut command = Command::from_json(r#"{"op":"answer","uuid":"call-42"}"#).unwrap();
        let error = command.uuid("uuid").unwrap_err();
        assert!(
            error.message.contains("uuid must be a UUID"),
            "{}",
            error.message
        );
    }
}
