//! Pushes that tell a device to stop ringing: made in the transaction in which [`zpns_calls::cancel`] finds that one is due.

use rusqlite::{Connection, params};
use zpns_calls::cancel::{self, SentPush};
use zpns_protocol::calls::Call;
use zpns_protocol::payload::PushKind;
use zpns_protocol::push_config::PushConfig;

use super::rows::{all, from_word, push_id};
use super::{StoreError, calls, devices, pushes, resources};
use crate::model::{CancelMode, Device, Job, Strategy};
use crate::random;
use crate::refusal::Refusal;

/// Makes the deliveries of a cancel push to these devices; the text is the ID of the push.
pub trait PlanCancel:
    FnOnce(&str, &Strategy, &PushConfig, &Call, &[Device]) -> Result<Vec<Job>, Refusal> + Send + 'static
{
}

impl<F> PlanCancel for F where
    F: FnOnce(&str, &Strategy, &PushConfig, &Call, &[Device]) -> Result<Vec<Job>, Refusal>
        + Send
        + 'static
{
}

/// Adds the cancel pushes that are due now, if the call's strategy wants them.
pub(super) fn make(
    c: &Connection,
    app: &str,
    call: &Call,
    now: u64,
    plan: impl PlanCancel,
) -> Result<Vec<Job>, StoreError> {
    let id = call.call_id.as_str();
    if !cancel::can_be_due(call, now) {
        return Ok(Vec::new());
    }
    let Some(config) = calls::push_config(c, app, id)? else {
        return Ok(Vec::new());
    };
    let Some(strategy) = resources::strategy(c, app, &config.resources_id)? else {
        return Ok(Vec::new());
    };
    if strategy.cancel_mode != CancelMode::Voip {
        return Ok(Vec::new());
    }
    let devices = due(c, app, &strategy, call, now)?;
    if devices.is_empty() {
        return Ok(Vec::new());
    }
    let push = random::row_id();
    match plan(&push, &strategy, &config, call, &devices) {
        Ok(jobs) => {
            pushes::insert(
                c,
                &pushes::NewPush {
                    app,
                    id: &push,
                    kind: PushKind::Cancel,
                    call: Some(id),
                    unreachable: &[],
                },
                &jobs,
                now,
            )?;
            Ok(jobs)
        }
        // What it came with, a verb or an answer of APNs, stands without it.
        Err(error) => {
            tracing::error!(%error, "a cancel push could not be made");
            Ok(Vec::new())
        }
    }
}

fn due(
    c: &Connection,
    app: &str,
    strategy: &Strategy,
    call: &Call,
    now: u64,
) -> Result<Vec<Device>, StoreError> {
    let id = call.call_id.as_str();
    let sent = sent_pushes(c, app, id)?;
    let mut devices = Vec::new();
    for not_told in cancel::not_told(&sent) {
        devices.extend(devices::by_push_id(c, app, &not_told)?);
    }
    if devices.is_empty() {
        return Ok(devices);
    }
    let events = calls::events(c, app, id)?;
    Ok(cancel::due(strategy, call, &sent, &events, &devices, now))
}

/// What registered devices were sent about a call.
pub(super) fn sent_pushes(
    c: &Connection,
    app: &str,
    call: &str,
) -> Result<Vec<SentPush>, StoreError> {
    let sql = "SELECT d.push_id, p.kind, d.kind, d.status FROM pushes p JOIN deliveries d ON d.push = p.id
        WHERE p.app = ?1 AND p.call = ?2 AND d.push_id IS NOT NULL";
    let rows = all(c, sql, params![app, call], |row| {
        let (push, kind) = (from_word(1, row.get(1)?)?, from_word(2, row.get(2)?)?);
        let status = from_word(3, row.get(3)?)?;
        let to_device = |push_id| SentPush {
            push_id,
            push,
            kind,
            status,
        };
        Ok(push_id(0, row.get(0)?)?.map(to_device))
    })?;
    Ok(rows.into_iter().flatten().collect())
}
