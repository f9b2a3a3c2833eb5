//! Finds deliveries that nobody has in hand: left behind by a gateway that was killed, or due for a later attempt. Also deletes what is
//! older than the retention time.

use std::time::Duration;

use super::Dispatcher;
use crate::clock::now_ms;

const EVERY: Duration = Duration::from_secs(2);
/// How long pushes and calls can be asked for, in milliseconds: 7 days.
const RETENTION: u64 = 7 * 24 * 60 * 60 * 1000;
/// How long an `Idempotency-Key` is kept, in milliseconds: a day.
const ANSWERS: u64 = 24 * 60 * 60 * 1000;
/// Deletes once in this many rounds.
const DELETE_EVERY: u32 = 1800;

pub(super) async fn run(dispatcher: Dispatcher) {
    let shared = &dispatcher.shared;
    match shared.store.left_behind(now_ms()).await {
        Ok(jobs) => dispatcher.take(jobs),
        Err(error) => tracing::error!(%error, "deliveries left by an earlier run could not be read"),
    }
    let mut round = 0_u32;
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = shared.stopped() => return,
        }
        round = round.wrapping_add(1);
        if let Err(error) = sweep(&dispatcher, round).await {
            tracing::error!(%error, "the sweeper could not read the database");
        }
    }
}

async fn sweep(dispatcher: &Dispatcher, round: u32) -> Result<(), crate::store::StoreError> {
    let shared = &dispatcher.shared;
    let now = now_ms();
    dispatcher.take(shared.store.unfinished(now).await?);
    shared.apns.keep_only(&shared.store.credentials(None).await?);
    if round % DELETE_EVERY == 1 {
        shared.store.delete_older(now.saturating_sub(RETENTION), now.saturating_sub(ANSWERS)).await?;
    }
    Ok(())
}
