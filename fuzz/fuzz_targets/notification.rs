//! Any bytes as `userInfo` of a notification.
#![no_main]

#[path = "../../rust/core/tests/hostile_input/entry_points/mod.rs"]
mod entry_points;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    entry_points::notification::check(bytes);
});
