//! `Idempotency-Key`: the first answer is kept and given again (IETF draft-ietf-httpapi-idempotency-key-header).
//!
//! The answer is written in the transaction of the work itself, so that a request either happened with its answer kept, or did not happen.

use rusqlite::{Connection, params};
use zpns_calls::CallError;

use super::pushes::Accepted;
use super::rows::{execute, first, int};
use super::{Store, StoreError};
use crate::refusal::Refusal;

/// A request that must not be carried out twice.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// The header's value, and where it counts.
    pub key: String,
    /// Hash of the body.
    pub request_sha256: [u8; 32],
}

/// What became of a request with an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Replayed {
    /// It was carried out before, with this answer (JSON).
    Answer(String),
    /// The key belongs to a request with another body.
    OtherRequest,
}

impl Replayed {
    /// The answer, unless the key belongs to another request.
    fn answer(self) -> Result<String, Refusal> {
        match self {
            Self::Answer(answer) => Ok(answer),
            Self::OtherRequest => Err(CallError::IdempotencyKeyReused.into()),
        }
    }
}

/// What became of the request if it was carried out before.
pub(super) fn replay<T>(
    c: &Connection,
    app: &str,
    request: Option<&Idempotency>,
) -> Result<Option<Accepted<T>>, Refusal> {
    let Some(request) = request else {
        return Ok(None);
    };
    earlier(c, app, request)?
        .map(|earlier| Ok(Accepted::Earlier(earlier.answer()?)))
        .transpose()
}

fn earlier(
    c: &Connection,
    app: &str,
    request: &Idempotency,
) -> Result<Option<Replayed>, StoreError> {
    let sql = "SELECT request_sha256, answer FROM idempotency WHERE app = ?1 AND key = ?2";
    let found = first(c, sql, params![app, request.key], |row| {
        Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, String>(1)?))
    })?;
    Ok(found.map(|(sha256, answer)| {
        if sha256 == request.request_sha256 {
            Replayed::Answer(answer)
        } else {
            Replayed::OtherRequest
        }
    }))
}

pub(super) fn keep(
    c: &Connection,
    app: &str,
    request: &Idempotency,
    answer: &str,
    now: u64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO idempotency (app, key, request_sha256, answer, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    execute(
        c,
        sql,
        params![app, request.key, request.request_sha256, answer, int(now)],
    )?;
    Ok(())
}

impl Store {
    /// The answer (JSON) that was given to this request before, if it was.
    pub async fn earlier_answer(
        &self,
        app: &str,
        request: Idempotency,
    ) -> Result<Option<String>, Refusal> {
        let app = app.to_owned();
        self.read(move |c| earlier(c, &app, &request))
            .await?
            .map(Replayed::answer)
            .transpose()
    }
}
