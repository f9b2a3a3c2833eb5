//! UUIDs in JSON in upper case, as `NSUUID` and this package's events write them.

use serde::Serializer;
use uuid::Uuid;

/// A UUID.
pub(crate) fn one<S: Serializer>(uuid: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(uuid.hyphenated().encode_upper(&mut Uuid::encode_buffer()))
}

/// A UUID or null.
#[expect(clippy::ref_option, reason = "serde's signature")]
pub(crate) fn maybe<S: Serializer>(uuid: &Option<Uuid>, serializer: S) -> Result<S::Ok, S::Error> {
    match uuid {
        Some(uuid) => one(uuid, serializer),
        None => serializer.serialize_none(),
    }
}
