//! Who follows what: a call, to its end, or all calls of a user. Each is sent what it does not know, then every event as it comes.

use serde_json::{Value, json};
use zpns_calls::auth::{self, Principal};
use zpns_calls::user_events::{Begin, ends_at, is_standing, listeners, next_cursor};
use zpns_calls::{CallError, check};
use zpns_driver::StreamItem;
use zpns_protocol::calls::{Call, CallEvent, READY, Ready};

use super::http::{HttpAnswer, Refused};
use super::{Gateway, Outgoing};
use crate::traffic::{decoded, name_of};

/// Phone, process and number of a stream.
pub(crate) type StreamId = (usize, u64, u64);

pub(super) struct Follower {
    stream: StreamId,
    followed: Followed,
    /// The ID of the last event that it was sent.
    last: u64,
    /// When it ends by itself, Unix milliseconds; that of a call ends with the call.
    ends_at: Option<u64>,
}

#[derive(Clone, PartialEq, Eq)]
enum Followed {
    Call(String),
    User(String),
}

impl Followed {
    /// Whether it brings the events of this call.
    fn brings(&self, call: &Call) -> bool {
        match self {
            Self::Call(id) => call.call_id.as_str() == id,
            Self::User(user) => listeners(call).any(|listener| listener == user),
        }
    }
}

/// An event as one user hears it.
pub(super) struct UserEvent {
    user: String,
    cursor: u64,
    event: CallEvent,
    /// Whether it is the newest event of a call that is not over.
    standing: bool,
}

/// An event on a stream.
struct Sent {
    id: u64,
    event: String,
    /// JSON.
    data: String,
}

impl Sent {
    fn of(id: u64, event: &CallEvent) -> Self {
        let kind = serde_json::to_string(&event.kind).unwrap_or_default();
        Self {
            id,
            event: kind.trim_matches('"').to_owned(),
            data: serde_json::to_string(event).unwrap_or_default(),
        }
    }

    fn json(&self) -> Value {
        let data: Value = serde_json::from_slice(self.data.as_bytes()).unwrap_or_default();
        json!({ "id": self.id.to_string(), "event": self.event, "data": data })
    }

    fn item(self) -> StreamItem {
        StreamItem::Event {
            id: Some(self.id.to_string()),
            event: self.event,
            data: self.data,
        }
    }
}

impl Gateway {
    /// Opens a stream.
    pub(crate) fn follow(
        &mut self,
        stream: StreamId,
        path: &str,
        token: &str,
        last_event_id: Option<&str>,
        now: u64,
    ) -> Result<(), HttpAnswer> {
        let principal = self
            .principal(token, now)
            .map_err(|error| HttpAnswer::from(Refused::from(error)))?;
        let begun = self.begin_to_follow(&principal, path, last_event_id);
        let (followed, known, events) = begun.map_err(HttpAnswer::from)?;
        let ends_at = match followed {
            Followed::Call(_) => None,
            Followed::User(_) => Some(ends_at(&principal)),
        };
        let last = events.last().map_or(known, |event| event.id);
        let items = events.into_iter().map(Sent::item);
        self.outgoing
            .extend(items.map(|item| Outgoing::Event { stream, item }));
        self.followers.push(Follower {
            stream,
            followed,
            last,
            ends_at,
        });
        self.close_followers(now);
        Ok(())
    }

    /// A stream that is asked for as if it were a request: what it brings at once.
    pub(super) fn first_events(
        &self,
        principal: &Principal,
        path: &str,
        last_event_id: Option<&str>,
    ) -> Result<HttpAnswer, Refused> {
        let (_, _, events) = self.begin_to_follow(principal, path, last_event_id)?;
        let events: Vec<_> = events.iter().map(Sent::json).collect();
        Ok(HttpAnswer::json(200, &events))
    }

    /// What this path follows, the ID of the last event that is known, and what a stream of it begins with.
    fn begin_to_follow(
        &self,
        principal: &Principal,
        path: &str,
        last_event_id: Option<&str>,
    ) -> Result<(Followed, u64, Vec<Sent>), Refused> {
        let known = || check::last_event_id(last_event_id.unwrap_or_default());
        match name_of("GET", path) {
            Some("follow") => {
                let after = known().map_err(CallError::from)?.unwrap_or_default();
                let call = path.split('/').nth(3).map(decoded).unwrap_or_default();
                let stored = self.stored(&call).ok();
                auth::visible(principal, &call, stored.map(|stored| stored.call.clone()))?;
                let followed = Followed::Call(call);
                let events = self.events_after(&followed, after);
                Ok((followed, after, events))
            }
            Some("followUser") => {
                let user = auth::signed_in_user(principal)?.to_owned();
                let known = known().map_err(CallError::from)?;
                Ok(self.begin_to_follow_user(user, known))
            }
            _ => Err(CallError::NoSuchRoute.into()),
        }
    }

