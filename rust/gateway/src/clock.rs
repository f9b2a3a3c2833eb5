//! The wall clock, in the unit of the wire.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix milliseconds.
pub fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Unix milliseconds as whole seconds, rounded up so that nothing expires early.
pub const fn seconds(ms: u64) -> u64 {
    ms.div_ceil(1000)
}
