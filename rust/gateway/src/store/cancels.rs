//! Pushes that tell a device to stop ringing: made in the transaction in which it turns out that one is due.
//!
//! A device is due one when APNs took its invitation or the device has reported it, its user is not rung any longer, and it did not end the
//! ringing itself. Either may come last, the end of the call or the answer of APNs, so both ask here; what was made once is not made again.

use std::collections::HashSet;

use rusqlite::{Connection, params};
use zpns_protocol::PushId;
use zpns_protocol::calls::{Call, CallEvent, CallEventKind};
use zpns_protocol::payload::PushKind;
use zpns_protocol::push_config::PushConfig;

use super::rows::{all, from_json, push_id};
use super::{StoreError, calls, devices, pushes, resources};
use crate::calls::machine::is_ringing_for;
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
    // After the ring time devices stop by themselves.
    if now >= call.expires_at
        || call
            .participants
            .iter()
            .skip(1)
            .all(|invitee| is_ringing_for(call, &invitee.user_id))
    {
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
    let devices = due(c, app, call)?;
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

fn due(c: &Connection, app: &str, call: &Call) -> Result<Vec<Device>, StoreError> {
    let sql = "SELECT DISTINCT d.push_id FROM deliveries d JOIN pushes p ON p.id = d.push
        WHERE p.app = ?1 AND p.call = ?2 AND p.kind = 'invite' AND d.kind = 'voip' AND d.status IN ('accepted', 'received')
          AND d.push_id NOT IN (SELECT told.push_id FROM deliveries told JOIN pushes cancel ON cancel.id = told.push
            WHERE cancel.app = ?1 AND cancel.call = ?2 AND cancel.kind = 'cancel' AND told.push_id IS NOT NULL)";
    let ids: Vec<Option<PushId>> = all(c, sql, params![app, call.call_id.as_str()], |row| {
        push_id(0, row.get(0)?)
    })?;
    let acted = acted(c, app, call)?;
    let mut due = Vec::new();
    for id in ids.iter().flatten() {
        let Some(device) = devices::by_push_id(c, app, id)? else {
            continue;
        };
        let (Some(user), Some(installation)) = (device.user.clone(), device.installation.clone())
        else {
            continue;
        };
        if device.voip.is_some()
            && !is_ringing_for(call, &user)
            && !acted.contains(&(user, installation))
        {
            due.push(device);
        }
    }
    Ok(due)
}

/// Users and installations that answered, declined or hung up: those know.
fn acted(c: &Connection, app: &str, call: &Call) -> Result<HashSet<(String, String)>, StoreError> {
    let sql = "SELECT event FROM call_events WHERE app = ?1 AND call = ?2";
    let events = all(c, sql, params![app, call.call_id.as_str()], |row| {
        row.get::<_, String>(0)
    })?;
    let mut acted = HashSet::new();
    for text in &events {
        let event: CallEvent = from_json("call event", text)?;
        if event.kind == CallEventKind::Received {
            continue;
        }
        if let Some(by) = event.by
            && let Some(installation) = by.installation
        {
            acted.insert((by.user_id, installation));
        }
    }
    Ok(acted)
}
