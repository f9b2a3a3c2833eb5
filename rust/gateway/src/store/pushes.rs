//! Pushes: accepted in one transaction together with their deliveries and the kept answer.

use rusqlite::{Connection, params};
use zpns_calls::check;
use zpns_protocol::PushId;
use zpns_protocol::payload::PushKind;
use zpns_protocol::pushes::{Delivery, DeliveryKind, Push};

use super::idempotency::{self, Idempotency};
use super::rows::{
    all, environment, execute, first, from_json, from_word, int, json, push_id, uint, word,
};
use super::{Store, StoreError, deliveries, devices, resources};
use crate::model::{Device, Job, Strategy};
use crate::random;
use crate::refusal::Refusal;

/// To whom a push goes, and by which resource.
#[derive(Clone, Debug)]
pub struct Recipients {
    /// Registered devices.
    pub push_ids: Vec<PushId>,
    /// Users.
    pub user_ids: Vec<String>,
    /// Devices that came with the request.
    pub local: Vec<Device>,
    /// `resourcesID`; empty for an alert.
    pub resources_id: String,
    /// By how much the badge changes, if it does.
    pub badge_increment: Option<i32>,
}

/// A request that was carried out now, or earlier.
#[derive(Clone, Debug)]
pub enum Accepted<T> {
    /// Now.
    New(T, Vec<Job>),
    /// Earlier under the same `Idempotency-Key`, with this answer (JSON).
    Earlier(String),
}

pub(super) fn strategy_of(
    c: &Connection,
    app: &str,
    resources_id: &str,
) -> Result<Strategy, Refusal> {
    Strategy::of_resource(resources_id, |id| Ok(resources::strategy(c, app, id)?))
}

/// The devices of a request, each once, and the users without any.
fn resolve(
    c: &Connection,
    app: &str,
    to: &mut Recipients,
) -> Result<(Vec<Device>, Vec<String>), StoreError> {
    let mut found = std::mem::take(&mut to.local);
    let mut unreachable = Vec::new();
    for id in &to.push_ids {
        match devices::by_push_id(c, app, id)? {
            Some(device) => found.push(device),
            None => unreachable.push(id.to_string()),
        }
    }
    for user in &to.user_ids {
        let of_user = devices::of_user(c, app, user)?;
        if of_user.is_empty() {
            unreachable.push(user.clone());
        }
        found.extend(of_user);
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|device| {
        device
            .push_id
            .as_ref()
            .is_none_or(|id| seen.insert(id.clone()))
    });
    Ok((found, unreachable))
}

fn bump_badges(c: &Connection, devices: &mut [Device], increment: i32) -> Result<(), StoreError> {
    for device in devices {
        device.badge = device
            .badge
            .saturating_add_signed(increment)
            .min(check::MAX_BADGE);
        if let Some(id) = &device.push_id {
            devices::set_badge(c, id, device.badge)?;
        }
    }
    Ok(())
}

/// A push to be written.
pub(super) struct NewPush<'a> {
    pub(super) app: &'a str,
    pub(super) id: &'a str,
    /// What it says of its call.
    pub(super) kind: PushKind,
    pub(super) call: Option<&'a str>,
    /// Users that were named but have no device.
    pub(super) unreachable: &'a [String],
}

/// Writes a push and its deliveries.
pub(super) fn insert(
    c: &Connection,
    push: &NewPush<'_>,
    jobs: &[Job],
    now: u64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO pushes (id, app, kind, call, unreachable, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    execute(
        c,
        sql,
        params![
            push.id,
            push.app,
            word(push.kind),
            push.call,
            json(&push.unreachable),
            int(now)
        ],
    )?;
    jobs.iter()
        .try_for_each(|job| deliveries::insert(c, job, now))
}

fn as_answer(job: &Job, now: u64) -> Delivery {
    Delivery {
        id: job.id.clone(),
        push_id: job.push_id.clone(),
        user_id: job.user.clone(),
        environment: job.environment,
        kind: job.kind,
        status: job.status,
        reason: None,
        advice: job.advice.clone(),
        attempts: 0,
        updated_at: now,
    }
}

impl Store {
    /// Accepts a push: finds the devices, has `plan` make a delivery for each, and writes it all with the answer.
    pub async fn accept_push(
        &self,
        app: &str,
        idempotency: Option<Idempotency>,
        mut to: Recipients,
        now: u64,
        plan: impl FnOnce(&str, &Strategy, &[Device]) -> Result<Vec<Job>, Refusal> + Send + 'static,
    ) -> Result<Accepted<Push>, Refusal> {
        let app = app.to_owned();
        self.write(move |c| {
            if let Some(earlier) = idempotency::replay(c, &app, idempotency.as_ref())? {
                return Ok(earlier);
            }
            let strategy = strategy_of(c, &app, &to.resources_id)?;
            let (mut devices, unreachable) = resolve(c, &app, &mut to)?;
            if let (Some(increment), DeliveryKind::Alert) = (to.badge_increment, strategy.kind) {
                bump_badges(c, &mut devices, increment)?;
            }
            let id = random::row_id();
            let jobs = plan(&id, &strategy, &devices)?;
            let new = NewPush {
                app: &app,
                id: &id,
                kind: PushKind::Invite,
                call: None,
                unreachable: &unreachable,
            };
            insert(c, &new, &jobs, now)?;
            let deliveries = jobs.iter().map(|job| as_answer(job, now)).collect();
            let push = Push {
                id,
                created_at: now,
                deliveries,
                unreachable,
            };
            if let Some(request) = &idempotency {
                idempotency::keep(c, &app, request, &json(&push), now)?;
            }
            Ok(Accepted::New(push, jobs))
        })
        .await
    }

    /// A push and what became of it.
    pub async fn push(&self, app: &str, id: &str) -> Result<Option<Push>, StoreError> {
        let (app, id) = (app.to_owned(), id.to_owned());
        self.read(move |c| {
            let sql = "SELECT created_at, unreachable FROM pushes WHERE id = ?1 AND app = ?2";
            let Some((created_at, unreachable)) = first(c, sql, params![id, app], |row| Ok((uint(row.get(0)?), row.get::<_, String>(1)?)))?
            else {
                return Ok(None);
            };
            let sql = "SELECT id, push_id, user, environment, kind, status, reason, advice, attempts, updated_at
                FROM deliveries WHERE push = ?1 ORDER BY id";
            let deliveries = all(c, sql, [&id], |row| {
                Ok(Delivery {
                    id: row.get(0)?,
                    push_id: push_id(1, row.get(1)?)?,
                    user_id: row.get(2)?,
                    environment: environment(3, row.get(3)?)?,
                    kind: from_word(4, row.get(4)?)?,
                    status: from_word(5, row.get(5)?)?,
                    reason: row.get(6)?,
                    advice: row.get(7)?,
                    attempts: row.get(8)?,
                    updated_at: uint(row.get(9)?),
                })
            })?;
            Ok(Some(Push { id, created_at, deliveries, unreachable: from_json("push", &unreachable)? }))
        })
        .await
    }
}
