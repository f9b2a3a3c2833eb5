//! Calls and their events.

use rusqlite::{Connection, params};
use zpns_calls::CallError;
use zpns_calls::machine::{Outcome, is_ringing_for, ring_until};
use zpns_protocol::calls::{Call, CallEvent, Invited};
use zpns_protocol::payload::PushKind;
use zpns_protocol::push_config::PushConfig;

use super::idempotency::{self, Idempotency};
use super::pushes::{self, Accepted};
use super::rows::{all, execute, first, from_json, int, json, uint};
use super::{PlanCancel, Store, StoreError, cancels, deliveries, devices, late, user_events};
use crate::model::{Device, Job, Strategy};
use crate::random;
use crate::refusal::Refusal;

/// A new call as it is asked for.
#[derive(Clone, Debug)]
pub struct NewCall {
    /// Its ID.
    pub call_id: String,
    /// Whom it is for.
    pub invitees: Vec<String>,
    /// What to push.
    pub push_config: Option<PushConfig>,
    /// When.
    pub now: u64,
}

/// A new call as it is stored.
#[derive(Clone, Debug)]
pub struct CallRow {
    /// The call and its first event.
    pub event: CallEvent,
    /// The answer.
    pub invited: Invited,
    /// The pushes.
    pub jobs: Vec<Job>,
}

/// Events of a call from some number on.
#[derive(Clone, Debug)]
pub struct EventsSince {
    /// In order.
    pub events: Vec<CallEvent>,
    /// Whether the call is over, so that none will follow.
    pub over: bool,
}

pub(super) fn load(c: &Connection, app: &str, id: &str) -> Result<Option<Call>, StoreError> {
    let sql = "SELECT call FROM calls WHERE app = ?1 AND id = ?2";
    first(c, sql, params![app, id], |row| row.get::<_, String>(0))?
        .map(|text| from_json("call", &text))
        .transpose()
}

/// What the call's invitation pushed.
pub(super) fn push_config(
    c: &Connection,
    app: &str,
    id: &str,
) -> Result<Option<PushConfig>, StoreError> {
    let sql = "SELECT push_config FROM calls WHERE app = ?1 AND id = ?2";
    let stored = first(c, sql, params![app, id], |row| {
        row.get::<_, Option<String>>(0)
    })?
    .flatten();
    stored
        .map(|text| from_json("push config", &text))
        .transpose()
}

fn add_event(c: &Connection, app: &str, event: &CallEvent) -> Result<(), StoreError> {
    let sql = "INSERT INTO call_events (app, call, seq, event) VALUES (?1, ?2, ?3, ?4)";
    execute(
        c,
        sql,
        params![
            app,
            event.call.call_id.as_str(),
            int(event.seq),
            json(event)
        ],
    )?;
    user_events::add(c, app, event)
}

/// All events of a call, in order.
pub(super) fn events(c: &Connection, app: &str, call: &str) -> Result<Vec<CallEvent>, StoreError> {
    events_after(c, app, call, 0)
}

/// The event that began a call.
pub(super) fn first_event(
    c: &Connection,
    app: &str,
    call: &str,
) -> Result<Option<CallEvent>, StoreError> {
    let sql = "SELECT event FROM call_events WHERE app = ?1 AND call = ?2 ORDER BY seq LIMIT 1";
    first(c, sql, params![app, call], |row| row.get::<_, String>(0))?
        .map(|text| from_json("call event", &text))
        .transpose()
}

fn events_after(
    c: &Connection,
    app: &str,
    call: &str,
    after: u64,
) -> Result<Vec<CallEvent>, StoreError> {
    let sql =
        "SELECT event FROM call_events WHERE app = ?1 AND call = ?2 AND seq > ?3 ORDER BY seq";
    let rows = all(c, sql, params![app, call, int(after)], |row| {
        row.get::<_, String>(0)
    })?;
    rows.iter()
        .map(|text| from_json("call event", text))
        .collect()
}

