//! What each user hears of: the events of all calls that the user takes part in, in the order of their cursors.

use rusqlite::{Connection, Params, params};
use zpns_calls::user_events::{is_standing, listeners, next_cursor};
use zpns_protocol::calls::CallEvent;

use super::rows::{all, execute, first, from_json, int, uint};
use super::{Store, StoreError};

/// Most events read at once: what waits for a slow reader stays in the database.
const PAGE: u32 = 32;

/// A user's events after a cursor.
const SINCE: &str = "SELECT u.cursor, e.event FROM user_events AS u
    JOIN call_events AS e ON e.app = u.app AND e.call = u.call AND e.seq = u.seq
    WHERE u.app = ?1 AND u.user = ?2 AND u.cursor > ?3 ORDER BY u.cursor LIMIT ?4";
/// The same of calls that are not over. SQLite would rather go through all events of the user than use the index.
const STANDING: &str =
    "SELECT u.cursor, e.event FROM user_events AS u INDEXED BY standing_user_events
    JOIN call_events AS e ON e.app = u.app AND e.call = u.call AND e.seq = u.seq
    WHERE u.app = ?1 AND u.user = ?2 AND u.cursor > ?3 AND u.cursor <= ?5 AND u.standing = 1 ORDER BY u.cursor LIMIT ?4";

/// What was a call's newest event is no longer. SQLite would rather go through all events of the app than use the index.
const SUPERSEDE: &str = "UPDATE user_events INDEXED BY user_events_of_call SET standing = 0
    WHERE app = ?1 AND call = ?2 AND standing = 1";

/// An event as one user hears it.
#[derive(Clone, Debug)]
pub struct UserEvent {
    /// Where it stands among the user's events.
    pub cursor: u64,
    /// The event.
    pub event: CallEvent,
}

/// Some of a user's events, in the order of their cursors.
#[derive(Clone, Debug)]
pub struct UserEventPage {
    /// The events.
    pub events: Vec<UserEvent>,
    /// Whether there may be more.
    pub is_full: bool,
}

/// Adds an event to what each user of its call hears.
pub(super) fn add(c: &Connection, app: &str, event: &CallEvent) -> Result<(), StoreError> {
    let call = event.call.call_id.as_str();
    execute(c, SUPERSEDE, params![app, call])?;
    let sql = "INSERT INTO user_events (app, user, cursor, call, seq, standing) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    for user in listeners(&event.call) {
        let cursor = next_cursor(newest(c, app, user)?, event.at);
        let (cursor, seq) = (int(cursor), int(event.seq));
        execute(
            c,
            sql,
            params![app, user, cursor, call, seq, is_standing(event)],
        )?;
    }
    Ok(())
}

fn newest(c: &Connection, app: &str, user: &str) -> Result<u64, StoreError> {
    let sql = "SELECT max(cursor) FROM user_events WHERE app = ?1 AND user = ?2";
    let newest = first(c, sql, params![app, user], |row| {
        row.get::<_, Option<i64>>(0)
    })?;
    Ok(newest.flatten().map_or(0, uint))
}

