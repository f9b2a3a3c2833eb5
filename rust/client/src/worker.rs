//! What the background thread does: requests, streams, ticks, saving.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::AbortHandle;
use zpns_driver::core::{HttpFailure, HttpResponse, StreamItem};
use zpns_driver::{Clock, HttpRequest, LogLevel, StreamRequest};

use crate::connections::Connections;
use crate::{http, stream};

/// Longest sleep before the clock is looked at again. The sleep is measured by a clock that stands still while the device sleeps, and
/// the wall clock may be set.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// What the thread is told.
#[derive(Debug)]
pub(crate) enum Command {
    Request(HttpRequest),
    OpenStream(StreamRequest),
    CloseStream(u64),
    /// Unix milliseconds, or never. It takes the place of the moment told before, and the clock is looked at anew.
    TickAt(Option<u64>),
    Save,
}

/// Whom the thread works for. Called on the thread.
pub(crate) trait Owner: Send + Sync + 'static {
    fn http_finished(&self, id: u64, outcome: Result<HttpResponse, HttpFailure>);
    fn stream_delivered(&self, id: u64, item: StreamItem);
    /// The time told by [`Command::TickAt`] has come.
    fn tick(&self);
    fn save(&self);
    fn log(&self, level: LogLevel, message: String);
    /// The last call: requests and streams are gone.
    fn thread_ends(&self);
}

/// The state of the thread.
pub(crate) struct Worker {
    owner: Arc<dyn Owner>,
    clock: Arc<dyn Clock>,
    connections: Arc<Connections>,
    streams: HashMap<u64, AbortHandle>,
    /// When a tick is due, Unix milliseconds.
    deadline: Option<u64>,
}

impl Worker {
    pub(crate) fn new(
        owner: Arc<dyn Owner>,
        clock: Arc<dyn Clock>,
        connections: Arc<Connections>,
    ) -> Self {
        Self {
            owner,
            clock,
            connections,
            streams: HashMap::new(),
            deadline: None,
        }
    }

    /// Does everything until the sender of the commands is gone.
    pub(crate) fn run(mut self, runtime: Runtime, commands: UnboundedReceiver<Command>) {
        runtime.block_on(self.serve(commands));
        // Not dropped: that would wait for a name lookup under way.
        runtime.shutdown_background();
        self.owner.thread_ends();
    }

    async fn serve(&mut self, mut commands: UnboundedReceiver<Command>) {
        let mut batch = Vec::new();
        loop {
            tokio::select! {
                biased;
                received = commands.recv_many(&mut batch, usize::MAX) => {
                    if received == 0 {
                        return;
                    }
                    self.obey(&mut batch);
                }
                () = due(self.deadline, &*self.clock) => self.owner.tick(),
            }
        }
    }

    fn obey(&mut self, commands: &mut Vec<Command>) {
        let mut must_save = false;
        for command in commands.drain(..) {
            match command {
                Command::Request(request) => self.request(request),
                Command::OpenStream(request) => self.open_stream(request),
                Command::CloseStream(id) => {
                    if let Some(task) = self.streams.remove(&id) {
                        task.abort();
                    }
                }
                Command::TickAt(deadline) => self.deadline = deadline,
                Command::Save => must_save = true,
            }
        }
        // Once for all of them.
        if must_save {
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

/// Sleeps until this moment, or forever.
async fn due(deadline: Option<u64>, clock: &dyn Clock) {
    let Some(deadline) = deadline else {
        return std::future::pending().await;
    };
    loop {
        let left = Duration::from_millis(deadline.saturating_sub(clock.now()));
        // At least a moment, so that a deadline which does not move can't keep the processor busy.
        tokio::time::sleep(left.clamp(Duration::from_millis(1), LONGEST_SLEEP)).await;
        if deadline <= clock.now() {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
