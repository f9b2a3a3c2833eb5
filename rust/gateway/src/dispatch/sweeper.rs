//! Finds deliveries that nobody has in hand: left behind by a gateway that was killed, or due for a later attempt. Also deletes what is
//! older than the retention time, and warns of certificates that expire.

use std::time::Duration;

use super::Dispatcher;
use crate::clock::now_ms;
use crate::model::Credential;
use crate::store::{LEASE, StoreError};

const EVERY: Duration = Duration::from_secs(2);
/// How long pushes and calls can be asked for, in milliseconds: 7 days.
const RETENTION: u64 = 7 * DAY;
/// How long an `Idempotency-Key` is kept, in milliseconds: a day.
const ANSWERS: u64 = DAY;
/// This many rounds are an hour.
const HOURLY: u32 = 1800;
/// Most deliveries read at once.
const AT_ONCE: usize = 500;
/// Certificates that expire within this many days are warned of.
const WARN_DAYS: u64 = 30;
const DAY: u64 = 24 * 60 * 60 * 1000;

pub(super) async fn run(dispatcher: Dispatcher) {
    let shared = &dispatcher.shared;
    // Nobody else serves this database, so what is still leased was left behind.
    if let Err(error) = take_up(&dispatcher, now_ms().saturating_add(LEASE)).await {
        tracing::error!(%error, "deliveries left by an earlier run could not be read");
    }
    let mut round = 0_u32;
    loop {
        if let Err(error) = sweep(&dispatcher, round).await {
            tracing::error!(%error, "the sweeper could not read the database");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = shared.stopped() => return,
        }
        round = round.wrapping_add(1);
    }
}

/// Takes up what is due by `until` and nobody has in hand.
async fn take_up(dispatcher: &Dispatcher, until: u64) -> Result<(), StoreError> {
    let shared = &dispatcher.shared;
    let mut ids = shared.store.unfinished(until).await?;
    ids.retain(|id| !shared.in_hand().contains(id));
    for some in ids.chunks(AT_ONCE) {
        dispatcher.take(shared.store.jobs(some.to_vec()).await?);
    }
    Ok(())
}

async fn sweep(dispatcher: &Dispatcher, round: u32) -> Result<(), StoreError> {
    let shared = &dispatcher.shared;
    let now = now_ms();
    take_up(dispatcher, now).await?;
    let credentials = shared.store.credentials(None).await?;
    shared.apns.keep_only(&credentials);
    if round.is_multiple_of(HOURLY) {
        for credential in &credentials {
            warn_of_expiry(credential, now);
        }
        shared
            .store
            .delete_older(now.saturating_sub(RETENTION), now.saturating_sub(ANSWERS))
            .await?;
    }
    Ok(())
}

fn warn_of_expiry(credential: &Credential, now: u64) {
    let Some(end) = credential.not_after else {
        return;
    };
    let days = end.saturating_sub(now) / DAY;
    if days < WARN_DAYS {
        tracing::warn!(
            credential = credential.id,
            app = credential.app,
            days,
            "a certificate expires soon or has expired: renew it"
        );
    }
}
