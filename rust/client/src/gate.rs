//! Lets one thread at a time into the driver, in the order in which they came.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

/// A lock that the thread which holds it may take again, and that can be closed for good.
///
/// It can be closed while a thread is inside. So a port that shuts the client down never waits for a thread that waits for that port.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The thread that is inside, and how many times it entered.
    inside: Option<(ThreadId, usize)>,
    /// Each thread that has to wait draws a ticket, and enters when it is called up.
    tickets_drawn: u64,
    tickets_called: u64,
    is_closed: bool,
}

impl Gate {
    /// Does this once no other thread is inside. The thread that is inside does it at once. None, and nothing done, if the gate is closed.
    pub(crate) fn enter<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        let _pass = self.wait()?;
        Some(work())
    }

    /// Sends away who waits and whoever comes. Who is inside is left alone.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    fn wait(&self) -> Option<Pass<'_>> {
        let me = thread::current().id();
        let mut state = self.lock();
        if state.is_closed {
            return None;
        }
        if let Some((inside, entries)) = &mut state.inside
            && *inside == me
        {
            *entries += 1;
            return Some(Pass(self));
        }
        let ticket = state.tickets_drawn;
        state.tickets_drawn += 1;
        let mut state = self
            .changed
            .wait_while(state, |state| !state.is_closed && !state.admits(ticket))
            .unwrap_or_else(PoisonError::into_inner);
        if state.is_closed {
            return None;
        }
        state.tickets_called += 1;
        state.inside = Some((me, 1));
        Some(Pass(self))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn admits(&self, ticket: u64) -> bool {
        self.inside.is_none() && self.tickets_called == ticket
    }
}

/// One entry, left when dropped.
struct Pass<'a>(&'a Gate);

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        match &mut state.inside {
            Some((_, entries)) if *entries > 1 => *entries -= 1,
            _ => state.inside = None,
        }
        if state.inside.is_none() && state.tickets_called != state.tickets_drawn {
            self.0.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::mpsc::channel;

    use super::*;

    fn wait_until(gate: &Gate, condition: impl Fn(&State) -> bool) {
        while !condition(&gate.lock()) {
            thread::yield_now();
        }
    }

    #[test]
    fn the_thread_that_is_inside_may_enter_again() {
        let gate = Gate::default();
        assert_eq!(gate.enter(|| gate.enter(|| 1)), Some(Some(1)));
        assert_eq!(gate.enter(|| 2), Some(2), "and has left");
    }

    #[test]
    fn a_thread_that_entered_twice_is_inside_until_it_left_twice() {
        let gate = Gate::default();
        thread::scope(|scope| {
            gate.enter(|| {
                gate.enter(|| ());
                let other = scope.spawn(|| gate.enter(|| ()));
                wait_until(&gate, |state| state.tickets_drawn == 2);
                assert!(!other.is_finished());
                assert!(gate.lock().inside.is_some());
            });
        });
    }

    #[test]
    fn threads_enter_in_the_order_in_which_they_came() {
        let gate = Gate::default();
        let (entered, order) = channel();
        thread::scope(|scope| {
            gate.enter(|| {
                for number in 0..8 {
                    let (gate, entered) = (&gate, entered.clone());
                    scope.spawn(move || gate.enter(|| entered.send(number)));
                    wait_until(gate, |state| state.tickets_drawn == number + 2);
                }
            });
        });
        drop(entered);
        assert!(order.iter().eq(0..8));
    }

    #[test]
    fn closing_sends_away_who_waits_and_whoever_comes() {
        let gate = Gate::default();
        thread::scope(|scope| {
            gate.enter(|| {
                let waiting = scope.spawn(|| gate.enter(|| ()));
                wait_until(&gate, |state| state.tickets_drawn == 2);
                gate.close();
                assert_eq!(waiting.join().unwrap(), None);
                assert_eq!(gate.enter(|| ()), None, "even from inside");
            });
        });
        assert_eq!(gate.enter(|| ()), None);
    }

    #[test]
    fn a_panic_inside_leaves_the_gate_open_for_others() {
        let gate = Gate::default();
        let work = || gate.enter(|| std::panic::resume_unwind(Box::new(())));
        assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
        let other = thread::scope(|scope| scope.spawn(|| gate.enter(|| 1)).join());
        assert_eq!(other.unwrap(), Some(1));
    }
}
