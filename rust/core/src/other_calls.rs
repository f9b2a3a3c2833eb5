//! The calls on this phone that are none of this app's: of another app, or cellular ones. The system names all calls there are; which of them
//! are this app's own is decided here.

use litemap::LiteMap;
use uuid::Uuid;

use crate::calls::Calls;

/// Most calls that are remembered, far above what a phone can have at once.
const MOST: usize = 64;

/// What the system said last.
#[derive(Debug, Default)]
pub(crate) struct OtherCalls {
    /// All calls that have not ended, this app's own among them.
    observed: LiteMap<Uuid, ()>,
}

impl OtherCalls {
    /// The system names the calls that have not ended.
    pub(crate) fn observe(&mut self, calls: Vec<Uuid>) {
        self.observed = LiteMap::new();
        // One by one: collecting a whole map brings code that sorts into the kit.
        for call in calls.into_iter().take(MOST) {
            self.observed.insert(call, ());
        }
    }

    /// How many go on. A call is compared with this app's own when it is asked about: the system names a call of this app's before this app
    /// knows that it has begun.
    pub(crate) fn count(&self, own: &Calls, now: u64) -> usize {
        let is_other = |uuid: &&Uuid| !own.is_own(**uuid, now);
        self.observed.keys().filter(is_other).count()
    }
}
