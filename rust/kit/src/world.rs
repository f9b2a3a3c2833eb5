//! The world: phones, a gateway and one clock. What is caused happens before a command returns, in an order that only the commands decide.

use std::sync::Arc;

use serde_json::{Value, json};
use zpns_driver::server_events::EventReader;
use zpns_driver::{HttpFailure, HttpMethod, HttpRequest, HttpResponse, StreamItem, StreamRequest};
use zpns_phone::{
    NetworkAnswer, NetworkRequest, NetworkRequestKind, PhoneError, PhoneOptions, PushKind,
    VirtualPhone,
};

use crate::gateway::{Gateway, HttpAnswer, Incoming, Outgoing, Refused};
use crate::message::{Message, Outbox, OutsideRequest, StreamNumber};
use crate::traffic::{self, Script, ScriptedAnswer};

/// When the clock of a world begins if nobody sets it, Unix milliseconds.
pub const START: u64 = 1_764_000_000_000;

/// Largest event taken from a stream outside, in bytes.
const EVENT_LIMIT: usize = 256 * 1024;

/// Where a phone's requests go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NetworkRoute {
    /// To the gateway in memory.
    Memory,
    /// To the host, which carries them to a real gateway.
    Outside,
}

/// Why a command was not carried out: what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KitError {
    /// Status and code, where the gateway refused: 409 and `call_exists`.
    pub(crate) refused: Option<(u16, &'static str)>,
    /// For people.
    pub(crate) message: String,
}

impl KitError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            refused: None,
            message: message.into(),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let (status, code) = self.refused.unzip();
        json!({ "status": status, "code": code, "message": self.message.as_str() })
    }
}

impl From<PhoneError> for KitError {
    fn from(error: PhoneError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<Refused> for KitError {
    fn from(refused: Refused) -> Self {
        Self {
            refused: Some((refused.status(), refused.code())),
            message: refused.message(),
        }
    }
}

/// Phones, a gateway in memory, and the clock that they share.
pub struct World {
    now: u64,
    pub(crate) gateway: Gateway,
    phones: Vec<Slot>,
    outbox: Outbox,
}

/// A phone and its way to a gateway.
struct Slot {
    phone: VirtualPhone,
    route: NetworkRoute,
    script: Script,
    /// The newest two starts of JavaScript: what the host calls them, and what the phone does.
    js: Vec<(u64, u64)>,
    /// Streams from outside, by process and number.
    readers: Vec<((u64, u64), EventReader)>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            now: START,
            gateway: Gateway::new(),
            phones: Vec::new(),
            outbox: Outbox::default(),
        }
    }
}

impl World {
    /// Switches a phone on: its number. The app on it is installed and does not run.
    pub(crate) fn add_phone(
        &mut self,
        options: PhoneOptions,
        route: NetworkRoute,
        seed: Option<u64>,
    ) -> usize {
        let number = self.phones.len();
        let seed = seed.unwrap_or_else(|| u64::try_from(number).unwrap_or_default());
        let phone = VirtualPhone::new(options, seed, self.now);
        let outbox = self.outbox.clone();
        phone.timeline().observe(Box::new(move |entry| {
            outbox.put(Message::Entry {
                phone: number,
                entry: entry.clone(),
            });
        }));
        self.phones.push(Slot {
            phone,
            route,
            script: Script::default(),
            js: Vec::new(),
            readers: Vec::new(),
        });
        number
    }

    /// The phone with this number.
    pub(crate) fn phone(&self, number: usize) -> Result<&VirtualPhone, KitError> {
        Ok(&self.slot(number)?.phone)
    }

    /// JavaScript starts on a phone.
    pub(crate) fn start_js(&mut self, number: usize, context: u64) -> Result<(), KitError> {
        let outbox = self.outbox.clone();
        let hear = move |message| outbox.to_js(number, context, message);
        let slot = self.slot_mut(number)?;
        let start = slot.phone.start_js(Arc::new(hear))?;
        slot.js.drain(..slot.js.len().saturating_sub(1));
        slot.js.push((context, start));
        Ok(())
    }

