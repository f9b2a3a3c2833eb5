//! Deliveries: the durable side of the dispatcher's queue.

use rusqlite::{Connection, Row, params};
use zpns_protocol::PushId;
use zpns_protocol::pushes::DeliveryStatus;

use super::rows::{all, environment, execute, first, from_word, int, push_id, uint, word};
use super::{Store, StoreError};
use crate::model::Job;

/// How long the dispatcher has a new delivery for itself before the sweeper takes it for lost, in milliseconds.
pub const LEASE: u64 = 30_000;

/// What became of an attempt.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Where the delivery stands now.
    pub status: DeliveryStatus,
    /// Apple's reason.
    pub reason: Option<String>,
    /// What to do about it.
    pub advice: Option<String>,
    /// How often it was sent so far.
    pub attempts: u32,
    /// When the sweeper hands it out again, if it is not finished.
    pub retry_at: u64,
}

const COLUMNS: &str = "id, push, app, push_id, user, installation, environment, kind, topic, collapse_id, expires_at, token, payload, registered_at, status, attempts";

fn job(row: &Row<'_>) -> rusqlite::Result<Job> {
    Ok(Job {
        id: row.get(0)?,
        push: row.get(1)?,
        app: row.get(2)?,
        push_id: push_id(3, row.get(3)?)?,
        user: row.get(4)?,
        installation: row.get(5)?,
        environment: environment(6, row.get(6)?)?,
        kind: from_word(7, row.get(7)?)?,
        topic: row.get(8)?,
        collapse_id: row.get(9)?,
        expires_at: uint(row.get(10)?),
        token: row.get(11)?,
        payload: row.get(12)?,
        registered_at: uint(row.get(13)?),
        status: from_word(14, row.get(14)?)?,
        attempts: row.get(15)?,
        advice: None,
    })
}

pub(super) fn insert(c: &Connection, job: &Job, now: u64) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO deliveries (id, push, app, push_id, user, installation, environment, kind, topic, collapse_id, expires_at, token,
          payload, registered_at, status, advice, retry_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";
    let (environment, kind, status) = (job.environment.as_str(), word(job.kind), word(job.status));
    let device = job.push_id.as_ref().map(PushId::as_str);
    let values = params![
        job.id,
        job.push,
        job.app,
        device,
        job.user,
        job.installation,
        environment,
        kind,
        job.topic,
        job.collapse_id,
        int(job.expires_at),
        job.token,
        job.payload,
        int(job.registered_at),
        status,
        job.advice,
        int(now.saturating_add(LEASE)),
        int(now),
    ];
    execute(c, sql, values)?;
    Ok(())
}

/// Nothing more is sent to these users about this call. What was not sent yet never will be.
pub(super) fn expire_for_user(c: &Connection, app: &str, call: &str, user: &str, now: u64) -> Result<(), StoreError> {
    let sql = "UPDATE deliveries SET status = 'expired', advice = 'The call was over before the push could be sent.', token = '', payload = x'', updated_at = ?4
        WHERE push IN (SELECT id FROM pushes WHERE app = ?1 AND call = ?2) AND user = ?3 AND status IN ('queued', 'sent')";
    execute(c, sql, params![app, call, user, int(now)])?;
    Ok(())
}

impl Store {
    /// Records an attempt. A delivery that the device has reported stays received. Token and payload are emptied once it is finished.
    pub async fn record(&self, id: &str, outcome: Outcome, now: u64) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write(move |c| {
            let finished = !matches!(outcome.status, DeliveryStatus::Queued | DeliveryStatus::Sent);
            let sql = "UPDATE deliveries SET status = CASE WHEN status = 'received' THEN status ELSE ?2 END, reason = ?3, advice = ?4, attempts = ?5,
                  retry_at = ?6, updated_at = ?7, token = CASE WHEN ?8 THEN '' ELSE token END, payload = CASE WHEN ?8 THEN x'' ELSE payload END
                WHERE id = ?1 AND status IN ('queued', 'sent', 'received')";
            let Outcome { status, reason, advice, attempts, retry_at } = outcome;
            execute(c, sql, params![id, word(status), reason, advice, attempts, int(retry_at), int(now), finished])?;
            Ok(())
        })
        .await
    }

    /// Whether the delivery is still to be made.
    pub async fn is_unfinished(&self, id: &str) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.read(move |c| {
            let sql = "SELECT 1 FROM deliveries WHERE id = ?1 AND status IN ('queued', 'sent')";
            Ok(first(c, sql, [id], |_| Ok(()))?.is_some())
        })
        .await
    }

    /// IDs of unfinished deliveries that are due by `until`, VoIP first.
    pub async fn unfinished(&self, until: u64) -> Result<Vec<String>, StoreError> {
        self.read(move |c| {
            let sql = "SELECT id FROM deliveries WHERE status IN ('queued', 'sent') AND retry_at <= ?1 ORDER BY kind DESC, id";
            all(c, sql, [int(until)], |row| row.get(0))
        })
        .await
    }

    /// These deliveries, as far as they are unfinished.
    pub async fn jobs(&self, ids: Vec<String>) -> Result<Vec<Job>, StoreError> {
        self.read(move |c| {
            let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE id = ?1 AND status IN ('queued', 'sent')");
            let mut jobs = Vec::with_capacity(ids.len());
            for id in &ids {
                jobs.extend(first(c, &sql, [id], job)?);
            }
            Ok(jobs)
        })
        .await
    }

    /// A device has this push. Returns the call that it was about, `None` if this user has no such delivery.
    pub async fn received(&self, app: &str, user: &str, delivery: &str, now: u64) -> Result<Option<Option<String>>, StoreError> {
        let (app, user, delivery) = (app.to_owned(), user.to_owned(), delivery.to_owned());
        self.write(move |c| {
            let sql = "UPDATE deliveries SET status = 'received', updated_at = ?4 WHERE id = ?1 AND app = ?2 AND user = ?3 RETURNING push";
            let Some(push) = first(c, sql, params![delivery, app, user, int(now)], |row| row.get::<_, String>(0))? else { return Ok(None) };
            first(c, "SELECT call FROM pushes WHERE id = ?1", [push], |row| row.get(0))
        })
        .await
    }

    /// A device has the push of this call: marks what was sent to this user, to this installation if given.
    pub async fn received_call(&self, app: &str, user: &str, call: &str, installation: Option<&str>, now: u64) -> Result<(), StoreError> {
        let values = (app.to_owned(), call.to_owned(), user.to_owned(), installation.map(str::to_owned), int(now));
        self.write(move |c| {
            let sql = "UPDATE deliveries SET status = 'received', updated_at = ?5
                WHERE push IN (SELECT id FROM pushes WHERE app = ?1 AND call = ?2) AND user = ?3 AND (?4 IS NULL OR installation = ?4)
                  AND status IN ('queued', 'sent', 'accepted')";
            execute(c, sql, values)?;
            Ok(())
        })
        .await
    }

    /// Deletes pushes, calls and kept answers that are older than these times.
    pub async fn delete_older(&self, rows_before: u64, answers_before: u64) -> Result<(), StoreError> {
        self.write(move |c| {
            execute(c, "DELETE FROM pushes WHERE created_at < ?1", [int(rows_before)])?;
            execute(c, "DELETE FROM calls WHERE created_at < ?1", [int(rows_before)])?;
            execute(c, "DELETE FROM idempotency WHERE created_at < ?1", [int(answers_before)])?;
            Ok(())
        })
        .await
    }
}
