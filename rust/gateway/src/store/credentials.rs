//! APNs credentials: what they are good for in the clear, the key sealed.

use rusqlite::params;

use super::rows::{all, execute, first, from_json, int, json, uint};
use super::{Store, StoreError};
use crate::model::Credential;

impl Store {
    /// Adds a credential.
    pub async fn add_credential(
        &self,
        credential: Credential,
        sealed: Vec<u8>,
    ) -> Result<(), StoreError> {
        self.write(move |c| {
            let sql = "INSERT INTO credentials (id, app, scope, not_after, sealed, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let (scope, not_after) = (json(&credential.scope), credential.not_after.map(int));
            execute(c, sql, params![credential.id, credential.app, scope, not_after, sealed, int(credential.created_at)])?;
            Ok(())
        })
        .await
    }

    /// The app's credentials, newest first; of all apps without one.
    pub async fn credentials(&self, app: Option<&str>) -> Result<Vec<Credential>, StoreError> {
        let app = app.map(str::to_owned);
        self.read(move |c| {
            let sql = "SELECT id, app, scope, not_after, created_at FROM credentials WHERE ?1 IS NULL OR app = ?1 ORDER BY created_at DESC, id DESC";
            let rows = all(c, sql, [app], |row| {
                let scope: String = row.get(2)?;
                Ok((row.get(0)?, row.get(1)?, scope, row.get::<_, Option<i64>>(3)?, row.get::<_, i64>(4)?))
            })?;
            let credential = |(id, app, scope, not_after, created_at): (String, String, String, Option<i64>, i64)| {
                let scope = from_json("credential", &scope)?;
                Ok(Credential { id, app, scope, not_after: not_after.map(uint), created_at: uint(created_at) })
            };
            rows.into_iter().map(credential).collect()
        })
        .await
    }

    /// The sealed secret of a credential.
    pub async fn sealed_credential(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let id = id.to_owned();
        self.read(move |c| {
            first(
                c,
                "SELECT sealed FROM credentials WHERE id = ?1",
                [id],
                |row| row.get(0),
            )
        })
        .await
    }

    /// Deletes a credential; `false` if there is none.
    pub async fn delete_credential(&self, id: &str) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.write(move |c| Ok(execute(c, "DELETE FROM credentials WHERE id = ?1", [id])? == 1))
            .await
    }
}
