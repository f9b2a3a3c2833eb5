//! Any bytes as `userInfo` of a notification.
#![no_main]

#[path = "../../rust/core/tests/nasties/doors/mod.rs"]
mod doors;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    doors::notification::check(bytes);
});
