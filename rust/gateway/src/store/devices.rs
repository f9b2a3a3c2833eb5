//! Devices: installations and their tokens.

use rusqlite::{Connection, Row, params};
use zpns_protocol::pushes::DeliveryKind;
use zpns_protocol::registration::{Registration, Tokens};
use zpns_protocol::{Environment, PushId};

use super::rows::{all, environment, execute, first, int, push_id, uint, word};
use super::{Store, StoreError};
use crate::model::Device;
use crate::random;

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

/// The devices that a registration may change: those of the user, and those with one of the tokens. Each part has an index.
const TOUCHED: &str =
    "app = ?1 AND user = ?2 OR app = ?1 AND apns_token = ?3 OR app = ?1 AND voip_token = ?4";

fn touched(
    c: &Connection,
    app: &str,
    user: &str,
    tokens: &Tokens,
) -> Result<Vec<Device>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM installations WHERE {TOUCHED}");
    all(
        c,
        &sql,
        params![app, user, tokens.apns, tokens.voip],
        device,
    )
}

fn detach(c: &Connection, device: &PushId, kind: DeliveryKind) -> Result<(), StoreError> {
    let column = token_column(kind);
    let sql = format!("UPDATE installations SET {column} = NULL WHERE push_id = ?1");
    execute(c, &sql, [device.as_str()])?;
    Ok(())
}

fn delete(c: &Connection, device: &PushId) -> Result<(), StoreError> {
    execute(
        c,
        "DELETE FROM installations WHERE push_id = ?1",
        [device.as_str()],
    )?;
    Ok(())
}

/// Writes a device. `sdk` and `locale` are kept for people who look into the database.
fn put(
    c: &Connection,
    app: &str,
    device: &Device,
    sdk: &str,
    locale: &str,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO installations (push_id, app, user, installation, bundle_id, environment, apns_token, voip_token, sdk, locale, badge,
          suspect_since, registered_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
        ON CONFLICT (push_id) DO UPDATE SET bundle_id = excluded.bundle_id, environment = excluded.environment,
          apns_token = excluded.apns_token, voip_token = excluded.voip_token, sdk = excluded.sdk, locale = excluded.locale,
          badge = excluded.badge, suspect_since = excluded.suspect_since, registered_at = excluded.registered_at";
    let values = params![
        device.push_id.as_ref().map(PushId::as_str),
        app,
        device.user,
        device.installation,
        device.bundle_id,
        device.environment.as_str(),
        device.apns,
        device.voip,
        sdk,
        locale,
        device.badge,
        device.suspect_since.map(int),
        int(device.registered_at),
    ];
    execute(c, sql, values)?;
    Ok(())
}

impl Store {
    /// Registers an installation of a user, with the changes that [`zpns_calls::devices`] makes of it.
    pub async fn register(
        &self,
        app: &str,
        user: &str,
        id: &str,
        registration: Registration,
        now: u64,
    ) -> Result<PushId, StoreError> {
        let (app, user, id) = (app.to_owned(), user.to_owned(), id.to_owned());
        self.write(move |c| {
            let known = touched(c, &app, &user, &registration.tokens)?;
            let new_push_id = random::push_id()?;
            let changes =
                zpns_calls::devices::changes(&known, &user, &id, &registration, new_push_id, now);
            for (device, kind) in &changes.detached {
                detach(c, device, *kind)?;
            }
            for device in &changes.deleted {
                delete(c, device)?;
            }
            put(
                c,
                &app,
                &changes.registered,
                &registration.sdk,
                &registration.locale,
            )?;
            Ok(changes.push_id)
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
                "UPDATE installations SET {column} = NULL WHERE push_id = ?1 AND {column} = ?2 AND registered_at < ?3"
            );
            let values = params![device.as_str(), token, int(dead_since)];
            let removed = execute(c, &sql, values)? == 1;
            let sql = "DELETE FROM installations WHERE push_id = ?1 AND apns_token IS NULL AND voip_token IS NULL";
            execute(c, sql, [device.as_str()])?;
            Ok(removed)
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

#[cfg(test)]
mod tests {
    use rusqlite_migration::Migrations;

    use super::super::MIGRATIONS;
    use super::*;

    #[test]
    fn the_devices_that_a_registration_touches_are_found_by_index() {
        let mut c = Connection::open_in_memory().unwrap();
        Migrations::from_slice(MIGRATIONS)
            .to_latest(&mut c)
            .unwrap();
        let sql = format!("EXPLAIN QUERY PLAN SELECT {COLUMNS} FROM installations WHERE {TOUCHED}");
        let values = params!["app", "user", "apns", Option::<String>::None];
        let steps = all(&c, &sql, values, |row| row.get::<_, String>(3)).unwrap();
        let searches = steps.iter().filter(|step| step.contains("SEARCH"));
        assert_eq!(searches.count(), 3, "{steps:?}");
        assert!(steps.iter().all(|step| !step.contains("SCAN")), "{steps:?}");
    }
}
