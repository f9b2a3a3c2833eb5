//! Any bytes as a VoIP push.
#![no_main]

#[path = "../../rust/core/tests/hostile_input/entry_points/mod.rs"]
mod entry_points;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    entry_points::payload::check(bytes);
});
