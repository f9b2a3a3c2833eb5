//! The app's way to the network: what it asks for is taken by the phone's host, which hands back what comes.

use std::sync::Weak;

use zpns_driver::{
    HttpFailure, HttpRequest, HttpResponse, Network, PortError, StreamItem, StreamRequest,
};

use crate::device::Phone;

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
        let process = self.process;
        phone.with(|device| device.network.push(NetworkRequest { process, kind }));
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
