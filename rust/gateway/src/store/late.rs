//! Invitees who had no device when they were invited, and the push to one that registers while the call rings.

use rusqlite::{Connection, params};
use zpns_protocol::PushId;
use zpns_protocol::calls::{Call, UserState};
use zpns_protocol::payload::PushKind;
use zpns_protocol::push_config::PushConfig;

use super::rows::{all, execute, first};
use super::{Store, StoreError, calls, devices, pushes};
use crate::calls::machine::is_ringing_for;
use crate::model::{Device, Job, Strategy};
use crate::random;
use crate::refusal::Refusal;

pub(super) fn wait(c: &Connection, app: &str, call: &Call) -> Result<(), StoreError> {
    for invitee in call
        .participants
        .iter()
        .filter(|p| p.state == UserState::Offline)
    {
        let sql = "INSERT INTO waiting_invitees (app, user, call) VALUES (?1, ?2, ?3)";
        execute(c, sql, params![app, invitee.user_id, call.call_id.as_str()])?;
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

/// The same device registers again and again; it rings once.
fn was_sent(c: &Connection, app: &str, call: &str, device: &Device) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM deliveries WHERE push IN (SELECT id FROM pushes WHERE app = ?1 AND call = ?2) AND push_id = ?3";
    let id = device.push_id.as_ref().map(PushId::as_str);
    Ok(first(c, sql, params![app, call, id], |_| Ok(()))?.is_some())
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

    /// Adds the invitation to a device that has just registered, if the call still rings for its user and the device was not sent it.
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
            let (call, device) = (
                calls::load(c, &app, &id)?,
                devices::by_push_id(c, &app, &device)?,
            );
            let (Some(call), Some(device), Some(config)) =
                (call, device, calls::push_config(c, &app, &id)?)
            else {
                return Ok(None);
            };
            let rung = device
                .user
                .as_ref()
                .is_some_and(|user| is_ringing_for(&call, user));
            if now >= call.expires_at || !rung || was_sent(c, &app, &id, &device)? {
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
