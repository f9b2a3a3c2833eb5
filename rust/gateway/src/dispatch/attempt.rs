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
    let mut last = None;
    loop {
        if now_ms() >= job.expires_at {
            return expire(shared, &job, last).await;
        }
        // The call may be over by now.
        if job.call.is_some() && !shared.store.is_unfinished(&job.id).await.unwrap_or(false) {
            return;
        }
        let credential = match shared
            .credentials
            .choose(&job.app, job.environment, &job.topic)
            .await
        {
            Ok(Ok(credential)) => credential,
            Ok(Err(advice)) => {
                return finish(shared, &job, DeliveryStatus::Rejected, None, Some(advice)).await;
            }
            // It stays queued, and the sweeper hands it out again.
            Err(error) => {
                return tracing::error!(%error, delivery = job.id, "the credentials could not be read");
            }
        };
        let answer = send(shared, &credential, &job).await;
        job.attempts = job.attempts.saturating_add(1);
        match verdict::judge(answer, job.kind, job.environment) {
            Verdict::Accepted => {
                return finish(shared, &job, DeliveryStatus::Accepted, None, None).await;
            }
            Verdict::Refused {
                reason,
                advice,
                device,
            } => {
                if device == DeviceVerdict::Suspect
                    && let Some(found) = probe(shared, &job).await
                {
                    return finish(
                        shared,
                        &job,
                        DeliveryStatus::Accepted,
                        None,
                        Some(format!("{advice}. {found}")),
                    )
                    .await;
                }
                mark_device(shared, &job, device).await;
                return finish(shared, &job, DeliveryStatus::Rejected, reason, Some(advice)).await;
            }
            Verdict::Again { reason, advice } => {
                match wait(shared, &job, LastAnswer { reason, advice }).await {
                    Some(answer) => last = Some(answer),
                    None => return,
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

/// Why an attempt did not succeed.
struct LastAnswer {
    reason: Option<String>,
    advice: String,
}

/// Waits for the next attempt, and gives the answer back; `None` if this is not the one to make it.
async fn wait(shared: &Shared, job: &Job, answer: LastAnswer) -> Option<LastAnswer> {
    let delay = with_jitter(if job.kind == DeliveryKind::Voip || job.call.is_some() {
        verdict::call_delay(job.attempts)
    } else {
        verdict::alert_delay(job.attempts)
    });
    let retry_at = now_ms().saturating_add(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
    if retry_at >= job.expires_at {
        expire(shared, job, Some(answer)).await;
        return None;
    }
    let (reason, advice) = (answer.reason.clone(), Some(answer.advice.clone()));
    let outcome = Outcome {
        status: DeliveryStatus::Sent,
        reason,
        advice,
        attempts: job.attempts,
        retry_at,
    };
    record(shared, job, outcome).await;
    if delay > IN_MEMORY {
        return None;
    }
    tokio::select! {
        () = tokio::time::sleep(delay) => Some(answer),
        () = shared.stopped() => None,
    }
}

async fn expire(shared: &Shared, job: &Job, last: Option<LastAnswer>) {
    let (reason, advice) = match last {
        None if job.attempts == 0 => (None, "Its time was up before it could be sent.".to_owned()),
        None => (
            None,
            format!("Its time was up after {} attempts.", job.attempts),
        ),
        Some(last) => (
            last.reason,
            format!(
                "Its time was up after {} attempts. The last answer: {}",
                job.attempts, last.advice
            ),
        ),
    };
    finish(shared, job, DeliveryStatus::Expired, reason, Some(advice)).await;
}

/// Up to a quarter more, so that what failed together does not come back together.
fn with_jitter(delay: Duration) -> Duration {
    let byte = random::bytes::<1>().map_or(0, |[b]| b);
    delay.saturating_add(delay.mul_f64(f64::from(byte) / 1024.0))
}

/// Does to the device what the verdict says.
async fn mark_device(shared: &Shared, job: &Job, verdict: DeviceVerdict) {
    let Some(device) = &job.push_id else { return };
    let done = match verdict {
        DeviceVerdict::Fine => return,
        DeviceVerdict::Dead(since) => shared
            .store
            .remove_token(device, job.kind, &job.token, since)
            .await
            .map(|_| ()),
        DeviceVerdict::Suspect => shared.store.mark_suspect(device, now_ms()).await,
    };
    if let Err(error) = done {
        tracing::error!(%error, delivery = job.id, "the device could not be updated");
    }
}

/// If the operator wants it: tries the other environment once. If APNs takes the push there, the device is stored under it, and this says so.
async fn probe(shared: &Shared, job: &Job) -> Option<String> {
    let device = job.push_id.as_ref().filter(|_| shared.probe)?;
    let other = job.environment.other();
    let credential = shared
        .credentials
        .choose(&job.app, other, &job.topic)
        .await
        .ok()?
        .ok()?;
    if send(
        shared,
        &credential,
        &Job {
            environment: other,
            ..job.clone()
        },
    )
    .await
        != Answer::Accepted
    {
        return None;
    }
    if let Err(error) = shared
        .store
        .correct_environment(device, job.kind, &job.token, other)
        .await
    {
        tracing::error!(%error, delivery = job.id, "the device's environment could not be corrected");
    }
    Some(format!(
        "APNs ({other}) took it: the device is stored as {other} from now on"
    ))
}

async fn finish(
    shared: &Shared,
    job: &Job,
    status: DeliveryStatus,
    reason: Option<String>,
    advice: Option<String>,
) {
    metrics::delivered(job.kind, job.environment, status, reason.as_deref());
    record(
        shared,
        job,
        Outcome {
            status,
            reason,
            advice,
            attempts: job.attempts,
            retry_at: 0,
        },
    )
    .await;
}

async fn record(shared: &Shared, job: &Job, outcome: Outcome) {
    let now = now_ms();
    match shared
        .store
        .record(&job.id, outcome, now, shared.cancels.plan(&job.app, now))
        .await
    {
        Ok(cancels) => shared.take(cancels),
        // It stays unfinished, and is sent again with the same apns-id.
        Err(error) => {
            tracing::error!(%error, delivery = job.id, "an attempt could not be recorded");
        }
    }
}
