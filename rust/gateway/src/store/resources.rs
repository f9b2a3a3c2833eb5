//! Resources: `resourcesID` to strategy.

use rusqlite::{Connection, params};

use super::rows::{all, execute, first, from_json, json};
use super::{Store, StoreError};
use crate::model::{Resource, Strategy};

/// The strategy of a `resourcesID`.
pub(super) fn strategy(
    c: &Connection,
    app: &str,
    id: &str,
) -> Result<Option<Strategy>, StoreError> {
    let sql = "SELECT strategy FROM resources WHERE app = ?1 AND id = ?2";
    first(c, sql, params![app, id], |row| row.get::<_, String>(0))?
        .map(|text| from_json("resource", &text))
        .transpose()
}

impl Store {
    /// Sets a resource, in place of an earlier one with the same ID.
    pub async fn set_resource(&self, app: &str, resource: Resource) -> Result<(), StoreError> {
        let app = app.to_owned();
        self.write(move |c| {
            let sql =
                "INSERT INTO resources (app, id, strategy) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET strategy = excluded.strategy";
            execute(c, sql, params![app, resource.id, json(&resource.strategy)])?;
            Ok(())
        })
        .await
    }

    /// The app's resources, by ID.
    pub async fn resources(&self, app: &str) -> Result<Vec<Resource>, StoreError> {
        let app = app.to_owned();
        self.read(move |c| {
            let sql = "SELECT id, strategy FROM resources WHERE app = ?1 ORDER BY id";
            let rows = all(c, sql, [app], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            })?;
            rows.into_iter()
                .map(|(id, text)| {
                    Ok(Resource {
                        id,
                        strategy: from_json("resource", &text)?,
                    })
                })
                .collect()
        })
        .await
    }

    /// Deletes a resource; `false` if there is none.
    pub async fn delete_resource(&self, app: &str, id: &str) -> Result<bool, StoreError> {
        let (app, id) = (app.to_owned(), id.to_owned());
        self.write(move |c| {
            Ok(execute(
                c,
                "DELETE FROM resources WHERE app = ?1 AND id = ?2",
                params![app, id],
            )? == 1)
        })
        .await
    }
}
