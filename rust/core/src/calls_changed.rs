//! `callsChanged`: JavaScript that listens to it hears how its calls stand, at once and after every change. Used by [`crate::Core`] at the
//! end of each input. Nothing waits for JavaScript that does not listen: who begins to listen is told how the calls stand then.

use serde_json::json;

use crate::calls::Calls;
use crate::clocks::Clocks;
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

    /// Looks at the calls as `getCalls` answers them. Comes back with an event if they are not as they were told last.
    pub(crate) fn update(
        &mut self,
        calls: &Calls,
        mailbox: &mut Mailbox,
        clocks: Clocks,
    ) -> Option<Event> {
        if !mailbox.is_listened_to(EventKind::CallsChanged) {
            return None;
        }
        let body = json!({ "calls": calls.to_json(clocks) }).to_string();
        if self.told.as_ref() == Some(&body) {
            return None;
        }
        self.told = Some(body.clone());
        let at = clocks.to_wall_clock(clocks.now());
        mailbox.post(EventKind::CallsChanged, body, at, None, None)
    }
}
