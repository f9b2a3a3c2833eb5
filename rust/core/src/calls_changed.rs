//! `callsChanged`: JavaScript that listens to it hears how its calls stand, at once and after every change. Used by [`crate::Core`] at the
//! end of each input. Nothing waits for JavaScript that does not listen: who begins to listen is told how the calls stand then.

use serde_json::json;

use crate::call::Calls;
use crate::effect::Event;
use crate::event::EventKind;
use crate::mailbox::Mailbox;

/// What JavaScript was told last.
#[derive(Debug, Default)]
pub(crate) struct CallsChanged {
    /// The body of the last event. None where whoever listens has not been told anything.
    told: Option<String>,
}

impl CallsChanged {
    /// Somebody begins to listen, who has not been told anything.
    pub(crate) fn listen(&mut self) {
        self.told = None;
    }

    /// Looks at the calls as `getCalls` answers them. Comes back with an event if they are not as they were told last. `skew` is how far
    /// `now` is ahead of the clock.
    pub(crate) fn update(
        &mut self,
        calls: &Calls,
        mailbox: &mut Mailbox,
        now: u64,
        skew: u64,
    ) -> Option<Event> {
        if !mailbox.is_listened_to(EventKind::CallsChanged) {
            return None;
        }
        let body = json!({ "calls": calls.all(skew) }).to_string();
        if self.told.as_ref() == Some(&body) {
            return None;
        }
        self.told = Some(body.clone());
        mailbox.post(EventKind::CallsChanged, body, now.saturating_sub(skew))
    }
}