    /// JavaScript stops on a phone: whichever runs, or the one of this context, perhaps long after another took its place.
    pub(crate) fn stop_js(&self, number: usize, context: Option<u64>) -> Result<(), KitError> {
        let slot = self.slot(number)?;
        match context {
            None => slot.phone.stop_js(),
            Some(context) => {
                let meant = slot.js.iter().find(|(of_host, _)| *of_host == context);
                if let Some((_, start)) = meant {
                    slot.phone.tear_down_js(*start);
                }
            }
        }
        Ok(())
    }

    /// The next requests of this name by this phone are answered so.
    pub(crate) fn script(
        &mut self,
        number: usize,
        name: &str,
        answers: Vec<ScriptedAnswer>,
    ) -> Result<(), KitError> {
        self.slot_mut(number)?.script.add(name, answers)
    }

    /// What happened since this was asked last, in order.
    pub fn take_messages(&self) -> Vec<Message> {
        self.outbox.take()
    }

    /// Unix milliseconds.
    pub const fn now(&self) -> u64 {
        self.now
    }

    /// Sets the clock and does what is due.
    pub fn set_time(&mut self, at: u64) {
        self.now = at;
        self.settle();
    }

    /// When something is due next, perhaps past.
    pub fn next_due(&self) -> Option<u64> {
        let phones = self.phones.iter().filter_map(|slot| slot.phone.next_due());
        phones.chain(self.gateway.next_due()).min()
    }

    /// Moves the clock on; everything on the way happens at its time.
    pub fn advance(&mut self, milliseconds: u64) {
        let end = self.now.saturating_add(milliseconds);
        self.settle();
        while let Some(due) = self.next_due() {
            // What stays due waits for the clock: it moves by at least a millisecond.
            let next = due.max(self.now.saturating_add(1));
            if next > end {
                break;
            }
            self.set_time(next);
        }
        self.set_time(end);
    }

    /// Carries everything to its end that was caused and is due.
    pub fn settle(&mut self) {
        loop {
            for slot in &self.phones {
                slot.phone.set_time(self.now);
                slot.phone.settle();
            }
            let mut is_quiet = true;
            for number in 0..self.phones.len() {
                let requests = self
                    .phones
                    .get(number)
                    .map(|slot| slot.phone.take_network_requests());
                for request in requests.into_iter().flatten() {
                    is_quiet = false;
                    self.carry(number, request);
                }
            }
            self.gateway.tick(self.now);
            for outgoing in self.gateway.take_outgoing() {
                is_quiet = false;
                self.bring(outgoing);
            }
            if is_quiet {
                return;
            }
        }
    }

    /// What became of a request that went outside.
    pub(crate) fn outside_answer(
        &mut self,
        number: usize,
        process: u64,
        id: u64,
        outcome: Result<HttpResponse, HttpFailure>,
    ) -> Result<(), KitError> {
        let answer = NetworkAnswer::Http { id, outcome };
        self.phone(number)?.network_answers(process, answer);
        Ok(())
    }

    /// A stream from outside is open, or over.
    pub(crate) fn outside_stream(
        &mut self,
        number: usize,
        process: u64,
        id: u64,
        item: StreamItem,
    ) -> Result<(), KitError> {
        let slot = self.slot_mut(number)?;
        slot.readers.retain(|(stream, _)| *stream != (process, id));
        if matches!(item, StreamItem::Open { .. }) {
            slot.readers
                .push(((process, id), EventReader::new(EVENT_LIMIT)));
        }
        slot.phone
            .network_answers(process, NetworkAnswer::Stream { id, item });
        Ok(())
    }

    /// Bytes came on a stream from outside.
    pub(crate) fn outside_text(
        &mut self,
        number: usize,
        process: u64,
        id: u64,
        text: &str,
    ) -> Result<(), KitError> {
        let slot = self.slot_mut(number)?;
        let reader = slot
            .readers
            .iter_mut()
            .find(|(stream, _)| *stream == (process, id));
        // A stream that the phone closed may still bring something.
        let Some((_, reader)) = reader else {
            return Ok(());
        };
        let events = reader.read(text.as_bytes());
        for event in events.map_err(|error| KitError::new(error.to_string()))? {
            let item = StreamItem::Event {
                id: event.id,
                event: event.event,
                data: event.data,
            };
            slot.phone
                .network_answers(process, NetworkAnswer::Stream { id, item });
        }
        Ok(())
    }

