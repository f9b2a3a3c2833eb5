//! The events of a user: those of all calls that the user takes part in, in one order. Each has a cursor, by which a stream that broke goes
//! on where it was.
//!
//! A gateway keeps one row for each event and each user who hears it, and never changes its cursor.

use zpns_protocol::calls::{Call, CallEvent};

use crate::auth::{LEEWAY, Principal};

/// The users who hear of a call: all who take part, from the first event to the last.
pub fn listeners(call: &Call) -> impl Iterator<Item = &str> {
    call.participants.iter().map(|user| user.user_id.as_str())
}

/// Whether this event says how its call stands until the next one comes: a stream that does not resume begins with the newest such event of
/// each call. Calls that are over are not among them.
pub const fn is_standing(event: &CallEvent) -> bool {
    !event.call.state.is_over()
}

/// The cursor of a user's next event. `newest` is that of the last one, 0 if there is none.
///
/// It is the time, and more than the last: no cursor is given twice, even if old events were deleted meanwhile.
pub const fn next_cursor(newest: u64, now: u64) -> u64 {
    let next = newest.saturating_add(1);
    if now > next { now } else { next }
}

/// When a stream that this principal opened ends, Unix milliseconds: when the token is good no longer. The app's backend is asked for another,
/// and may refuse a user who was locked out.
pub const fn ends_at(principal: &Principal) -> u64 {
    match principal {
        Principal::User { expires_at, .. } => {
            expires_at.saturating_add(LEEWAY).saturating_mul(1000)
        }
        Principal::Server { .. } | Principal::Follower { .. } => u64::MAX,
    }
}

/// What a stream begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// How every call stands that is not over.
    WithStanding,
    /// Every event after this cursor.
    After(u64),
}

impl Begin {
    /// For a client that knows all events up to `known`. `newest` is the user's newest cursor, 0 if there is none. A cursor beyond it
    /// was not given by this gateway, or by a database that was lost.
    pub fn of(known: Option<u64>, newest: u64) -> Self {
        match known {
            Some(known) if known <= newest => Self::After(known),
            _ => Self::WithStanding,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_go_up_whatever_the_clock_does() {
        assert_eq!(next_cursor(0, 1000), 1000);
        assert_eq!(next_cursor(1000, 1000), 1001);
        assert_eq!(next_cursor(1001, 500), 1002);
        assert_eq!(next_cursor(1002, 2000), 2000);
    }

    #[test]
    fn a_stream_ends_when_its_token_is_good_no_longer() {
        let bob = Principal::User {
            app: "app".into(),
            user: "bob".into(),
            expires_at: 600,
        };
        assert_eq!(ends_at(&bob), 630_000);
    }

    #[test]
    fn a_cursor_that_is_not_of_this_gateway_counts_as_none() {
        assert_eq!(Begin::of(Some(10), 10), Begin::After(10));
        assert_eq!(Begin::of(Some(0), 0), Begin::After(0));
        assert_eq!(Begin::of(Some(11), 10), Begin::WithStanding);
        assert_eq!(Begin::of(None, 10), Begin::WithStanding);
    }
}
