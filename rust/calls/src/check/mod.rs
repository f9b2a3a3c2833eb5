//! Whether what a request says can be used. Every error names the field and says what would be right.

mod invitation;
mod registration;

pub use invitation::{extended_data, installation, invite, user_id, verb};
pub use registration::{MAX_BADGE, badge, bundle_id, registration, token};

use zpns_protocol::errors::InvalidField;

/// The header `Idempotency-Key`: 1 to 255 visible ASCII characters.
pub fn idempotency_key(key: &str) -> Result<(), InvalidField> {
    let plain = |b: u8| matches!(b, b' '..=b'~' | b'\t');
    if (1..=255).contains(&key.len()) && key.bytes().all(plain) {
        return Ok(());
    }
    Err(InvalidField::new(
        "Idempotency-Key",
        "is 1 to 255 visible ASCII characters, as a UUID",
    ))
}

/// The header `Last-Event-ID`: the number of an event. An empty one says nothing, as browsers send it before the first event.
pub fn last_event_id(text: &str) -> Result<Option<u64>, InvalidField> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        InvalidField::new(
            "Last-Event-ID",
            "is the id of an event of this stream: a number",
        )
    })
}
