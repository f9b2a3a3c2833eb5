//! What the background thread does: requests, streams, ticks, saving.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::task::AbortHandle;
use zpns_driver::core::{HttpFailure, HttpResponse, StreamItem};
use zpns_driver::{Clock, HttpRequest, LogLevel, StreamRequest};

use crate::connections::Connections;
use crate::work_queue::{Command, Work, WorkQueue};
use crate::{http, stream};

/// Longest sleep before the clock is looked at again.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// Shortest time between two ticks, so that a deadline which does not move can't keep the processor busy.
const TICK_GAP: Duration = Duration::from_millis(1);

/// Whom the thread works for. Called on the thread.
pub(crate) trait Owner: Send + Sync + 'static {
    fn http_finished(&self, id: u64, outcome: Result<HttpResponse, HttpFailure>);
    fn stream_delivered(&self, id: u64, item: StreamItem);
    /// The time told by [`WorkQueue::tick_at`] has come.
    fn tick(&self);
    fn save(&self);
    fn log(&self, level: LogLevel, message: String);
    /// The last call: requests and streams are gone.
    fn thread_ends(&self);
}

/// The state of the thread.
pub(crate) struct Worker {
    owner: Arc<dyn Owner>,
    queue: Arc<WorkQueue>,
    clock: Arc<dyn Clock>,
    connections: Arc<Connections>,
    streams: HashMap<u64, AbortHandle>,
    /// When a tick is due, by the steady clock.
    deadline: Option<u64>,
    last_tick: Option<Instant>,
}

impl Worker {
    pub(crate) fn new(
        owner: Arc<dyn Owner>,
        queue: Arc<WorkQueue>,
        clock: Arc<dyn Clock>,
        connections: Arc<Connections>,
    ) -> Self {
        Self {
            owner,
            queue,
            clock,
            connections,
            streams: HashMap::new(),
            deadline: None,
            last_tick: None,
        }
    }

    /// Does everything until the queue is closed.
    pub(crate) fn run(mut self, runtime: Runtime) {
        runtime.block_on(self.serve());
        // Not dropped: that would wait for a name lookup under way.
        runtime.shutdown_background();
        self.owner.thread_ends();
    }

    async fn serve(&mut self) {
        let queue = Arc::clone(&self.queue);
        loop {
            tokio::select! {
                biased;
                // First, so that no flood of work holds it up. There is time for work between two ticks.
                () = self.tick_is_due() => self.tick(),
                work = queue.next() => match work {
                    Some(work) => self.perform(work),
                    None => return,
                },
            }
        }
    }

    /// Waits until a tick is due, or forever.
    async fn tick_is_due(&self) {
        let Some(deadline) = self.deadline else {
            return std::future::pending().await;
        };
        loop {
            let until_deadline =
                Duration::from_millis(deadline.saturating_sub(self.clock.steady()));
            let until_allowed = self.last_tick.map_or(Duration::ZERO, |last| {
                TICK_GAP.saturating_sub(last.elapsed())
            });
            let left = until_deadline.max(until_allowed);
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
        }
    }

    fn tick(&mut self) {
        self.owner.tick();
        self.last_tick = Some(Instant::now());
    }

    fn perform(&mut self, work: Work) {
        self.deadline = work.deadline;
        for command in work.commands {
            match command {
                Command::Request(request) => self.request(request),
                Command::OpenStream(request) => self.open_stream(request),
                Command::CloseStream(id) => {
                    if let Some(task) = self.streams.remove(&id) {
                        task.abort();
                    }
                }
            }
        }
        if work.must_save {
            self.owner.save();
        }
    }

    fn request(&self, request: HttpRequest) {
        let (owner, connections) = (Arc::clone(&self.owner), Arc::clone(&self.connections));
        tokio::spawn(async move {
            let id = request.id;
            let outcome = http::send(&connections, request).await.map_err(|error| {
                owner.log(LogLevel::Warning, format!("request {id} failed: {error}"));
                error.failure
            });
            owner.http_finished(id, outcome);
        });
    }

    fn open_stream(&mut self, request: StreamRequest) {
        let (owner, connections) = (Arc::clone(&self.owner), Arc::clone(&self.connections));
        let id = request.id;
        let task = tokio::spawn(async move {
            let deliver = |item| owner.stream_delivered(id, item);
            let (status, failure) = match stream::read(&connections, request, deliver).await {
                Ok(status) => (status, None),
                Err(error) => {
                    owner.log(LogLevel::Warning, format!("stream {id} failed: {error}"));
                    (None, Some(error.failure))
                }
            };
            owner.stream_delivered(id, StreamItem::Closed { status, failure });
        });
        self.streams.retain(|_, task| !task.is_finished());
        self.streams.insert(id, task.abort_handle());
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Also after a panic: nobody is to wait for work that is not done.
        self.queue.close();
    }
}

#[cfg(test)]
mod tests;
