//! Deliveries: the durable side of the dispatcher's queue.

use rusqlite::{Connection, Row, params};
use zpns_calls::auth::Received;
use zpns_protocol::PushId;
use zpns_protocol::pushes::DeliveryStatus;

use super::rows::{all, environment, execute, first, from_word, int, push_id, uint, word};
use super::{PlanCancel, Store, StoreError, calls, cancels};
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

const COLUMNS: &str = "id, push, app, push_id, user, installation, environment, kind, topic, collapse_id, expires_at, token, payload, registered_at, status, attempts,
    (SELECT call FROM pushes WHERE pushes.id = deliveries.push)";

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
        call: row.get(16)?,
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

/// This user is not rung any longer: what of the invitation was not sent yet never will be. Cancel pushes still are.
pub(super) fn expire_invitation(
    c: &Connection,
    app: &str,
    call: &str,
    user: &str,
    now: u64,
) -> Result<(), StoreError> {
    let sql = "UPDATE deliveries SET status = 'expired', advice = 'The call was over before the push could be sent.', token = '', payload = x'', updated_at = ?4
        WHERE push IN (SELECT id FROM pushes WHERE app = ?1 AND call = ?2 AND kind = 'invite') AND user = ?3 AND status IN ('queued', 'sent')";
    execute(c, sql, params![app, call, user, int(now)])?;
    Ok(())
}

/// The cancel pushes of this call that are due.
fn cancels_of(
    c: &Connection,
    app: &str,
    call: &str,
    now: u64,
    plan: impl PlanCancel,
) -> Result<Vec<Job>, StoreError> {
    calls::load(c, app, call)?.map_or_else(
        || Ok(Vec::new()),
        |call| cancels::make(c, app, &call, now, plan),
    )
}

impl Store {
    /// Records an attempt. A delivery that the device has reported stays received. Token and payload are emptied once it is finished.
    /// What APNs decided also counts if the call ended while it was asked. Returns the cancel pushes that are due by that.
    pub async fn record(
        &self,
        id: &str,
        outcome: Outcome,
        now: u64,
        plan: impl PlanCancel,
    ) -> Result<Vec<Job>, StoreError> {
        let id = id.to_owned();
        self.write(move |c| {
            let finished = !matches!(outcome.status, DeliveryStatus::Queued | DeliveryStatus::Sent);
            let sql = "UPDATE deliveries SET status = CASE WHEN status = 'received' THEN status ELSE ?2 END, reason = ?3, advice = ?4, attempts = ?5,
                  retry_at = ?6, updated_at = ?7, token = CASE WHEN ?8 THEN '' ELSE token END, payload = CASE WHEN ?8 THEN x'' ELSE payload END
                WHERE id = ?1 AND (status IN ('queued', 'sent', 'received') OR status = 'expired' AND ?2 IN ('accepted', 'rejected'))
                RETURNING push";
            let Outcome { status, reason, advice, attempts, retry_at } = outcome;
            let values = params![id, word(status), reason, advice, attempts, int(retry_at), int(now), finished];
            let push = first(c, sql, values, |row| row.get::<_, String>(0))?;
            let Some(push) = push.filter(|_| status == DeliveryStatus::Accepted) else { return Ok(Vec::new()) };
            let sql = "SELECT app, call FROM pushes WHERE id = ?1 AND call IS NOT NULL AND kind = 'invite'";
            match first(c, sql, [push], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))? {
                Some((app, call)) => cancels_of(c, &app, &call, now, plan),
                None => Ok(Vec::new()),
            }
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
            let sql = format!(
                "SELECT {COLUMNS} FROM deliveries WHERE id = ?1 AND status IN ('queued', 'sent')"
            );
            let mut jobs = Vec::with_capacity(ids.len());
            for id in &ids {
                jobs.extend(first(c, &sql, [id], job)?);
            }
            Ok(jobs)
        })
        .await
    }

    /// A device has a push. If that is about a call, marks the invitation that was sent to this user, to this installation if given. Returns
    /// the call, and the cancel pushes that are due; `None` if this user has no such delivery.
    pub async fn received(
        &self,
        app: &str,
        received: Received,
        now: u64,
        plan: impl PlanCancel,
    ) -> Result<Option<(Option<String>, Vec<Job>)>, StoreError> {
        let app = app.to_owned();
        self.write(move |c| {
            let Received { user, delivery, mut call, mut installation } = received;
            if let Some(delivery) = delivery {
                let sql =
                    "UPDATE deliveries SET status = 'received', updated_at = ?4 WHERE id = ?1 AND app = ?2 AND user = ?3 RETURNING push, installation";
                let device = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?));
                let Some((push, to)) = first(c, sql, params![delivery, app, user, int(now)], device)? else { return Ok(None) };
                installation = installation.or(to);
                let of_push = first(c, "SELECT call FROM pushes WHERE id = ?1", [push], |row| row.get::<_, Option<String>>(0))?;
                call = call.or(of_push.flatten());
            }
            let Some(call) = call else { return Ok(Some((None, Vec::new()))) };
            // A delivery that expired before it was sent counts as received only if the receipt names its installation.
            let sql = "UPDATE deliveries SET status = 'received', updated_at = ?5
                WHERE push IN (SELECT id FROM pushes WHERE app = ?1 AND call = ?2 AND kind = 'invite') AND user = ?3
                  AND (?4 IS NULL OR installation = ?4)
                  AND (status IN ('queued', 'sent', 'accepted') OR status = 'expired' AND ?4 IS NOT NULL)";
            execute(c, sql, params![app, call, user, installation, int(now)])?;
            let jobs = cancels_of(c, &app, &call, now, plan)?;
            Ok(Some((Some(call), jobs)))
        })
        .await
    }

    /// Deletes pushes, calls and kept answers that are older than these times.
    pub async fn delete_older(
        &self,
        rows_before: u64,
        answers_before: u64,
    ) -> Result<(), StoreError> {
        self.write(move |c| {
            execute(
                c,
                "DELETE FROM pushes WHERE created_at < ?1",
                [int(rows_before)],
            )?;
            execute(
                c,
                "DELETE FROM calls WHERE created_at < ?1",
                [int(rows_before)],
            )?;
            execute(
                c,
                "DELETE FROM idempotency WHERE created_at < ?1",
                [int(answers_before)],
            )?;
            Ok(())
        })
        .await
    }
}
