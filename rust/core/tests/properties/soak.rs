//! The same properties for a time instead of a number of cases: `scripts/soak.sh`.

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestError, TestRng, TestRunner};

use crate::step::{self, Step};
use crate::world::{MOST_STEPS, play};

/// Cases between two looks at the clock.
const ROUND: u32 = 200;
const REPORT_EVERY: Duration = Duration::from_secs(10);

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn steps(round: u64) -> BoxedStrategy<Vec<Step>> {
    match round % 4 {
        3 => vec(step::about_several_calls(), 1..MOST_STEPS * 3).boxed(),
        0 => vec(step::about_calls(), 1..MOST_STEPS * 3).boxed(),
        1 => vec(step::about_registration(), 1..MOST_STEPS * 3).boxed(),
        _ => vec(step::about_everything(), 1..MOST_STEPS * 3).boxed(),
    }
}

/// `ZPNS_SOAK`: for how many seconds. `ZPNS_SOAK_SEED`: repeats an earlier run.
#[test]
#[ignore = "runs for minutes: scripts/soak.sh"]
fn the_invariants_hold_for_a_long_time() {
    let seconds = number("ZPNS_SOAK").unwrap_or(60);
    let seed = number("ZPNS_SOAK_SEED").unwrap_or_else(|| std::process::id().into());
    println!("seed {seed}, {seconds} s");
    // Every step of shrinking panics; only the last one is of interest, and proptest tells it.
    std::panic::set_hook(Box::new(|_| {}));
    let began = Instant::now();
    let (mut reported, mut cases, mut played, mut round) = (began, 0_u64, 0_u64, 0_u64);
    while began.elapsed() < Duration::from_secs(seconds) {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&round.to_le_bytes());
        let config = ProptestConfig {
            cases: ROUND,
            failure_persistence: None,
            max_shrink_iters: 100_000,
            ..ProptestConfig::default()
        };
        let mut runner =
            TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let count = std::cell::Cell::new(0_u64);
        let outcome = runner.run(&(step::build(), steps(round)), |(build, steps)| {
            count.set(count.get() + steps.len() as u64);
            play(build, &steps);
            Ok(())
        });
        if let Err(error) = outcome {
            let _ = std::panic::take_hook();
            match error {
                TestError::Fail(reason, case) => {
                    panic!("seed {seed}, round {round}: {reason}\nthe shortest case: {case:#?}")
                }
                TestError::Abort(reason) => panic!("seed {seed}, round {round}: {reason}"),
            }
        }
        cases += u64::from(ROUND);
        played += count.get();
        round += 1;
        if reported.elapsed() >= REPORT_EVERY {
            reported = Instant::now();
            println!(
                "{:>5} s  {cases} cases, {played} steps, no violation",
                began.elapsed().as_secs()
            );
        }
    }
    let _ = std::panic::take_hook();
    println!(
        "held: {cases} cases, {played} steps in {} s, seed {seed}",
        began.elapsed().as_secs()
    );
}