fn read(c: &Connection, sql: &str, values: impl Params) -> Result<UserEventPage, StoreError> {
    let rows = all(c, sql, values, |row| {
        Ok((row.get(0)?, row.get::<_, String>(1)?))
    })?;
    let is_full = rows.len() >= PAGE as usize;
    let events = rows
        .into_iter()
        .map(|(cursor, text)| {
            Ok(UserEvent {
                cursor: uint(cursor),
                event: from_json("call event", &text)?,
            })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(UserEventPage { events, is_full })
}

impl Store {
    /// The cursor of the user's newest event, 0 if there is none.
    pub async fn newest_user_event(&self, app: &str, user: &str) -> Result<u64, StoreError> {
        let (app, user) = (app.to_owned(), user.to_owned());
        self.read(move |c| newest(c, &app, &user)).await
    }

    /// The user's next events after this cursor.
    pub async fn user_events(
        &self,
        app: &str,
        user: &str,
        after: u64,
    ) -> Result<UserEventPage, StoreError> {
        let (app, user) = (app.to_owned(), user.to_owned());
        self.read(move |c| read(c, SINCE, params![app, user, int(after), PAGE]))
            .await
    }

    /// The newest event of each call of the user that is not over, if its cursor is after the one and not after the other.
    pub async fn standing_user_events(
        &self,
        app: &str,
        user: &str,
        after: u64,
        until: u64,
    ) -> Result<UserEventPage, StoreError> {
        let (app, user) = (app.to_owned(), user.to_owned());
        self.read(move |c| {
            read(
                c,
                STANDING,
                params![app, user, int(after), PAGE, int(until)],
            )
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ToSql;
    use rusqlite_migration::Migrations;
    use serde_json::json;

    use super::super::MIGRATIONS;
    use super::*;

    fn database(version: usize) -> Connection {
        let mut c = Connection::open_in_memory().unwrap();
        Migrations::from_slice(MIGRATIONS)
            .to_version(&mut c, version)
            .unwrap();
        c
    }

    fn plan(c: &Connection, sql: &str, values: impl Params) -> Vec<String> {
        let sql = format!("EXPLAIN QUERY PLAN {sql}");
        all(c, &sql, values, |row| row.get(3)).unwrap()
    }

    #[test]
    fn what_a_stream_reads_is_found_by_index_and_needs_no_sorting() {
        let c = database(MIGRATIONS.len());
        let values: &[&dyn ToSql] = params!["app", "bob", 0, PAGE, 10];
        for (sql, index, values) in [
            (SINCE, "PRIMARY KEY", &values[..4]),
            (STANDING, "standing_user_events", values),
        ] {
            let steps = plan(&c, sql, values);
            let [events, joined] = steps.as_slice() else {
                panic!("{steps:?}")
            };
            assert!(
                events.starts_with("SEARCH u") && events.contains(index),
                "{steps:?}"
            );
            assert!(joined.starts_with("SEARCH e"), "{steps:?}");
        }
    }

    #[test]
    fn what_no_longer_stands_is_found_by_its_call() {
        let c = database(MIGRATIONS.len());
        let steps = plan(&c, SUPERSEDE, params!["app", "call"]);
        let [step] = steps.as_slice() else {
            panic!("{steps:?}")
        };
        assert!(
            step.contains("user_events_of_call (app=? AND call=?)"),
            "{step}"
        );
    }

    #[test]
    fn calls_that_were_under_way_before_users_could_follow_are_told() {
        let mut c = database(2);
        let add_call = |c: &Connection, id: &str, at: u64, states: &[&str], users: &[&str]| {
            let mut call = json!({
                "callID": id, "mode": 0, "caller": users[0], "createdAt": at, "expiresAt": at, "timeout": 30, "extendedData": "",
            });
            let participants = users
                .iter()
                .map(|user| json!({"userID": user, "state": "inviting"}));
            call["participants"] = participants.collect();
            for (seq, state) in states.iter().enumerate() {
                call["seq"] = json!(seq + 1);
                call["state"] = json!(state);
                let event =
                    json!({"seq": seq + 1, "at": at, "type": "received", "call": call}).to_string();
                if seq == 0 {
                    let sql =
                        "INSERT INTO calls (app, id, call, created_at) VALUES ('app', ?1, ?2, 0)";
                    execute(c, sql, params![id, call.to_string()]).unwrap();
                }
                let sql =
                    "INSERT INTO call_events (app, call, seq, event) VALUES ('app', ?1, ?2, ?3)";
                execute(c, sql, params![id, int(seq as u64 + 1), event]).unwrap();
            }
            let sql = "UPDATE calls SET call = ?2 WHERE id = ?1";
            execute(c, sql, params![id, call.to_string()]).unwrap();
        };
        let app = "INSERT INTO apps (id, name, created_at) VALUES ('app', 'App', 0)";
        execute(&c, app, []).unwrap();
        add_call(
            &c,
            "answered",
            1000,
            &["ringing", "accepted"],
            &["alice", "bob"],
        );
        add_call(
            &c,
            "over",
            1000,
            &["ringing", "cancelled"],
            &["alice", "bob"],
        );
        add_call(&c, "ringing", 1000, &["ringing"], &["carol", "bob"]);
        Migrations::from_slice(MIGRATIONS)
            .to_latest(&mut c)
            .unwrap();
        let told = |user: &str| -> Vec<(String, u64, u64)> {
            let values = params!["app", user, 0, PAGE, i64::MAX];
            let page = read(&c, STANDING, values).unwrap();
            let events = page.events.iter();
            events
                .map(|UserEvent { cursor, event }| {
                    (event.call.call_id.to_string(), event.seq, *cursor)
                })
                .collect()
        };
        let (answered, ringing) = ("answered".to_owned(), "ringing".to_owned());
        assert_eq!(
            told("bob"),
            [(answered.clone(), 2, 1001), (ringing.clone(), 1, 1002)]
        );
        assert_eq!(told("alice"), [(answered, 2, 1001)]);
        assert_eq!(told("carol"), [(ringing, 1, 1001)]);
        // What is told goes with its call.
        c.execute_batch("PRAGMA foreign_keys = ON; DELETE FROM calls")
            .unwrap();
        assert_eq!(newest(&c, "app", "bob").unwrap(), 0);
    }
}
