//! Who follows which call: every event after the last one that it knows, then each as it comes; the stream ends with the call.

use zpns_calls::CallError;
use zpns_calls::auth::{self, Principal};
use zpns_driver::StreamItem;
use zpns_protocol::calls::CallEvent;

use super::http::{HttpAnswer, Refused};
use super::{Gateway, Outgoing};
use crate::traffic::{decoded, name_of};

/// Phone, process and number of a stream.
pub(crate) type StreamId = (usize, u64, u64);

pub(super) struct Follower {
    stream: StreamId,
    call: String,
    /// Number of the last event that it was sent.
    last: u64,
}

impl Gateway {
    /// Opens a stream of a call's events.
    pub(crate) fn follow(
        &mut self,
        stream: StreamId,
        path: &str,
        token: &str,
        after: Option<u64>,
        now: u64,
    ) -> Result<(), HttpAnswer> {
        self.begin_to_follow(stream, path, token, after, now)
            .map_err(HttpAnswer::from)
    }

    fn begin_to_follow(
        &mut self,
        stream: StreamId,
        path: &str,
        token: &str,
        after: Option<u64>,
        now: u64,
    ) -> Result<(), Refused> {
        let principal: Principal = self.principal(token, now)?;
        if name_of("GET", path) != Some("follow") {
            return Err(CallError::NoSuchRoute.into());
        }
        let call = path.split('/').nth(3).map(decoded).unwrap_or_default();
        let found = self.stored(&call).ok().map(|stored| stored.call.clone());
        auth::visible(&principal, &call, found)?;
        self.followers.push(Follower {
            stream,
            call: call.clone(),
            last: after.unwrap_or_default(),
        });
        self.tell_followers(&call);
        Ok(())
    }

    /// A stream is closed by the phone.
    pub(crate) fn unfollow(&mut self, stream: StreamId) {
        self.followers.retain(|follower| follower.stream != stream);
    }

    /// Sends each follower of a call what it has not been sent.
    pub(super) fn tell_followers(&mut self, call: &str) {
        let mut calls = self.calls.iter();
        let Some(stored) = calls.find(|stored| stored.call.call_id.as_str() == call) else {
            return;
        };
        let is_over = stored.call.state.is_over();
        for follower in self.followers.iter_mut().filter(|f| f.call == call) {
            for event in stored.events.iter().filter(|e| e.seq > follower.last) {
                self.outgoing.push(Outgoing::Event {
                    stream: follower.stream,
                    item: stream_item(event),
                });
            }
            follower.last = follower.last.max(stored.call.seq);
            if is_over {
                self.outgoing.push(Outgoing::Event {
                    stream: follower.stream,
                    item: StreamItem::Closed {
                        status: None,
                        failure: None,
                    },
                });
            }
        }
        if is_over {
            self.followers.retain(|follower| follower.call != call);
        }
    }

    /// Every stream of a call breaks, as when the phones lose their connection; they come back by themselves.
    pub(super) fn lose_followers(&mut self, call: &str) {
        self.followers.retain(|follower| follower.call != call);
    }
}

fn stream_item(event: &CallEvent) -> StreamItem {
    let name = serde_json::to_string(&event.kind).unwrap_or_default();
    StreamItem::Event {
        id: Some(event.seq.to_string()),
        event: name.trim_matches('"').to_owned(),
        data: serde_json::to_string(event).unwrap_or_default(),
    }
}
