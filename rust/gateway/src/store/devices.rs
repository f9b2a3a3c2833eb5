//! Devices: installations and their tokens.

use rusqlite::{Connection, Row, params};
use zpns_protocol::pushes::DeliveryKind;
use zpns_protocol::registration::Registration;
use zpns_protocol::{Environment, PushId};

use super::rows::{all, environment, execute, first, int, push_id, uint, word};
use super::{Store, StoreError};
use crate::model::Device;
use crate::random;

/// Most installations of one user.
const MAX_PER_USER: u32 = 50;

const COLUMNS: &str = "push_id, user, installation, bundle_id, environment, apns_token, voip_token, badge, suspect_since, registered_at";

fn device(row: &Row<'_>) -> rusqlite::Result<Device> {
    Ok(Device {
        push_id: push_id(0, row.get(0)?)?,
        user: row.get(1)?,
        installation: row.get(2)?,
        bundle_id: row.get(3)?,
        environment: environment(4, row.get(4)?)?,
        apns: row.get(5)?,
        voip: row.get(6)?,
        badge: row.get(7)?,
        suspect_since: row.get::<_, Option<i64>>(8)?.map(uint),
        registered_at: uint(row.get(9)?),
    })
}

pub(super) fn of_user(c: &Connection, app: &str, user: &str) -> Result<Vec<Device>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM installations WHERE app = ?1 AND user = ?2 ORDER BY push_id"
    );
    all(c, &sql, params![app, user], device)
}

pub(super) fn by_push_id(
    c: &Connection,
    app: &str,
    id: &PushId,
) -> Result<Option<Device>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM installations WHERE push_id = ?1 AND app = ?2");
    first(c, &sql, params![id.as_str(), app], device)
}

pub(super) fn set_badge(c: &Connection, id: &PushId, badge: u32) -> Result<(), StoreError> {
    execute(
        c,
        "UPDATE installations SET badge = ?2 WHERE push_id = ?1",
        params![id.as_str(), badge],
    )?;
    Ok(())
}

const fn token_column(kind: DeliveryKind) -> &'static str {
    match kind {
        DeliveryKind::Voip => "voip_token",
        DeliveryKind::Alert => "apns_token",
    }
}

/// A token that now belongs to this installation no longer belongs to any other.
fn detach(
    c: &Connection,
    app: &str,
    user: &str,
    installation: &str,
    kind: DeliveryKind,
    token: &str,
) -> Result<(), StoreError> {
    let column = token_column(kind);
    let sql = format!(
        "UPDATE installations SET {column} = NULL WHERE app = ?1 AND {column} = ?2 AND NOT (user = ?3 AND installation = ?4)"
    );
    execute(c, &sql, params![app, token, user, installation])?;
    Ok(())
}

/// A user who registers ever new installations loses those that registered longest ago.
fn delete_surplus(c: &Connection, app: &str, user: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM installations WHERE app = ?1 AND user = ?2 AND push_id NOT IN
        (SELECT push_id FROM installations WHERE app = ?1 AND user = ?2 ORDER BY registered_at DESC, push_id LIMIT ?3)";
    execute(c, sql, params![app, user, MAX_PER_USER])?;
    Ok(())
}

fn delete_without_tokens(c: &Connection, app: &str) -> Result<(), StoreError> {
    execute(
        c,
        "DELETE FROM installations WHERE app = ?1 AND apns_token IS NULL AND voip_token IS NULL",
        [app],
    )?;
    Ok(())
}

impl Store {
    /// Registers an installation of a user, and takes its tokens from whoever had them.
    pub async fn register(
        &self,
        app: &str,
        user: &str,
        id: &str,
        device: Registration,
        now: u64,
    ) -> Result<PushId, StoreError> {
        let (app, user, id) = (app.to_owned(), user.to_owned(), id.to_owned());
        self.write(move |c| {
            let Registration { bundle_id, environment, tokens, sdk, locale } = device;
            for (kind, token) in [(DeliveryKind::Alert, &tokens.apns), (DeliveryKind::Voip, &tokens.voip)] {
                if let Some(token) = token {
                    detach(c, &app, &user, &id, kind, token)?;
                }
            }
            let sql = "INSERT INTO installations (push_id, app, user, installation, bundle_id, environment, apns_token, voip_token, sdk, locale, registered_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                ON CONFLICT (app, user, installation) DO UPDATE SET bundle_id = excluded.bundle_id, environment = excluded.environment,
                  apns_token = excluded.apns_token, voip_token = excluded.voip_token, sdk = excluded.sdk, locale = excluded.locale,
                  registered_at = excluded.registered_at, suspect_since = NULL
                RETURNING push_id";
            let fresh = random::push_id()?;
            let values =
                params![fresh.as_str(), app, user, id, bundle_id, environment.as_str(), tokens.apns, tokens.voip, sdk, locale, int(now)];
            let stored = first(c, sql, values, |row| push_id(0, row.get(0)?))?.flatten();
            delete_without_tokens(c, &app)?;
            delete_surplus(c, &app, &user)?;
            Ok(stored.unwrap_or(fresh))
        })
        .await
    }

