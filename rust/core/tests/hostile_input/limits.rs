//! How much time and memory an entry point may take.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use crate::allocations;
use crate::entry_points::work;

/// For one input, without optimisation.
const MOST_TIME: Duration = Duration::from_millis(250);
/// Tries: one that was interrupted is not slow.
const TRIES: usize = 5;
/// Beside what came: a phone with its tables.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// For each byte that came: two bytes of JSON can be a value of 32 in a list that doubles as it grows.
const MOST_BYTES_PER_BYTE: usize = 100;

/// Plays a check at an entry point: it holds, takes no longer than it may, and no more memory.
pub fn hold(what: &str, bytes: usize, check: impl Fn() -> Duration) {
    let mut took = Duration::MAX;
    for _ in 0..TRIES {
        let (time, peak) = allocations::peak(|| report(what, &check));
        let most = MOST_BYTES + MOST_BYTES_PER_BYTE * bytes;
        assert!(
            peak <= most,
            "{what}: {bytes} bytes made the core take {peak}"
        );
        took = took.min(time);
        if took <= MOST_TIME {
            return;
        }
        work::ask_the_system();
    }
    panic!("{what}: one input of {bytes} bytes took {took:?}");
}

/// Names the document where a check does not hold.
fn report(what: &str, check: impl Fn() -> Duration) -> Duration {
    std::panic::catch_unwind(AssertUnwindSafe(check))
        .unwrap_or_else(|_| panic!("it does not hold for: {what}"))
}
