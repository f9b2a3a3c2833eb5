//! The calls on this phone that are none of this app's: of another app, or cellular ones. The system names all calls there are; which of them
//! are this app's own is decided here.

use uuid::Uuid;

use crate::calls::Calls;

/// Most calls that are remembered, far above what a phone can have at once.
const MOST: usize = 64;

/// What the system said last.
#[derive(Debug, Default)]
pub(crate) struct OtherCalls {
    /// All calls that have not ended, this app's own among them.
    observed: Vec<Uuid>,
}

impl OtherCalls {
    /// The system names the calls that have not ended.
    pub(crate) fn observe(&mut self, mut calls: Vec<Uuid>) {
        calls.sort_unstable();
        calls.dedup();
        calls.truncate(MOST);
        self.observed = calls;
    }

    /// How many go on. A call is compared with this app's own when it is asked about: the system names a call of this app's before this app
    /// knows that it has begun.
    pub(crate) fn count(&self, own: &Calls, now: u64) -> usize {
        let is_other = |uuid: &&Uuid| !own.is_own(**uuid, now);
        self.observed.iter().filter(is_other).count()
    }
}
