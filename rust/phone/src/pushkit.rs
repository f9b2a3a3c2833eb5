//! The PushKit daemon: which pushes reach the app, and what happens to one that does not report its calls.

use std::collections::VecDeque;

/// After so many pushes without a report, no more are delivered.
const MOST_STRIKES: u32 = 3;
/// How long an app has to take and report a push, in milliseconds.
pub(crate) const TAKE_WITHIN: u64 = 7_000;
/// Most pushes that wait for an app that starts; older ones go.
const MOST_WAITING: usize = 16;

/// What the daemon knows about the app, which outlives its processes.
#[derive(Debug, Default)]
pub(crate) struct PushKit {
    /// Whether the app asked for VoIP pushes: it is launched for them.
    pub(crate) registered: bool,
    strikes: u32,
    waiting: VecDeque<Vec<u8>>,
}

impl PushKit {
    /// The app got a push and reported no call. How often that was.
    pub(crate) fn strike(&mut self) -> u32 {
        self.strikes = self.strikes.saturating_add(1);
        self.strikes
    }

    /// How often the app got a push and reported no call.
    pub(crate) const fn strikes(&self) -> u32 {
        self.strikes
    }

    /// "failed to report an incoming call too many times": the app is not launched for VoIP pushes any more.
    pub(crate) const fn stopped(&self) -> bool {
        self.strikes >= MOST_STRIKES
    }

    /// A push for an app that starts and has not made its registry yet.
    pub(crate) fn wait(&mut self, payload: Vec<u8>) {
        if self.waiting.len() >= MOST_WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(payload);
    }

    /// The next push that waits for the app.
    pub(crate) fn next_waiting(&mut self) -> Option<Vec<u8>> {
        self.waiting.pop_front()
    }

    pub(crate) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }
}
