//! Any bytes as a gateway's answers and events.
#![no_main]

#[path = "../../rust/core/tests/nasties/doors/mod.rs"]
mod doors;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    doors::gateway::check(bytes);
});