impl Store {
    /// Makes a call: finds each invitee's devices, has `plan` make the call and its pushes, and writes it all with the answer.
    pub async fn create_call(
        &self,
        app: &str,
        idempotency: Option<Idempotency>,
        NewCall {
            call_id,
            invitees,
            push_config,
            now,
        }: NewCall,
        plan: impl FnOnce(&str, Option<&Strategy>, Vec<Vec<Device>>) -> Result<CallRow, Refusal>
        + Send
        + 'static,
    ) -> Result<Accepted<Invited>, Refusal> {
        let app = app.to_owned();
        self.write(move |c| {
            if let Some(earlier) = idempotency::replay(c, &app, idempotency.as_ref())? {
                return Ok(earlier);
            }
            if load(c, &app, &call_id)?.is_some() {
                return Err(CallError::CallExists.into());
            }
            let strategy = push_config.as_ref().map(|config| pushes::strategy_of(c, &app, &config.resources_id)).transpose()?;
            let of_invitees = invitees.iter().map(|user| devices::of_user(c, &app, user)).collect::<Result<Vec<_>, _>>()?;
            let push = random::row_id();
            let row = plan(&push, strategy.as_ref(), of_invitees)?;
            let call = &row.invited.call;
            let sql = "INSERT INTO calls (app, id, call, push_config, ring_until, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let config = push_config.as_ref().map(json);
            execute(c, sql, params![app, call_id, json(call), config, ring_until(call, now).map(int), int(now)])?;
            add_event(c, &app, &row.event)?;
            if !row.jobs.is_empty() {
                let unreachable: Vec<_> = row.invited.error_user_list.iter().map(|e| e.user_id.clone()).collect();
                let new = pushes::NewPush { app: &app, id: &push, kind: PushKind::Invite, call: Some(&call_id), unreachable: &unreachable };
                pushes::insert(c, &new, &row.jobs, now)?;
            }
            if push_config.is_some() {
                late::wait(c, &app, &row.event)?;
            }
            if let Some(request) = &idempotency {
                idempotency::keep(c, &app, request, &json(&row.invited), now)?;
            }
            Ok(Accepted::New(row.invited, row.jobs))
        })
        .await
    }

    /// The call.
    pub async fn call(&self, app: &str, id: &str) -> Result<Option<Call>, StoreError> {
        let (app, id) = (app.to_owned(), id.to_owned());
        self.read(move |c| load(c, &app, &id)).await
    }

    /// Changes a call by `change`, one change at a time, and writes the events. What was still queued for users who are not rung any longer
    /// is never sent; for devices that have the invitation the cancel pushes are added that are due.
    pub async fn change_call(
        &self,
        app: &str,
        id: &str,
        now: u64,
        change: impl FnOnce(&mut Call) -> Result<Outcome, CallError> + Send + 'static,
        plan: impl PlanCancel,
    ) -> Result<(Call, Outcome, Vec<Job>), Refusal> {
        let (app, id) = (app.to_owned(), id.to_owned());
        self.write(move |c| {
            let mut call = load(c, &app, &id)?.ok_or(CallError::NoSuchCall)?;
            let outcome = change(&mut call)?;
            let mut cancels = Vec::new();
            if !outcome.events.is_empty() {
                outcome
                    .events
                    .iter()
                    .try_for_each(|event| add_event(c, &app, event))?;
                for user in call
                    .participants
                    .iter()
                    .filter(|p| !is_ringing_for(&call, &p.user_id))
                {
                    deliveries::expire_invitation(c, &app, &id, &user.user_id, now)?;
                }
                cancels = cancels::make(c, &app, &call, now, plan)?;
            }
            // Written even without an event: a timer that found nothing to do must not fire again.
            let ring_until = ring_until(&call, now);
            if ring_until.is_none() {
                late::stop_waiting(c, &app, &id)?;
            }
            let sql = "UPDATE calls SET call = ?3, ring_until = ?4 WHERE app = ?1 AND id = ?2";
            execute(c, sql, params![app, id, json(&call), ring_until.map(int)])?;
            Ok((call, outcome, cancels))
        })
        .await
    }

    /// Events with numbers above `after`.
    pub async fn call_events(
        &self,
        app: &str,
        id: &str,
        after: u64,
    ) -> Result<EventsSince, StoreError> {
        let (app, id) = (app.to_owned(), id.to_owned());
        self.read(move |c| {
            let events = events_after(c, &app, &id, after)?;
            let over = match events.last() {
                Some(event) => event.call.state.is_over(),
                None => load(c, &app, &id)?.is_none_or(|call| call.state.is_over()),
            };
            Ok(EventsSince { events, over })
        })
        .await
    }

    /// Calls whose ring time is up, at most 100.
    pub async fn due_calls(&self, now: u64) -> Result<Vec<(String, String)>, StoreError> {
        self.read(move |c| {
            let sql =
                "SELECT app, id FROM calls WHERE ring_until <= ?1 ORDER BY ring_until LIMIT 100";
            all(c, sql, [int(now)], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .await
    }

    /// When the next call's ring time is up.
    pub async fn next_due(&self) -> Result<Option<u64>, StoreError> {
        self.read(|c| {
            Ok(first(c, "SELECT min(ring_until) FROM calls", [], |row| {
                row.get::<_, Option<i64>>(0)
            })?
            .flatten()
            .map(uint))
        })
        .await
    }
}
