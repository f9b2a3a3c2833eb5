//! One delivery, from its first attempt to its last.

use std::time::{Duration, Instant};

use zpns_protocol::pushes::{DeliveryKind, DeliveryStatus};

use super::Shared;
use super::verdict::{self, Answer, DeviceVerdict, Verdict};
use crate::clock::now_ms;
use crate::metrics;
use crate::model::{Credential, Job};
use crate::random;
use crate::store::Outcome;

/// Waits up to this long are spent in memory; longer ones are left to the sweeper.
const IN_MEMORY: Duration = Duration::from_secs(10);

pub(super) async fn deliver(shared: &Shared, mut job: Job) {
    loop {
        if now_ms() >= job.expires_at {
            let advice = match job.attempts {
                0 => "Its time was up before it could be sent.".to_owned(),
                n => format!("Its time was up after {n} attempts without success."),
            };
            return finish(shared, &job, DeliveryStatus::Expired, None, Some(advice)).await;
        }
        let credential = match shared.wallet.choose(&job.app, job.environment, &job.topic).await {
            Ok(Ok(credential)) => credential,
            Ok(Err(advice)) => return finish(shared, &job, DeliveryStatus::Rejected, None, Some(advice)).await,
            // It stays queued, and the sweeper hands it out again.
            Err(error) => return tracing::error!(%error, delivery = job.id, "the credentials could not be read"),
        };
        let answer = send(shared, &credential, &job).await;
        job.attempts = job.attempts.saturating_add(1);
        match verdict::judge(answer, job.kind, job.environment) {
            Verdict::Accepted => return finish(shared, &job, DeliveryStatus::Accepted, None, None).await,
            Verdict::Refused { reason, advice, device } => {
                let advice = about_device(shared, &job, device, advice).await;
                return finish(shared, &job, DeliveryStatus::Rejected, reason, Some(advice)).await;
            }
            Verdict::Again { reason, advice } => {
                if !wait(shared, &job, reason, advice).await {
                    return;
                }
            }
        }
    }
}

async fn send(shared: &Shared, credential: &Credential, job: &Job) -> Answer {
    let begun = Instant::now();
    let answer = shared.apns.send(credential, job.environment, job).await;
    let result = match &answer {
        Answer::Accepted => "accepted",
        Answer::Rejected { reason, .. } => reason,
        Answer::Unanswered(_) => "unanswered",
        Answer::Unsendable(_) => "unsendable",
    };
    metrics::apns_answered(job.kind, job.environment, result, begun.elapsed());
    tracing::debug!(delivery = job.id, environment = %job.environment, result, token = random::fingerprint(job.token.as_bytes()), "APNs answered");
    answer
}

/// Waits for the next attempt; `false` if this is not the one to make it.
async fn wait(shared: &Shared, job: &Job, reason: Option<String>, advice: String) -> bool {
    let (delay, status) = match job.kind {
        DeliveryKind::Voip => (verdict::voip_delay(job.attempts), DeliveryStatus::Sent),
        DeliveryKind::Alert => (verdict::alert_delay(job.attempts), DeliveryStatus::Sent),
    };
    let delay = with_jitter(delay);
    let retry_at = now_ms().saturating_add(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
    if retry_at >= job.expires_at {
        let advice = format!("Its time was up after {} attempts. The last answer: {advice}", job.attempts);
        finish(shared, job, DeliveryStatus::Expired, reason, Some(advice)).await;
        return false;
    }
    let outcome = Outcome { status, reason, advice: Some(advice), attempts: job.attempts, retry_at };
    record(shared, job, outcome).await;
    if delay > IN_MEMORY {
        return false;
    }
    tokio::select! {
        () = tokio::time::sleep(delay) => {}
        () = shared.stopped() => return false,
    }
    // The call may be over by now.
    shared.store.is_unfinished(&job.id).await.unwrap_or(false)
}

/// Up to a quarter more, so that what failed together does not come back together.
fn with_jitter(delay: Duration) -> Duration {
    let byte = random::bytes::<1>().map_or(0, |[b]| b);
    delay.saturating_add(delay.mul_f64(f64::from(byte) / 1024.0))
}

/// Does to the device what the verdict says, and returns the advice with what became of it.
async fn about_device(shared: &Shared, job: &Job, verdict: DeviceVerdict, advice: String) -> String {
    let Some(device) = &job.push_id else { return advice };
    let done = match verdict {
        DeviceVerdict::Fine => return advice,
        DeviceVerdict::Dead(since) => shared.store.remove_token(device, job.kind, &job.token, since).await.map(|_| None),
        DeviceVerdict::Suspect if shared.probe => probe(shared, job).await,
        DeviceVerdict::Suspect => shared.store.mark_suspect(device, now_ms()).await.map(|()| None),
    };
    match done {
        Ok(None) => advice,
        Ok(Some(found)) => format!("{advice}. {found}"),
        Err(error) => {
            tracing::error!(%error, delivery = job.id, "the device could not be updated");
            advice
        }
    }
}

/// Tries the other environment once. If the token is known there, the device is stored under it; a call still in time rings.
async fn probe(shared: &Shared, job: &Job) -> Result<Option<String>, crate::store::StoreError> {
    let Some(device) = &job.push_id else { return Ok(None) };
    let other = job.environment.other();
    shared.store.mark_suspect(device, now_ms()).await?;
    let Ok(credential) = shared.wallet.choose(&job.app, other, &job.topic).await? else { return Ok(None) };
    if send(shared, &credential, &Job { environment: other, ..job.clone() }).await != Answer::Accepted {
        return Ok(None);
    }
    shared.store.correct_environment(device, job.kind, &job.token, other).await?;
    Ok(Some(format!("APNs ({other}) took it: the device is stored as {other} from now on")))
}

async fn finish(shared: &Shared, job: &Job, status: DeliveryStatus, reason: Option<String>, advice: Option<String>) {
    metrics::delivered(job.kind, job.environment, status, reason.as_deref());
    record(shared, job, Outcome { status, reason, advice, attempts: job.attempts, retry_at: 0 }).await;
}

async fn record(shared: &Shared, job: &Job, outcome: Outcome) {
    // If it can't be recorded it stays unfinished, and is sent again with the same apns-id.
    if let Err(error) = shared.store.record(&job.id, outcome, now_ms()).await {
        tracing::error!(%error, delivery = job.id, "an attempt could not be recorded");
    }
}
