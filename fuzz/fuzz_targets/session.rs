//! Bytes as a life of a phone, two for each step, judged by the oracles of all invariants.
#![no_main]
#![allow(dead_code, unreachable_pub)]

#[path = "../../rust/core/tests/properties/call_kit.rs"]
mod call_kit;
#[path = "../../rust/core/tests/properties/gateway.rs"]
mod gateway;
#[path = "../../rust/core/tests/properties/oracles/mod.rs"]
mod oracles;
#[path = "../../rust/core/tests/properties/phone.rs"]
mod phone;
#[path = "../../rust/core/tests/properties/step.rs"]
mod step;
#[path = "../../rust/core/tests/support/mod.rs"]
mod support;
#[path = "../../rust/core/tests/properties/world.rs"]
mod world;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// What a strategy gives for these bytes: the same each time, whatever comes before or after them.
fn chosen<T: Strategy>(strategy: &T, bytes: &[u8]) -> T::Value {
    let mut seed = [0; 32];
    seed.iter_mut()
        .zip(bytes)
        .for_each(|(seed, byte)| *seed = *byte);
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    strategy
        .new_tree(&mut runner)
        .expect("no strategy rejects")
        .current()
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (first, rest) = bytes.split_at(bytes.len().min(1));
    let step = step::about_everything();
    let steps: Vec<step::Step> = rest
        .chunks(2)
        .take(world::MOST_STEPS)
        .map(|bytes| chosen(&step, bytes))
        .collect();
    world::play(chosen(&step::build(), first), &steps);
});
