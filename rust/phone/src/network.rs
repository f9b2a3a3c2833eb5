//! The app's way to the network: what it asks for is taken by the phone's host, which hands back what comes.
//!
//! A phone that loses its network, or comes into another one, leaves what was open without a word: it is given up when its time is up,
//! as the client for iOS does (`zpns-client`: the time of a request, and [`SILENCE_MS`] for a stream).

use std::sync::Weak;

use serde::Serialize;
use zpns_driver::{
    HttpFailure, HttpRequest, HttpResponse, Network, PortError, StreamItem, StreamRequest,
    SystemEvent,
};

use crate::device::{Device, Job, Phone};
use crate::timeline_event::TimelineEvent;

/// How long a stream may be silent before the app gives it up, in milliseconds. The gateway sends something every 15 seconds.
const SILENCE_MS: u64 = 45_000;

/// What becomes of the phone's path to the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NetworkChange {
    /// There is none any more.
    Lost,
    /// There is another one: from Wi-Fi into the mobile network.
    Changed,
    /// There is one again.
    Back,
}

/// Something that a process of the app wants from the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkRequest {
    /// Which process wants it; the answer names it again.
    pub process: u64,
    /// What it wants.
    pub kind: NetworkRequestKind,
}

/// What a process wants from the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkRequestKind {
    /// An answer to a request.
    Http(HttpRequest),
    /// A stream of server-sent events.
    OpenStream(StreamRequest),
    /// Nothing more from this stream.
    CloseStream(u64),
}

/// What the network brings to a process. Numbers are those of its requests.
#[derive(Debug)]
pub enum NetworkAnswer {
    /// What became of a request.
    Http {
        /// Number of the request.
        id: u64,
        /// What came.
        outcome: Result<HttpResponse, HttpFailure>,
    },
    /// Something on a stream.
    Stream {
        /// Number of the stream.
        id: u64,
        /// What came.
        item: StreamItem,
    },
}

/// A request or stream that a process has open.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) id: u64,
    pub(crate) is_stream: bool,
    /// Number of the path on which it was begun.
    path: u64,
    /// When the process gives it up, if it hears nothing.
    until: u64,
}

/// The phone's path to the network, as Apple's `NWPath`.
#[derive(Debug, Default)]
pub(crate) struct NetworkPath {
    is_lost: bool,
    /// Another one each time when the phone comes into another network.
    number: u64,
}

impl Device {
    /// There is no network any more, or another one, or one again. What is open over the old one is silent from now on: nobody says
    /// that it is dead.
    pub(crate) fn change_network(&mut self, change: NetworkChange) {
        self.path.number = self.path.number.saturating_add(1);
        self.path.is_lost = change == NetworkChange::Lost;
        self.record(TimelineEvent::Network { change });
        let silent = self.process.as_ref().map(|process| {
            let open = process.exchanges.clone();
            (process.number, open)
        });
        for (process, exchange) in silent
            .into_iter()
            .flat_map(|(process, open)| open.into_iter().map(move |one| (process, one)))
        {
            let (id, is_stream) = (exchange.id, exchange.is_stream);
            let failure = HttpFailure::TimedOut;
            self.schedule.add(
                exchange.until.max(self.now()),
                Job::NetworkFailed {
                    process,
                    id,
                    is_stream,
                    failure,
                },
            );
        }
        if change != NetworkChange::Lost {
            self.tell(SystemEvent::NetworkChanged);
        }
    }

    /// A process begins a request or a stream.
    fn begin(&mut self, process: u64, kind: NetworkRequestKind, delay: u64) {
        let now = self.now();
        let (id, is_stream, time) = match &kind {
            NetworkRequestKind::Http(request) => (request.id, false, request.timeout_ms),
            NetworkRequestKind::OpenStream(request) => (request.id, true, SILENCE_MS),
            NetworkRequestKind::CloseStream(id) => {
                let id = *id;
                if let Some(process) = self.process(process) {
                    process.exchanges.retain(|exchange| exchange.id != id);
                }
                return self.network.push(NetworkRequest { process, kind });
            }
        };
        let exchange = Exchange {
            id,
            is_stream,
            path: self.path.number,
            until: now.saturating_add(time),
        };
        let Some(owner) = self.process(process) else {
            return;
        };
        owner.exchanges.push(exchange.clone());
        if self.path.is_lost {
            self.fail(process, &exchange, HttpFailure::Unreachable);
        } else if delay > 0 {
            let due = now.saturating_add(delay);
            self.schedule.add(due, Job::Send { process, kind });
        } else {
            self.network.push(NetworkRequest { process, kind });
        }
    }