    fn begin_to_follow_user(&self, user: String, known: Option<u64>) -> (Followed, u64, Vec<Sent>) {
        let newest = self.newest_cursor(&user);
        let begin = Begin::of(known, newest);
        let followed = Followed::User(user);
        let mut events = match begin {
            Begin::WithStanding => self.user_events(&followed, |event| event.standing),
            Begin::After(cursor) => self.events_after(&followed, cursor),
        };
        let resumed = matches!(begin, Begin::After(_));
        events.push(Sent {
            id: newest,
            event: READY.to_owned(),
            data: serde_json::to_string(&Ready { resumed }).unwrap_or_default(),
        });
        (followed, newest, events)
    }

    fn newest_cursor(&self, user: &str) -> u64 {
        let mut newest_first = self.user_events.iter().rev();
        newest_first
            .find(|event| event.user == user)
            .map_or(0, |event| event.cursor)
    }

    fn user_events(&self, followed: &Followed, which: impl Fn(&UserEvent) -> bool) -> Vec<Sent> {
        let Followed::User(user) = followed else {
            return Vec::new();
        };
        let events = self.user_events.iter();
        events
            .filter(|event| event.user == *user && which(event))
            .map(|event| Sent::of(event.cursor, &event.event))
            .collect()
    }

    /// The events with IDs above this one.
    fn events_after(&self, followed: &Followed, last: u64) -> Vec<Sent> {
        match followed {
            Followed::Call(call) => {
                let events = self.stored(call).map(|stored| stored.events.iter());
                events
                    .into_iter()
                    .flatten()
                    .filter(|event| event.seq > last)
                    .map(|event| Sent::of(event.seq, event))
                    .collect()
            }
            Followed::User(_) => self.user_events(followed, |event| event.cursor > last),
        }
    }

    /// A stream is closed by the phone.
    pub(crate) fn unfollow(&mut self, stream: StreamId) {
        self.followers.retain(|follower| follower.stream != stream);
    }

    /// Events came: each is kept for the users of its call, and sent to who follows.
    pub(super) fn tell(&mut self, events: &[CallEvent], now: u64) {
        for event in events {
            let of_call = |known: &&mut UserEvent| known.event.call.call_id == event.call.call_id;
            for known in self.user_events.iter_mut().filter(of_call) {
                known.standing = false;
            }
            for user in listeners(&event.call) {
                let cursor = next_cursor(self.newest_cursor(user), event.at);
                self.user_events.push(UserEvent {
                    user: user.to_owned(),
                    cursor,
                    event: event.clone(),
                    standing: is_standing(event),
                });
            }
        }
        let mut followers = std::mem::take(&mut self.followers);
        for follower in &mut followers {
            for sent in self.events_after(&follower.followed, follower.last) {
                follower.last = sent.id;
                self.outgoing.push(Outgoing::Event {
                    stream: follower.stream,
                    item: sent.item(),
                });
            }
        }
        self.followers = followers;
        self.close_followers(now);
    }

    /// When the next stream ends by itself.
    pub(super) fn next_stream_end(&self) -> Option<u64> {
        self.followers
            .iter()
            .filter_map(|follower| follower.ends_at)
            .min()
    }

    /// Closes the streams of calls that are over, and those whose token is good no longer.
    pub(super) fn close_followers(&mut self, now: u64) {
        let followers = std::mem::take(&mut self.followers);
        let (over, open): (Vec<_>, Vec<_>) = followers.into_iter().partition(|follower| {
            let is_over = matches!(&follower.followed, Followed::Call(call)
                if self.stored(call).is_ok_and(|stored| stored.call.state.is_over()));
            is_over || follower.ends_at.is_some_and(|ends_at| ends_at <= now)
        });
        self.followers = open;
        for follower in over {
            self.outgoing.push(Outgoing::Event {
                stream: follower.stream,
                item: StreamItem::Closed {
                    status: None,
                    failure: None,
                },
            });
        }
    }

    /// Every stream that brings events of this call breaks, as when the phones lose their connection; they come back by themselves.
    pub(super) fn lose_followers(&mut self, call: &Call) {
        self.followers
            .retain(|follower| !follower.followed.brings(call));
    }
}
