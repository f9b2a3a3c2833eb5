//! Invariant 6: Every promise settles.

use std::collections::BTreeSet;

use super::Oracle;
use crate::world::{Cause, End, Moment};

#[derive(Default)]
pub struct Promises {
    open: BTreeSet<u64>,
}

impl Oracle for Promises {
    fn see(&mut self, moment: &Moment<'_>) {
        match moment.cause {
            Cause::Launch(_) => self.open.clear(),
            Cause::Invoke { id, .. } => {
                self.open.insert(*id);
            }
            _ => {}
        }
        for (id, answer) in moment.answers {
            assert!(self.open.remove(id), "6: a promise settles once");
            let fields = answer.as_object().expect("6: an answer is an object");
            assert_eq!(fields.len(), 1, "6: an answer is ok or an error");
            if let Some(error) = fields.get("error") {
                for field in ["code", "domain", "message"] {
                    assert!(
                        error[field].as_str().is_some_and(|text| !text.is_empty()),
                        "6: an error says its {field}"
                    );
                }
            } else {
                assert!(fields.contains_key("ok"), "6: an answer is ok or an error");
            }
        }
    }

    fn end(&mut self, _end: &End<'_>) {
        assert!(
            self.open.is_empty(),
            "6: every promise settles, these did not: {:?}",
            self.open
        );
    }
}
