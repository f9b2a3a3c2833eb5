//! When to ask iOS to keep the app running in the background: while something that the gateway must hear is under way, and never for
//! longer than iOS allows. Used by [`crate::Core`] after each input.

/// How long the app is kept running for one thing after another, in milliseconds. iOS gives about 30 seconds, and ends an app that takes
/// more.
const LONGEST_MS: u64 = 25_000;

/// What is under way, so that something new can be told from what was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Work {
    /// Number of the newest delivery of the outbox, if one waits.
    pub(crate) delivery: Option<u64>,
    /// Number of the newest invitation that the gateway has not answered.
    pub(crate) invitation: Option<u64>,
    /// Whether the gateway is being told that this device is registered no more.
    pub(crate) removal: bool,
}

/// Whether the app is kept running.
#[derive(Debug, Default)]
pub(crate) struct KeepAwake {
    since: Option<u64>,
    /// The work that the time ran out on: only other work is worth asking again.
    given_up: Option<Work>,
}

impl KeepAwake {
    /// Looks at what is under way. Comes back with what to tell the system, if that is something new.
    pub(crate) fn update(&mut self, work: Option<Work>, now: u64) -> Option<bool> {
        match (work, self.since) {
            (None, since) => {
                self.given_up = None;
                self.since = None;
                since.map(|_| false)
            }
            (Some(work), Some(since)) if since.saturating_add(LONGEST_MS) <= now => {
                self.stop(Some(work));
                Some(false)
            }
            (Some(_), Some(_)) => None,
            (Some(work), None) if self.given_up == Some(work) => None,
            (Some(_), None) => {
                self.since = Some(now);
                Some(true)
            }
        }
    }

    /// The system's time ran out first. Comes back with what to tell the system.
    pub(crate) fn expired(&mut self, work: Option<Work>) -> Option<bool> {
        self.since?;
        self.stop(work);
        Some(false)
    }

    /// The app is in front: from here on there is time again.
    pub(crate) fn renew(&mut self) {
        self.given_up = None;
    }

    /// When to look again.
    pub(crate) fn deadline(&self) -> Option<u64> {
        self.since.map(|since| since.saturating_add(LONGEST_MS))
    }

    fn stop(&mut self, work: Option<Work>) {
        self.since = None;
        self.given_up = work;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORK: Option<Work> = Some(work(1));

    const fn work(delivery: u64) -> Work {
        Work {
            delivery: Some(delivery),
            invitation: None,
            removal: false,
        }
    }

    #[test]
    fn the_app_is_kept_awake_while_there_is_work() {
        let mut awake = KeepAwake::default();
        assert_eq!(awake.update(None, 0), None);
        assert_eq!(awake.update(WORK, 0), Some(true));
        assert_eq!(awake.update(Some(work(2)), 10), None);
        assert_eq!(awake.update(None, 20), Some(false));
        assert_eq!(awake.deadline(), None);
    }

    #[test]
    fn work_that_takes_too_long_is_left_until_there_is_other_work_or_the_app_is_in_front() {
        let mut awake = KeepAwake::default();
        awake.update(WORK, 0);
        assert_eq!(awake.deadline(), Some(LONGEST_MS));
        assert_eq!(awake.update(WORK, LONGEST_MS), Some(false));
        assert_eq!(awake.update(WORK, LONGEST_MS + 1), None);
        awake.renew();
        assert_eq!(awake.update(WORK, LONGEST_MS + 2), Some(true));
        assert_eq!(awake.expired(WORK), Some(false));
        assert_eq!(awake.expired(WORK), None, "it is told once");
        assert_eq!(awake.update(WORK, LONGEST_MS + 3), None);
        assert_eq!(awake.update(Some(work(2)), LONGEST_MS + 4), Some(true));
    }
}
