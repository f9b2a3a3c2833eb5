//! The thread that a phone runs on: it does what is due when it is due, and between that what must happen in order with it.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::error::HostError;
use super::timed_phone::TimedPhone;

/// Something to do on the phone's thread.
type Work = Box<dyn FnOnce(&TimedPhone) + Send>;

/// A running thread of one phone.
pub(super) struct PhoneThread {
    phone: Arc<TimedPhone>,
    queue: Arc<WorkQueue>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread is asked for.
#[derive(Default)]
struct WorkQueue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    work: VecDeque<Work>,
    /// Something was done to the phone that has effects.
    must_settle: bool,
    has_ended: bool,
}

/// What the thread does next.
enum Next {
    Settle,
    Work(Work),
    End,
}

impl PhoneThread {
    /// Starts it. The phone must not have one yet.
    pub(super) fn start(phone: &Arc<TimedPhone>) -> Self {
        let queue = Arc::<WorkQueue>::default();
        let woken = Arc::clone(&queue);
        phone.on_work(move || woken.settle_soon());
        let (running, its_queue) = (Arc::clone(phone), Arc::clone(&queue));
        let thread = thread::Builder::new()
            .name("virtual-phone".to_owned())
            .spawn(move || run(&running, &its_queue))
            .unwrap();
        Self {
            phone: Arc::clone(phone),
            queue,
            thread: Some(thread),
        }
    }

    /// Does something on the thread, after everything that is due before it, and waits for its answer.
    pub(super) fn perform<T: Send + 'static>(
        &self,
        work: impl FnOnce(&TimedPhone) -> T + Send + 'static,
    ) -> Result<T, HostError> {
        if self.is_this_thread() {
            return Ok(work(&self.phone));
        }
        let (answer, answered) = mpsc::sync_channel(1);
        self.queue.add(Box::new(move |phone| {
            // Whoever asked waits below.
            let _ = answer.send(work(phone));
        }))?;
        answered.recv().map_err(|_| HostError::Ended)
    }

    fn is_this_thread(&self) -> bool {
        let running = self.thread.as_ref().map(|thread| thread.thread().id());
        running == Some(thread::current().id())
    }
}

impl Drop for PhoneThread {
    /// Ends the thread and waits for that, unless this is the thread.
    fn drop(&mut self) {
        self.queue.end();
        let is_this_thread = self.is_this_thread();
        if let Some(thread) = self.thread.take().filter(|_| !is_this_thread) {
            // A panic in there was reported by the panic hook.
            let _ = thread.join();
        }
    }
}

fn run(phone: &TimedPhone, queue: &WorkQueue) {
    let _end = EndOnDrop(queue);
    loop {
        phone.settle();
        match queue.next(phone.until_due()) {
            Next::Settle => {}
            Next::Work(work) => work(phone),
            Next::End => return,
        }
    }
}

/// However the thread ends, nobody may wait for it afterwards.
struct EndOnDrop<'a>(&'a WorkQueue);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl WorkQueue {
    fn settle_soon(&self) {
        self.lock().must_settle = true;
        self.changed.notify_all();
    }

    fn add(&self, work: Work) -> Result<(), HostError> {
        let mut state = self.lock();
        if state.has_ended {
            return Err(HostError::Ended);
        }
        state.work.push_back(work);
        drop(state);
        self.changed.notify_all();
        Ok(())
    }

    /// Drops the work that waits, and so tells those who asked for it.
    fn end(&self) {
        let mut state = self.lock();
        state.has_ended = true;
        let dropped = std::mem::take(&mut state.work);
        drop(state);
        drop(dropped);
        self.changed.notify_all();
    }

    /// Waits up to `pause` for something to do, without end if there is none.
    fn next(&self, pause: Option<Duration>) -> Next {
        let is_idle =
            |state: &mut State| !(state.has_ended || state.must_settle) && state.work.is_empty();
        let state = self.lock();
        let mut state = if let Some(pause) = pause {
            let waited = self.changed.wait_timeout_while(state, pause, is_idle);
            waited.unwrap_or_else(PoisonError::into_inner).0
        } else {
            let waited = self.changed.wait_while(state, is_idle);
            waited.unwrap_or_else(PoisonError::into_inner)
        };
        if state.has_ended {
            return Next::End;
        }
        if std::mem::take(&mut state.must_settle) {
            return Next::Settle;
        }
        state.work.pop_front().map_or(Next::Settle, Next::Work)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
