//! What a device is sent: which token, which topic, which payload, until when.

mod call_push;
mod envelope;
mod payload;
mod percent;
mod plan;

pub use call_push::CallPush;
pub use envelope::{CallPart, Envelope, follow_url};
pub use payload::{AlertPayload, alert, encode, encode_alert, voip};
pub use plan::{ALERT_LIFETIME, Planned, plan};
