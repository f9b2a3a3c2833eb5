//! The clocks around a core, and its own: milliseconds that never go back and do not jump with the device's clock.

/// The time of one input, by two clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// By a clock that nobody sets, in milliseconds: it says how much time has passed. Where it begins does not matter; Unix time is usual.
    pub steady: u64,
    /// What the device's clock shows, Unix milliseconds. It may be wrong, and it may jump.
    pub wall: u64,
}

impl From<u64> for Time {
    /// Where there is one clock only.
    fn from(now: u64) -> Self {
        Self {
            steady: now,
            wall: now,
        }
    }
}

/// How far the gateway's clock may seem to move before that is worth telling: its `Date` has no fractions of a second.
const NOTABLE_MS: u64 = 2_000;
/// In the middle of the second that `Date` names.
const HALF_A_SECOND_MS: u64 = 500;

/// What the core knows of clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks {
    /// The core's own time.
    now: u64,
    /// How far it is ahead of the steady clock, which went back although nobody may set it.
    correction: u64,
    /// How far the device's clock is ahead of the core's time.
    wall_ahead: i64,
    /// How far the gateway's clock is ahead of the core's time, once it was heard.
    gateway_ahead: Option<i64>,
}

impl Clocks {
    pub(crate) fn new(time: Time) -> Self {
        let mut clocks = Self {
            now: time.steady,
            correction: 0,
            wall_ahead: 0,
            gateway_ahead: None,
        };
        clocks.advance(time);
        clocks
    }

    /// It is this late now. The core's time never goes back.
    pub(crate) fn advance(&mut self, time: Time) {
        let back = self.now.saturating_sub(time.steady);
        self.correction = self.correction.max(back);
        self.now = time.steady.saturating_add(self.correction);
        self.wall_ahead = ahead(time.wall, self.now);
    }

    pub(crate) const fn now(&self) -> u64 {
        self.now
    }

    /// A time of the core by the steady clock.
    pub(crate) const fn to_steady(self, at: u64) -> u64 {
        at.saturating_sub(self.correction)
    }

    /// A time of the core as the device's clock would show it.
    pub(crate) const fn to_wall_clock(self, at: u64) -> u64 {
        at.saturating_add_signed(self.wall_ahead)
    }

    /// A time by the device's clock as one of the core.
    pub(crate) const fn wall_to_core(self, at: u64) -> u64 {
        at.saturating_add_signed(self.wall_ahead.saturating_neg())
    }

    /// Whether the gateway's clock was heard.
    pub(crate) const fn knows_gateway(self) -> bool {
        self.gateway_ahead.is_some()
    }

    /// A time of the core as the gateway's clock would show it. As long as that is not known, the device's is taken for it.
    pub(crate) fn to_gateway_clock(self, at: u64) -> u64 {
        at.saturating_add_signed(self.gateway_ahead.unwrap_or(self.wall_ahead))
    }

    /// A time by the gateway's clock as one of the core.
    pub(crate) fn gateway_to_core(self, at: u64) -> u64 {
        let ahead = self.gateway_ahead.unwrap_or(self.wall_ahead);
        at.saturating_add_signed(ahead.saturating_neg())
    }

    /// The gateway's clock shows this. Whether times by it are notably others now.
    pub(crate) fn learn_gateway(&mut self, date: u64) -> bool {
        let before = self.gateway_ahead.unwrap_or(self.wall_ahead);
        let now = ahead(date.saturating_add(HALF_A_SECOND_MS), self.now);
        let is_notable = before.abs_diff(now) >= NOTABLE_MS;
        // What is known to the millisecond stays while it may be true.
        self.gateway_ahead = Some(if is_notable { now } else { before });
        is_notable
    }
}

/// How far one time is ahead of another.
fn ahead(of: u64, at: u64) -> i64 {
    let by = i64::try_from(of.abs_diff(at)).unwrap_or(i64::MAX);
    if of >= at { by } else { by.saturating_neg() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_764_000_000_000;

    #[test]
    fn a_clock_that_is_set_moves_no_time_of_the_core() {
        let mut clocks = Clocks::new(START.into());
        let steady = START + 1_000;
        for wall in [START + 3_600_000, START - 3_600_000] {
            clocks.advance(Time { steady, wall });
            assert_eq!(clocks.now(), START + 1_000);
            assert_eq!(clocks.to_wall_clock(clocks.now()), wall);
            assert_eq!(clocks.wall_to_core(wall + 5), START + 1_005);
        }
    }

    #[test]
    fn time_goes_on_where_it_was_if_the_steady_clock_goes_back() {
        let mut clocks = Clocks::new(START.into());
        clocks.advance((START - 10_000).into());
        assert_eq!(clocks.now(), START);
        assert_eq!(clocks.to_steady(START + 5), START - 9_995);
        clocks.advance((START - 9_000).into());
        assert_eq!(clocks.now(), START + 1_000);
    }

    #[test]
    fn the_gateways_clock_counts_once_it_was_heard() {
        let mut clocks = Clocks::new(START.into());
        assert_eq!(clocks.gateway_to_core(START + 7), START + 7);
        assert!(!clocks.learn_gateway(START), "as the device's");
        assert!(clocks.knows_gateway());
        assert_eq!(clocks.gateway_to_core(START + 7), START + 7);
        assert!(clocks.learn_gateway(START + 60_000));
        assert_eq!(clocks.gateway_to_core(START + 60_500), START);
        assert_eq!(clocks.to_gateway_clock(START), START + 60_500);
        assert!(!clocks.learn_gateway(START + 61_000), "within its second");
        let (steady, wall) = (START, START + 3_600_000);
        clocks.advance(Time { steady, wall });
        assert_eq!(clocks.to_gateway_clock(START), START + 60_500);
    }
}
