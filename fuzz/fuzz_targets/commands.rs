//! Any text as the parameters of every method.
#![no_main]

#[path = "../../rust/core/tests/nasties/doors/mod.rs"]
mod doors;

libfuzzer_sys::fuzz_target!(|params: &str| {
    doors::commands::check(params);
});
