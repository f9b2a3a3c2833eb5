//! Invariants 10 and 12: state survives restart. What a new process would have to know is stored with the input that changed it.

use super::Oracle;
use crate::world::Moment;

pub struct Stored;

impl Oracle for Stored {
    fn see(&mut self, moment: &Moment<'_>) {
        if let Some(unsaved) = &moment.unsaved {
            assert_eq!(
                unsaved.stored, unsaved.now,
                "10: what changed is stored at once"
            );
        }
    }
}
