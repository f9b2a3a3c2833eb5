//! Who carries out which effect when: all of them in order, one at a time, each on the thread whose input caused it.

use std::collections::VecDeque;
use std::thread::ThreadId;

/// Things to do that wait for their turn.
#[derive(Debug)]
pub(crate) struct Turns<T> {
    queue: VecDeque<(ThreadId, T)>,
    performing: Option<ThreadId>,
}

/// What a thread has to do now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn<T> {
    /// Do this, then say [`Turns::finished`].
    Perform(T),
    /// Wait until another thread has finished something.
    Wait,
    /// Nothing: all that it put in was done, or it is inside an effect, and the outer call does the rest.
    Done,
}

impl<T> Turns<T> {
    pub(crate) const fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            performing: None,
        }
    }

    /// Puts things at the end. `owner` will do them.
    pub(crate) fn enqueue(&mut self, owner: ThreadId, items: impl IntoIterator<Item = T>) {
        self.queue
            .extend(items.into_iter().map(|item| (owner, item)));
    }

    /// What thread `me` has to do now.
    pub(crate) fn next(&mut self, me: ThreadId) -> Turn<T> {
        if self.performing == Some(me) || !self.queue.iter().any(|(owner, _)| *owner == me) {
            return Turn::Done;
        }
        if self.performing.is_some() || self.queue.front().is_some_and(|(owner, _)| *owner != me) {
            return Turn::Wait;
        }
        let Some((_, item)) = self.queue.pop_front() else {
            return Turn::Done;
        };
        self.performing = Some(me);
        Turn::Perform(item)
    }

    /// What [`Turn::Perform`] gave was done.
    pub(crate) fn finished(&mut self) {
        self.performing = None;
    }

    /// Forgets what was not begun.
    pub(crate) fn clear(&mut self) {
        self.queue.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn another_thread() -> ThreadId {
        thread::spawn(|| thread::current().id()).join().unwrap()
    }

    #[test]
    fn a_thread_does_its_own_in_order() {
        let me = thread::current().id();
        let mut turns = Turns::new();
        turns.enqueue(me, ["a", "b"]);
        assert_eq!(turns.next(me), Turn::Perform("a"));
        turns.finished();
        assert_eq!(turns.next(me), Turn::Perform("b"));
        turns.finished();
        assert_eq!(turns.next(me), Turn::Done);
    }

    #[test]
    fn a_thread_that_is_inside_an_effect_leaves_the_rest_to_the_outer_call() {
        let me = thread::current().id();
        let mut turns = Turns::new();
        turns.enqueue(me, ["outer"]);
        assert_eq!(turns.next(me), Turn::Perform("outer"));
        turns.enqueue(me, ["inner"]);
        assert_eq!(turns.next(me), Turn::Done);
        turns.finished();
        assert_eq!(turns.next(me), Turn::Perform("inner"));
    }

    #[test]
    fn a_thread_waits_for_what_came_before_and_does_not_do_it() {
        let (me, other) = (thread::current().id(), another_thread());
        let mut turns = Turns::new();
        turns.enqueue(other, ["first"]);
        turns.enqueue(me, ["second"]);
        assert_eq!(turns.next(me), Turn::Wait, "the other thread has not begun");
        assert_eq!(turns.next(other), Turn::Perform("first"));
        assert_eq!(turns.next(me), Turn::Wait, "the other thread is at it");
        turns.finished();
        assert_eq!(turns.next(me), Turn::Perform("second"));
    }

    #[test]
    fn a_thread_without_anything_to_do_waits_for_nobody() {
        let (me, other) = (thread::current().id(), another_thread());
        let mut turns = Turns::new();
        turns.enqueue(other, ["theirs"]);
        assert_eq!(turns.next(me), Turn::Done);
    }

    #[test]
    fn what_was_cleared_is_done_by_nobody() {
        let me = thread::current().id();
        let mut turns = Turns::new();
        turns.enqueue(me, ["a"]);
        turns.clear();
        assert_eq!(turns.next(me), Turn::Done);
    }
}