    /// A request that took its time to get away leaves, if the process and its path are still there.
    pub(crate) fn send(&mut self, process: u64, kind: NetworkRequestKind) {
        let id = match &kind {
            NetworkRequestKind::Http(request) => request.id,
            NetworkRequestKind::OpenStream(request) => request.id,
            NetworkRequestKind::CloseStream(id) => *id,
        };
        if self.is_open(process, id) {
            self.network.push(NetworkRequest { process, kind });
        }
    }

    /// Whether something of this number is open, over the path that there is now, in a process that runs.
    fn is_open(&mut self, process: u64, id: u64) -> bool {
        let path = (!self.path.is_lost).then_some(self.path.number);
        self.process(process).is_some_and(|process| {
            let on_this_path =
                |exchange: &Exchange| exchange.id == id && Some(exchange.path) == path;
            !process.runtime.is_suspended && process.exchanges.iter().any(on_this_path)
        })
    }

    /// Whether the process hears what the network brings. An answer closes what it answers.
    pub(crate) fn may_bring(&mut self, process: u64, answer: &NetworkAnswer) -> bool {
        let (id, is_last) = match answer {
            NetworkAnswer::Http { id, .. } => (*id, true),
            NetworkAnswer::Stream { id, item } => (*id, matches!(item, StreamItem::Closed { .. })),
        };
        let is_open = self.is_open(process, id);
        if is_open
            && is_last
            && let Some(process) = self.process(process)
        {
            process.exchanges.retain(|exchange| exchange.id != id);
        }
        is_open
    }

    /// What was open fails.
    pub(crate) fn fail(&mut self, process: u64, exchange: &Exchange, failure: HttpFailure) {
        self.schedule.add(
            self.now(),
            Job::NetworkFailed {
                process,
                id: exchange.id,
                is_stream: exchange.is_stream,
                failure,
            },
        );
    }

    /// What a process hears of something that failed: nothing, if it was over before, or stands still.
    pub(crate) fn failed(
        &mut self,
        process: u64,
        id: u64,
        is_stream: bool,
        failure: HttpFailure,
    ) -> Option<NetworkAnswer> {
        let process = self
            .process(process)
            .filter(|process| !process.runtime.is_suspended)?;
        let at = process
            .exchanges
            .iter()
            .position(|exchange| exchange.id == id)?;
        process.exchanges.remove(at);
        Some(if is_stream {
            let failure = Some(failure);
            let status = None;
            let item = StreamItem::Closed { status, failure };
            NetworkAnswer::Stream { id, item }
        } else {
            let outcome = Err(failure);
            NetworkAnswer::Http { id, outcome }
        })
    }
}

/// Tells the host that a process does not hear a stream any more.
pub(crate) const fn close(process: u64, id: u64) -> NetworkRequest {
    let kind = NetworkRequestKind::CloseStream(id);
    NetworkRequest { process, kind }
}

/// The network as one process sees it.
pub(crate) struct ProcessNetwork {
    pub(crate) phone: Weak<Phone>,
    pub(crate) process: u64,
}

impl ProcessNetwork {
    fn ask(&self, kind: NetworkRequestKind) -> Result<(), PortError> {
        let phone = self
            .phone
            .upgrade()
            .ok_or_else(|| PortError::new("the phone is switched off"))?;
        let (process, delay) = (self.process, phone.options.network_delay_ms);
        phone.with(|device| device.begin(process, kind, delay));
        Ok(())
    }
}

impl Network for ProcessNetwork {
    fn request(&self, request: HttpRequest) -> Result<(), PortError> {
        self.ask(NetworkRequestKind::Http(request))
    }

    fn open_stream(&self, request: StreamRequest) -> Result<(), PortError> {
        self.ask(NetworkRequestKind::OpenStream(request))
    }

    fn close_stream(&self, id: u64) {
        // A phone that is switched off has no streams.
        let _ = self.ask(NetworkRequestKind::CloseStream(id));
    }
}
