//! The rules of APNs, in the order in which it seems to apply them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::AUTHORIZATION;
use http::request::Parts;
use uuid::Uuid;
use zpns_protocol::Environment;

use crate::core::{Core, now_ms};
use crate::device::Token;
use crate::headers::{self, APNS_ID, TOPIC};
use crate::log::Record;
use crate::mailbox::{Push, PushKind};
use crate::provider::Provider;
use crate::rejection::{
    BAD_DEVICE_TOKEN, BAD_PATH, DEVICE_TOKEN_NOT_FOR_TOPIC, METHOD_NOT_ALLOWED,
    MISSING_DEVICE_TOKEN, MISSING_TOPIC, PAYLOAD_EMPTY, PAYLOAD_TOO_LARGE, Rejection,
    SERVICE_UNAVAILABLE,
};

pub(crate) const DEVICE_PATH: &str = "/3/device/";
const ALERT_PAYLOAD_LIMIT: usize = 4096;
/// The largest payload that APNs ever takes.
pub(crate) const VOIP_PAYLOAD_LIMIT: usize = 5120;

/// What becomes of a request.
pub(crate) struct Verdict {
    pub(crate) apns_id: String,
    pub(crate) rejection: Option<Rejection>,
    /// Scripted for this push.
    pub(crate) delay: Duration,
}

/// Judges one request, delivers it if it is accepted, and logs it.
pub(crate) fn judge(
    core: &Core,
    environment: Environment,
    provider: &mut Provider,
    mut head: Parts,
    payload: Bytes,
) -> Verdict {
    let now = now_ms();
    let apns_id = headers::text(&head.headers, APNS_ID)
        .filter(|id| headers::is_canonical_uuid(id.as_bytes()));
    // Apple writes its own IDs in capitals.
    let apns_id = apns_id.map_or_else(
        || Uuid::new_v4().hyphenated().to_string().to_uppercase(),
        str::to_owned,
    );
    let token = token(core, head.uri.path());
    let mut request = Request {
        core,
        environment,
        provider,
        head: &head,
        payload: &payload,
        now,
        delay: Duration::ZERO,
    };
    let rejection = match request.check(token.as_deref()) {
        Ok(push) => {
            if let Some(token) = &token {
                token.device.mailbox().receive(
                    Push {
                        apns_id: apns_id.clone(),
                        ..push
                    },
                    now / 1000,
                );
            }
            None
        }
        Err(rejection) => Some(rejection),
    };
    let delay = request.delay;
    let (auth, key_id) = provider.proof(head.headers.contains_key(AUTHORIZATION));
    head.headers.remove(AUTHORIZATION);
    core.log.push(Record {
        at: now,
        environment,
        uri: head.uri,
        headers: head.headers,
        rejection: rejection.clone(),
        apns_id: apns_id.clone(),
        device: token.map(|token| (token.device.id.clone(), token.kind)),
        auth,
        key_id,
        payload,
    });
    Verdict {
        apns_id,
        rejection,
        delay,
    }
}

/// The token in the path, in whatever environment it is.
fn token(core: &Core, path: &str) -> Option<Arc<Token>> {
    let hex = path.strip_prefix(DEVICE_PATH)?;
    if hex.bytes().any(|byte| byte.is_ascii_uppercase()) {
        core.registry.token(&hex.to_ascii_lowercase())
    } else {
        core.registry.token(hex)
    }
}

struct Request<'a> {
    core: &'a Core,
    environment: Environment,
    provider: &'a mut Provider,
    head: &'a Parts,
    payload: &'a Bytes,
    /// Milliseconds since 1970.
    now: u64,
    delay: Duration,
}

impl Request<'_> {
    /// The push to deliver, or the first rule that the request breaks.
    fn check(&mut self, token: Option<&Token>) -> Result<Push, Rejection> {
        let headers = &self.head.headers;
        headers::check_single(headers)?;
        headers::check_id(headers)?;
        if self.head.method != Method::POST {
            return Err(METHOD_NOT_ALLOWED);
        }
        let topic = headers::text(headers, TOPIC)
            .or(self.provider.implied_topic())
            .ok_or(MISSING_TOPIC)?
            .to_owned();
        headers::check_topic(&topic)?;
        headers::check_collapse_id(headers)?;
        let priority = headers::priority(headers)?;
        let expiration = headers::expiration(headers, self.now / 1000)?;
        let kind = headers::kind(headers, &topic, priority)?;
        let token = self.check_token(token, &topic)?;
        let (authorization, config, keys) = (
            headers.get(AUTHORIZATION),
            &self.core.config,
            &self.core.keys,
        );
        self.provider.authorize(
            authorization,
            self.environment,
            &topic,
            keys,
            config,
            self.now / 1000,
        )?;
        self.check_payload(kind)?;
        self.check_faults(token)?;
        let payload = self.payload.clone();
        Ok(Push {
            id: 0,
            kind,
            topic,
            apns_id: String::new(),
            priority,
            expiration,
            received_at: self.now,
            payload,
        })
    }

    fn check_token<'t>(
        &self,
        token: Option<&'t Token>,
        topic: &str,
    ) -> Result<&'t Token, Rejection> {
        match self.head.uri.path().strip_prefix(DEVICE_PATH) {
            None => return Err(BAD_PATH),
            Some("") => return Err(MISSING_DEVICE_TOKEN),
            Some(_) => {}
        }
        let token = token
            .filter(|token| token.device.environment == self.environment)
            .ok_or(BAD_DEVICE_TOKEN)?;
        if let Some(since) = token.unregistered_at() {
            return Err(Rejection::unregistered(since));
        }
        if token.accepts(topic) {
            Ok(token)
        } else {
            Err(DEVICE_TOKEN_NOT_FOR_TOPIC)
        }
    }

    fn check_payload(&self, kind: PushKind) -> Result<(), Rejection> {
        let limit = match kind {
            PushKind::Voip => VOIP_PAYLOAD_LIMIT,
            PushKind::Alert | PushKind::Background => ALERT_PAYLOAD_LIMIT,
        };
        match self.payload.len() {
            0 => Err(PAYLOAD_EMPTY),
            size if size > limit => Err(PAYLOAD_TOO_LARGE),
            _ => Ok(()),
        }
    }

    /// What was asked to go wrong with a push that breaks no rule.
    fn check_faults(&mut self, token: &Token) -> Result<(), Rejection> {
        let number = self.core.next_number();
        if self.core.faults.borrow().is_unavailable(number) {
            return Err(SERVICE_UNAVAILABLE);
        }
        let Some(answer) = token.next_scripted() else {
            return Ok(());
        };
        self.delay = answer.delay();
        answer.rejection().map_or(Ok(()), Err)
    }
}
