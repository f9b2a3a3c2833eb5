//! How long this thread has worked.

use std::cell::Cell;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

thread_local! {
    static ASKS: Cell<bool> = const { Cell::new(false) };
}

/// From now on this thread asks the system, which can tell its work from what the machine did for others meanwhile. That takes longer than
/// most inputs do.
pub fn ask_the_system() {
    ASKS.set(true);
}

/// The time that passed; or, where the system is asked and says it (Linux), the time on a processor.
pub fn worked() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let by_system = if ASKS.get() { by_system() } else { None };
    by_system.unwrap_or_else(|| START.elapsed())
}

/// The first number of `schedstat`: nanoseconds on a processor.
fn by_system() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ')
        .next()?
        .parse()
        .ok()
        .map(Duration::from_nanos)
}
