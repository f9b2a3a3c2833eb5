//! Any text as the parameters of every method.
#![no_main]

#[path = "../../rust/core/tests/hostile_input/entry_points/mod.rs"]
mod entry_points;

libfuzzer_sys::fuzz_target!(|params: &str| {
    entry_points::commands::check(params);
});
