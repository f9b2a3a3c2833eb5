//! Wakes when a ring time is up. The store knows which is next, so a restart forgets none.

use std::sync::Arc;
use std::time::Duration;

use zpns_calls::machine::Input;

use super::Calls;
use crate::clock::now_ms;
use crate::store::StoreError;

/// Longest sleep. A clock that was set forward, and a call that was made meanwhile, are noticed by then.
pub(super) const AT_MOST: Duration = Duration::from_secs(5);
/// How long to wait after the database failed.
const AFTER_ERROR: Duration = Duration::from_secs(1);

pub(super) async fn run(calls: &Arc<Calls>) {
    loop {
        let sleep = match fire(calls).await {
            Ok(sleep) => sleep,
            Err(error) => {
                tracing::error!(%error, "ring timers could not be read");
                AFTER_ERROR
            }
        };
        tokio::select! {
            () = tokio::time::sleep(sleep) => {}
            () = calls.deadline_moved.notified() => {}
        }
    }
}

/// Fires what is due; returns how long to sleep.
async fn fire(calls: &Arc<Calls>) -> Result<Duration, StoreError> {
    loop {
        let due = calls.store.due_calls(now_ms()).await?;
        if due.is_empty() {
            break;
        }
        for (app, call) in due {
            if let Err(error) = calls.apply(&app, &call, Input::Tick).await {
                tracing::error!(%error, "a ring time-out could not be applied");
                return Ok(AFTER_ERROR);
            }
        }
    }
    let next = calls.store.next_due().await?;
    Ok(next
        .map_or(AT_MOST, |at| {
            Duration::from_millis(at.saturating_sub(now_ms()))
        })
        .min(AT_MOST))
}
