use crate::error::ClientError;

/// Panics, to show what becomes of a panic on the other side.
#[uniffi::export]
#[expect(
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "that is what it is for"
)]
pub fn panic_on_purpose() -> Result<(), ClientError> {
    panic!("on purpose")
}
