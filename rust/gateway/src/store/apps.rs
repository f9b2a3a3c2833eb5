//! Apps.

use rusqlite::{Row, params};

use super::rows::{all, execute, first, int, uint};
use super::{Store, StoreError};
use crate::model::App;

const COLUMNS: &str = "id, name, sealed_secret IS NOT NULL, public_key, created_at";

fn app(row: &Row<'_>) -> rusqlite::Result<App> {
    Ok(App {
        id: row.get(0)?,
        name: row.get(1)?,
        has_secret: row.get(2)?,
        public_key: row.get(3)?,
        created_at: uint(row.get(4)?),
    })
}

impl Store {
    /// Adds an app; `false` if one with this ID exists.
    pub async fn add_app(
        &self,
        app: App,
        sealed_secret: Option<Vec<u8>>,
    ) -> Result<bool, StoreError> {
        self.write(move |c| {
            let sql = "INSERT OR IGNORE INTO apps (id, name, sealed_secret, public_key, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
            Ok(execute(c, sql, params![app.id, app.name, sealed_secret, app.public_key, int(app.created_at)])? == 1)
        })
        .await
    }

    /// All apps, oldest first.
    pub async fn apps(&self) -> Result<Vec<App>, StoreError> {
        self.read(|c| {
            all(
                c,
                &format!("SELECT {COLUMNS} FROM apps ORDER BY created_at, id"),
                [],
                app,
            )
        })
        .await
    }

    /// The app and its sealed secret.
    pub async fn app(&self, id: &str) -> Result<Option<(App, Option<Vec<u8>>)>, StoreError> {
        let id = id.to_owned();
        self.read(move |c| {
            let sql = format!("SELECT {COLUMNS}, sealed_secret FROM apps WHERE id = ?1");
            first(c, &sql, [id], |row| Ok((app(row)?, row.get(5)?)))
        })
        .await
    }

    /// Deletes the app and everything that belongs to it; `false` if there is none.
    pub async fn delete_app(&self, id: &str) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.write(move |c| Ok(execute(c, "DELETE FROM apps WHERE id = ?1", [id])? == 1))
            .await
    }
}
