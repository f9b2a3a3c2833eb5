//! API keys: hashes only.

use rusqlite::{Row, params};

use super::rows::{all, execute, int, uint};
use super::{Store, StoreError};
use crate::model::ApiKey;

const COLUMNS: &str = "id, app, name, prefix, created_at, revoked_at, sha256";

fn key(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    Ok(ApiKey {
        id: row.get(0)?,
        app: row.get(1)?,
        name: row.get(2)?,
        prefix: row.get(3)?,
        created_at: uint(row.get(4)?),
        revoked_at: row.get::<_, Option<i64>>(5)?.map(uint),
    })
}

impl Store {
    /// Adds a key.
    pub async fn add_key(&self, key: ApiKey, sha256: [u8; 32]) -> Result<(), StoreError> {
        self.write(move |c| {
            let sql = "INSERT INTO api_keys (id, app, name, prefix, sha256, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            execute(c, sql, params![key.id, key.app, key.name, key.prefix, sha256, int(key.created_at)])?;
            Ok(())
        })
        .await
    }

    /// The keys that begin like this and are not revoked, each with its hash.
    pub async fn keys_with_prefix(
        &self,
        prefix: &str,
    ) -> Result<Vec<(ApiKey, Vec<u8>)>, StoreError> {
        let prefix = prefix.to_owned();
        self.read(move |c| {
            let sql =
                format!("SELECT {COLUMNS} FROM api_keys WHERE prefix = ?1 AND revoked_at IS NULL");
            all(c, &sql, [prefix], |row| Ok((key(row)?, row.get(6)?)))
        })
        .await
    }

    /// The app's keys, oldest first.
    pub async fn keys(&self, app: &str) -> Result<Vec<ApiKey>, StoreError> {
        let app = app.to_owned();
        self.read(move |c| {
            all(
                c,
                &format!("SELECT {COLUMNS} FROM api_keys WHERE app = ?1 ORDER BY created_at, id"),
                [app],
                key,
            )
        })
        .await
    }

    /// Revokes a key; `false` if there is none, or it was revoked before.
    pub async fn revoke_key(&self, id: &str, now: u64) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.write(move |c| {
            let sql = "UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";
            Ok(execute(c, sql, params![id, int(now)])? == 1)
        })
        .await
    }
}
