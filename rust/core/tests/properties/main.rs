//! The core's invariants, each an oracle that watches random interleavings of everything that can happen to a phone.
//!
//! `step` says what can happen, `world` makes inputs of it and carries effects out, `oracles` judge. `PROPTEST_CASES` sets the number of
//! cases of every property, `PROPTEST_MAX_SHRINK_ITERS` how long a shorter one is sought when one fails; `scripts/soak.sh` runs for a time.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod backoff;
mod call_kit;
mod flood;
mod gateway;
mod oracles;
mod phone;
mod soak;
mod step;
mod world;

#[path = "../support/mod.rs"]
mod support;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::world::{MOST_STEPS, play};

/// `cases` of them, or as many as `PROPTEST_CASES` says.
fn config(cases: u32) -> ProptestConfig {
    let set = |name| std::env::var(name).ok()?.parse().ok();
    ProptestConfig {
        cases: set("PROPTEST_CASES").unwrap_or(cases),
        failure_persistence: None,
        max_shrink_iters: set("PROPTEST_MAX_SHRINK_ITERS").unwrap_or(5_000),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(750))]

    #[test]
    fn the_invariants_hold_whatever_happens_to_calls(build in step::build(), steps in vec(step::about_calls(), 1..MOST_STEPS)) {
        play(build, &steps);
    }

    #[test]
    fn the_invariants_hold_whatever_happens_to_several_calls(build in step::build(), steps in vec(step::about_several_calls(), 1..MOST_STEPS)) {
        play(build, &steps);
    }

    #[test]
    fn the_invariants_hold_whatever_happens_to_the_registration(build in step::build(), steps in vec(step::about_registration(), 1..MOST_STEPS)) {
        play(build, &steps);
    }

    #[test]
    fn the_invariants_hold_whatever_happens_to_the_process(build in step::build(), steps in vec(step::about_everything(), 1..MOST_STEPS)) {
        play(build, &steps);
    }
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn the_same_inputs_give_the_same_effects(build in step::build(), steps in vec(step::about_everything(), 1..MOST_STEPS)) {
        prop_assert_eq!(play(build, &steps).trace, play(build, &steps).trace);
    }
}
