//! Times of many runs of one thing, and their percentiles.

use std::time::Duration;

use serde::Serialize;

/// Percentiles of a set of times, in nanoseconds.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Latency {
    pub(crate) runs: usize,
    pub(crate) median_ns: u64,
    pub(crate) p99_ns: u64,
    pub(crate) p999_ns: u64,
    pub(crate) worst_ns: u64,
}

impl Latency {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |per_mille: usize| {
            let index = times.len().saturating_sub(1) * per_mille / 1000;
            times
                .get(index)
                .map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
        };
        Self {
            runs: times.len(),
            median_ns: at(500),
            p99_ns: at(990),
            p999_ns: at(999),
            worst_ns: at(1000),
        }
    }
}