    /// A phone asks something of the network.
    fn carry(&mut self, number: usize, NetworkRequest { process, kind }: NetworkRequest) {
        match kind {
            NetworkRequestKind::Http(request) => self.carry_http(number, process, request),
            NetworkRequestKind::OpenStream(request) => self.carry_stream(number, process, request),
            NetworkRequestKind::CloseStream(id) => {
                self.gateway.unfollow((number, process, id));
                let is_outside = self.slot_mut(number).is_ok_and(|slot| {
                    slot.readers.retain(|(stream, _)| *stream != (process, id));
                    slot.route == NetworkRoute::Outside
                });
                if is_outside {
                    let close_stream = StreamNumber { process, id };
                    self.outbox.put(Message::CloseStream {
                        phone: number,
                        close_stream,
                    });
                }
            }
        }
    }

    fn carry_http(&mut self, number: usize, process: u64, request: HttpRequest) {
        let id = request.id;
        let method = method_name(request.method);
        let token = request.bearer.clone().unwrap_or_default();
        let body = request.body.as_deref().unwrap_or_default();
        let body_json: Value = serde_json::from_slice(body).unwrap_or_default();
        match self.route(number, method, &request.url, &token, body_json) {
            Routed::Answered(answer) => self.answer(number, process, id, answer),
            Routed::Memory(path) => {
                let incoming = Incoming {
                    method,
                    path: &path,
                    idempotency_key: request.idempotency_key.as_deref(),
                    last_event_id: None,
                    body,
                };
                let answer = self.gateway.handle(&token, &incoming, self.now);
                self.answer(number, process, id, Ok(answer));
            }
            Routed::Outside => {
                let mut headers = headers(request.bearer);
                headers.extend(
                    request
                        .body
                        .is_some()
                        .then(|| ("content-type", "application/json".to_owned())),
                );
                headers.extend(request.idempotency_key.map(|key| ("idempotency-key", key)));
                let http = OutsideRequest {
                    process,
                    id,
                    method,
                    url: request.url,
                    headers,
                    body: request
                        .body
                        .map(|body| String::from_utf8_lossy(&body).into_owned()),
                    timeout_ms: request.timeout_ms,
                };
                self.outbox.put(Message::Http {
                    phone: number,
                    http,
                });
            }
        }
    }

    fn carry_stream(&mut self, number: usize, process: u64, request: StreamRequest) {
        let id = request.id;
        let token = request.bearer.clone().unwrap_or_default();
        let closed = |status, failure| StreamItem::Closed { status, failure };
        let item = match self.route(number, "GET", &request.url, &token, Value::Null) {
            Routed::Answered(Ok(answer)) => closed(Some(answer.status), None),
            Routed::Answered(Err(failure)) => closed(None, Some(failure)),
            Routed::Memory(path) => {
                let last = request.last_event_id.as_deref();
                let stream = (number, process, id);
                match self.gateway.follow(stream, &path, &token, last, self.now) {
                    Ok(()) => StreamItem::Open {
                        date: Some(self.date()),
                    },
                    Err(answer) => closed(Some(answer.status), None),
                }
            }
            Routed::Outside => {
                let mut headers = headers(request.bearer);
                headers.push(("accept", "text/event-stream".to_owned()));
                headers.extend(request.last_event_id.map(|id| ("last-event-id", id)));
                let open_stream = OutsideRequest {
                    process,
                    id,
                    method: "GET",
                    url: request.url,
                    headers,
                    body: None,
                    timeout_ms: 0,
                };
                self.outbox.put(Message::OpenStream {
                    phone: number,
                    open_stream,
                });
                return;
            }
        };
        if let Ok(phone) = self.phone(number) {
            phone.network_answers(process, NetworkAnswer::Stream { id, item });
        }
    }

    /// Notes a request and finds out who answers it.
    fn route(
        &mut self,
        number: usize,
        method: &'static str,
        url: &str,
        token: &str,
        body: Value,
    ) -> Routed {
        let Ok(slot) = self.slot_mut(number) else {
            return Routed::Answered(Err(HttpFailure::Unreachable));
        };
        let is_outside = slot.route == NetworkRoute::Outside;
        let at = url.find("/v1/").unwrap_or(url.len());
        let (base, path) = url.split_at(at);
        let name = traffic::name_of(method, path);
        let scripted = name.and_then(|name| slot.script.next(name));
        if let Some(name) = name {
            let request = traffic::entry(name, path, token, body);
            self.outbox.put(Message::Request {
                phone: number,
                request,
            });
        }
        match scripted {
            Some(ScriptedAnswer { status: 0, .. }) => Routed::Answered(Err(HttpFailure::Broken)),
            Some(ScriptedAnswer {
                status,
                body,
                retry_after,
            }) if status != 200 || body.is_some() => Routed::Answered(Ok(HttpAnswer {
                status,
                retry_after,
                body: body.unwrap_or_default(),
            })),
            _ if is_outside => Routed::Outside,
            _ if base == Gateway::URL => Routed::Memory(path.to_owned()),
            // There is no other server in this world.
            _ => Routed::Answered(Err(HttpFailure::Unreachable)),
        }
    }

