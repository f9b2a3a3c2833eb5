//! What an earlier process stored.

use std::time::Duration;

use serde_json::Value;
use zpns_core::{Input, Stored};

use super::phone::{Phone, START, reports};

/// Any bytes as stored state: read or begun anew, the phone rings, and what is stored next reads as itself.
pub fn check(bytes: &[u8]) -> Duration {
    let mut phone = Phone::launch(Stored::Bytes(bytes));
    let first = phone
        .core
        .snapshot()
        .expect("storage can be read")
        .to_bytes();
    assert!(
        first.len() <= 1024 + 2 * bytes.len(),
        "{} bytes of state become {}",
        bytes.len(),
        first.len()
    );
    let second = snapshot(&first);
    assert_eq!(second, snapshot(&second), "what was stored comes back");

    let effects = phone.give(Input::VoipPush {
        payload: br#"{"call_id":"never heard of"}"#,
        must_report: true,
    });
    let state: Value = serde_json::from_slice(&first).expect("state is JSON");
    let expected = usize::from(state["call_kit_off"] != true);
    assert_eq!(
        reports(&effects),
        expected,
        "the phone rings, unless the app switched CallKit off"
    );
    phone.rest();

    let mut locked = Phone::launch(Stored::Unreadable);
    assert_eq!(
        locked.core.snapshot(),
        None,
        "what can't be read is not overwritten"
    );
    locked.give(Input::StorageReadable(Some(bytes)));
    assert!(locked.core.snapshot().is_some());
    locked.rest();
    locked.now = u64::MAX - START;
    locked.give(Input::Tick);
    phone.slowest.max(locked.slowest)
}

fn snapshot(bytes: &[u8]) -> Vec<u8> {
    Phone::launch(Stored::Bytes(bytes))
        .core
        .snapshot()
        .expect("storage can be read")
        .to_bytes()
}
