//! `Idempotency-Key`: the first answer is kept and given again (IETF draft-ietf-httpapi-idempotency-key-header).
//!
//! The answer is written in the transaction of the work itself, so that a request either happened with its answer kept, or did not happen.

use rusqlite::{Connection, params};

use super::StoreError;
use super::rows::{execute, first, int};

/// A request that must not be carried out twice.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// The header's value.
    pub key: String,
    /// Hash of the request: method, path and body.
    pub request_sha256: [u8; 32],
}

/// What became of a request with an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// It was carried out before, with this answer (JSON).
    Answer(String),
    /// The key belongs to another request.
    OtherRequest,
}

pub(super) fn earlier(c: &Connection, app: &str, request: &Idempotency) -> Result<Option<Replayed>, StoreError> {
    let sql = "SELECT request_sha256, answer FROM idempotency WHERE app = ?1 AND key = ?2";
    let found = first(c, sql, params![app, request.key], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, String>(1)?)))?;
    Ok(found.map(|(sha256, answer)| if sha256 == request.request_sha256 { Replayed::Answer(answer) } else { Replayed::OtherRequest }))
}

pub(super) fn keep(c: &Connection, app: &str, request: &Idempotency, answer: &str, now: u64) -> Result<(), StoreError> {
    let sql = "INSERT INTO idempotency (app, key, request_sha256, answer, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    execute(c, sql, params![app, request.key, request.request_sha256, answer, int(now)])?;
    Ok(())
}