    /// Forgets an installation; `false` if there is none.
    pub async fn unregister(&self, app: &str, user: &str, id: &str) -> Result<bool, StoreError> {
        let values = (app.to_owned(), user.to_owned(), id.to_owned());
        self.write(move |c| {
            Ok(execute(
                c,
                "DELETE FROM installations WHERE app = ?1 AND user = ?2 AND installation = ?3",
                values,
            )? == 1)
        })
        .await
    }

    /// Sets what the next badge increments start from; `false` if there is no such installation.
    pub async fn set_badge(
        &self,
        app: &str,
        user: &str,
        id: &str,
        badge: u32,
    ) -> Result<bool, StoreError> {
        let values = (app.to_owned(), user.to_owned(), id.to_owned(), badge);
        self.write(move |c| {
            Ok(execute(c, "UPDATE installations SET badge = ?4 WHERE app = ?1 AND user = ?2 AND installation = ?3", values)? == 1)
        })
        .await
    }

    /// The app's devices, of one user if given, newest registration first.
    pub async fn devices(&self, app: &str, user: Option<&str>) -> Result<Vec<Device>, StoreError> {
        let values = (app.to_owned(), user.map(str::to_owned));
        self.read(move |c| {
            let sql =
                format!("SELECT {COLUMNS} FROM installations WHERE app = ?1 AND (?2 IS NULL OR user = ?2) ORDER BY registered_at DESC");
            all(c, &sql, values, device)
        })
        .await
    }

    /// How many devices there are, by environment and whether they are suspect.
    pub async fn count_devices(&self) -> Result<Vec<(Environment, bool, u64)>, StoreError> {
        self.read(|c| {
            let sql = "SELECT environment, suspect_since IS NOT NULL, count(*) FROM installations GROUP BY 1, 2";
            all(c, sql, [], |row| Ok((environment(0, row.get(0)?)?, row.get(1)?, uint(row.get(2)?))))
        })
        .await
    }

    /// Removes a dead token, if the device still has that one and has not registered since `dead_since`; whether it did.
    pub async fn remove_token(
        &self,
        device: &PushId,
        kind: DeliveryKind,
        token: &str,
        dead_since: u64,
    ) -> Result<bool, StoreError> {
        let (device, token) = (device.clone(), token.to_owned());
        self.write(move |c| {
            let column = token_column(kind);
            let sql = format!(
                "UPDATE installations SET {column} = NULL WHERE push_id = ?1 AND {column} = ?2 AND registered_at < ?3 RETURNING app"
            );
            let app = first(c, &sql, params![device.as_str(), token, int(dead_since)], |row| row.get::<_, String>(0))?;
            if let Some(app) = &app {
                delete_without_tokens(c, app)?;
            }
            Ok(app.is_some())
        })
        .await
    }

    /// Marks a device whose token APNs does not know. It keeps the token.
    pub async fn mark_suspect(&self, device: &PushId, now: u64) -> Result<(), StoreError> {
        let device = device.clone();
        self.write(move |c| {
            execute(
                c,
                "UPDATE installations SET suspect_since = ?2 WHERE push_id = ?1",
                params![device.as_str(), int(now)],
            )?;
            Ok(())
        })
        .await
    }

    /// Stores the environment in which a device's token turned out to be valid, if it still has that token.
    pub async fn correct_environment(
        &self,
        device: &PushId,
        kind: DeliveryKind,
        token: &str,
        to: Environment,
    ) -> Result<bool, StoreError> {
        let (device, token) = (device.clone(), token.to_owned());
        self.write(move |c| {
            let column = token_column(kind);
            let sql = format!("UPDATE installations SET environment = ?3, suspect_since = NULL WHERE push_id = ?1 AND {column} = ?2");
            Ok(execute(c, &sql, params![device.as_str(), token, word(to)])? == 1)
        })
        .await
    }
}