    /// What an answer's `Date` says: the time in whole seconds, whatever the clocks of the phones say.
    const fn date(&self) -> u64 {
        self.now - self.now % 1000
    }

    fn response(&self, answer: HttpAnswer) -> HttpResponse {
        HttpResponse {
            status: answer.status,
            retry_after: answer.retry_after,
            date: Some(self.date()),
            body: answer.body.into_bytes(),
        }
    }

    fn answer(
        &self,
        number: usize,
        process: u64,
        id: u64,
        answer: Result<HttpAnswer, HttpFailure>,
    ) {
        let outcome = answer.map(|answer| self.response(answer));
        if let Ok(phone) = self.phone(number) {
            phone.network_answers(process, NetworkAnswer::Http { id, outcome });
        }
    }

    /// The gateway sends something.
    fn bring(&self, outgoing: Outgoing) {
        match outgoing {
            Outgoing::Event {
                stream: (number, process, id),
                item,
            } => {
                if let Ok(phone) = self.phone(number) {
                    phone.network_answers(process, NetworkAnswer::Stream { id, item });
                }
            }
            Outgoing::Push(push) => {
                // APNs knows a token in its own environment and under its own topic only.
                let phone = self.phones.iter().map(|slot| &slot.phone).find(|phone| {
                    let options = phone.options();
                    let topic = match push.kind {
                        PushKind::Voip => format!("{}.voip", options.bundle_id),
                        PushKind::Alert | PushKind::Background => options.bundle_id.clone(),
                    };
                    hex_token(phone, push.kind).as_deref() == Some(&push.token)
                        && options.signing.environment() == push.environment
                        && topic == push.topic
                });
                if let Some(phone) = phone {
                    phone.deliver_push(push.kind, push.payload);
                }
            }
        }
    }

    fn slot(&self, number: usize) -> Result<&Slot, KitError> {
        self.phones
            .get(number)
            .ok_or_else(|| no_phone(number, self.phones.len()))
    }

    fn slot_mut(&mut self, number: usize) -> Result<&mut Slot, KitError> {
        let count = self.phones.len();
        self.phones
            .get_mut(number)
            .ok_or_else(|| no_phone(number, count))
    }
}

/// Who answers a request.
enum Routed {
    /// A script, or nobody.
    Answered(Result<HttpAnswer, HttpFailure>),
    /// The gateway in memory, at this path.
    Memory(String),
    /// A gateway outside.
    Outside,
}

fn no_phone(number: usize, count: usize) -> KitError {
    KitError::new(format!(
        "there is no phone {number}: this world has {count}"
    ))
}

const fn method_name(method: HttpMethod) -> &'static str {
    match method {
        HttpMethod::Get => "GET",
        HttpMethod::Post => "POST",
        HttpMethod::Put => "PUT",
        HttpMethod::Delete => "DELETE",
    }
}

fn headers(bearer: Option<String>) -> Vec<(&'static str, String)> {
    bearer
        .map(|token| ("authorization", format!("Bearer {token}")))
        .into_iter()
        .collect()
}

/// The token by which APNs knows the phone, as a gateway spells it.
pub(crate) fn hex_token(phone: &VirtualPhone, kind: PushKind) -> Option<String> {
    let tokens = phone.tokens();
    let token = match kind {
        PushKind::Voip => tokens.voip,
        PushKind::Alert | PushKind::Background => tokens.apns,
    };
    token.as_deref().map(hex)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_dated_in_whole_seconds() {
        let mut world = World::default();
        world.advance(1_999);
        let answer = HttpAnswer {
            status: 200,
            retry_after: None,
            body: String::new(),
        };
        assert_eq!(world.response(answer).date, Some(START + 1_000));
    }
}
