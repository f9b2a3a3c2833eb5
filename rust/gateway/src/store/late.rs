//! Invitees who had no device when they were invited, and the push to one that registers while the call rings.

use rusqlite::{Connection, params};
use zpns_calls::late;
use zpns_protocol::PushId;
use zpns_protocol::calls::{Call, CallEvent};
use zpns_protocol::payload::PushKind;
use zpns_protocol::push_config::PushConfig;

use super::rows::{all, execute};
use super::{Store, StoreError, calls, cancels, devices, pushes};
use crate::model::{Device, Job, Strategy};
use crate::random;
use crate::refusal::Refusal;

/// Keeps whom a call that has just begun waits for.
pub(super) fn wait(c: &Connection, app: &str, created: &CallEvent) -> Result<(), StoreError> {
    let call = created.call.call_id.as_str();
    for user in late::waited_for(created) {
        let sql = "INSERT INTO waiting_invitees (app, user, call) VALUES (?1, ?2, ?3)";
        execute(c, sql, params![app, user, call])?;
    }
    Ok(())
}

pub(super) fn stop_waiting(c: &Connection, app: &str, call: &str) -> Result<(), StoreError> {
    execute(
        c,
        "DELETE FROM waiting_invitees WHERE app = ?1 AND call = ?2",
        params![app, call],
    )?;
    Ok(())
}

impl Store {
    /// Calls that this user was invited to without having a device.
    pub async fn waiting_calls(&self, app: &str, user: &str) -> Result<Vec<String>, StoreError> {
        let values = (app.to_owned(), user.to_owned());
        self.read(move |c| {
            all(
                c,
                "SELECT call FROM waiting_invitees WHERE app = ?1 AND user = ?2",
                values,
                |row| row.get(0),
            )
        })
        .await
    }

    /// Adds the invitation to a device that has just registered, if [`zpns_calls::late`] says that it is due.
    pub async fn add_late_push(
        &self,
        app: &str,
        call: &str,
        device: &PushId,
        now: u64,
        plan: impl FnOnce(&str, &Strategy, &PushConfig, &Call, &Device) -> Result<Job, Refusal>
        + Send
        + 'static,
    ) -> Result<Option<Job>, Refusal> {
        let (app, id, device) = (app.to_owned(), call.to_owned(), device.clone());
        self.write(move |c| {
            let (Some(created), Some(call), Some(config), Some(device)) = (
                calls::first_event(c, &app, &id)?,
                calls::load(c, &app, &id)?,
                calls::push_config(c, &app, &id)?,
                devices::by_push_id(c, &app, &device)?,
            ) else {
                return Ok(None);
            };
            let sent = cancels::sent_pushes(c, &app, &id)?;
            if !late::is_due(&created, &call, &device, &sent, now) {
                return Ok(None);
            }
            let strategy = pushes::strategy_of(c, &app, &config.resources_id)?;
            let push = random::row_id();
            let job = plan(&push, &strategy, &config, &call, &device)?;
            let new = pushes::NewPush {
                app: &app,
                id: &push,
                kind: PushKind::Invite,
                call: Some(&id),
                unreachable: &[],
            };
            pushes::insert(c, &new, std::slice::from_ref(&job), now)?;
            Ok(Some(job))
        })
        .await
    }
}
