//! Prometheus metrics. Names and labels are listed in docs/gateway.md.

use std::sync::OnceLock;
use std::time::Duration;

use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use zpns_protocol::Environment;
use zpns_protocol::calls::CallState;
use zpns_protocol::pushes::{DeliveryKind, DeliveryStatus};

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

const SECONDS: &[f64] = &[
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// The process's recorder, installed at the first call.
pub fn handle() -> Result<&'static PrometheusHandle, BuildError> {
    if let Some(handle) = HANDLE.get() {
        return Ok(handle);
    }
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)?
        .build_recorder();
    let handle = recorder.handle();
    // Somebody who embeds the gateway may have a recorder already; then `/metrics` is empty and theirs is full.
    let _ = metrics::set_global_recorder(recorder);
    Ok(HANDLE.get_or_init(|| handle))
}

const fn kind_name(kind: DeliveryKind) -> &'static str {
    match kind {
        DeliveryKind::Voip => "voip",
        DeliveryKind::Alert => "alert",
    }
}

const fn status_name(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Queued => "queued",
        DeliveryStatus::Sent => "sent",
        DeliveryStatus::Accepted => "accepted",
        DeliveryStatus::Rejected => "rejected",
        DeliveryStatus::Expired => "expired",
        DeliveryStatus::Received => "received",
    }
}

/// A delivery came into a lane (1) or left it (-1).
pub fn queued(kind: DeliveryKind, by: f64) {
    gauge!("zpns_deliveries_in_hand", "kind" => kind_name(kind)).increment(by);
}

/// APNs answered an attempt, or did not.
pub fn apns_answered(kind: DeliveryKind, environment: Environment, result: &str, after: Duration) {
    histogram!("zpns_apns_answer_seconds", "kind" => kind_name(kind), "environment" => environment.as_str()).record(after.as_secs_f64());
    counter!("zpns_apns_answers_total", "kind" => kind_name(kind), "environment" => environment.as_str(), "result" => result.to_owned())
        .increment(1);
}

/// A delivery is finished.
pub fn delivered(
    kind: DeliveryKind,
    environment: Environment,
    status: DeliveryStatus,
    reason: Option<&str>,
) {
    let reason = reason.unwrap_or_default().to_owned();
    counter!("zpns_deliveries_total", "kind" => kind_name(kind), "environment" => environment.as_str(), "status" => status_name(status), "reason" => reason)
        .increment(1);
}

/// A device reported a push.
pub fn received() {
    counter!("zpns_receipts_total").increment(1);
}

/// A call is over.
pub fn call_over(state: CallState) {
    let outcome = match state {
        CallState::Rejected => "rejected",
        CallState::Cancelled => "cancelled",
        CallState::TimedOut => "timedOut",
        CallState::Ended => "ended",
        CallState::Ringing | CallState::Accepted => return,
    };
    counter!("zpns_calls_over_total", "outcome" => outcome).increment(1);
}

/// The method as a label: clients may send any text, and each label value costs memory for good.
fn method_name(method: &str) -> &'static str {
    ["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}

/// A request was answered.
pub fn request(route: &str, method: &str, status: u16, after: Duration) {
    let labels = [
        ("route", route.to_owned()),
        ("method", method_name(method).to_owned()),
        ("status", status.to_string()),
    ];
    counter!("zpns_http_requests_total", &labels).increment(1);
    histogram!("zpns_http_request_seconds", "route" => route.to_owned())
        .record(after.as_secs_f64());
}

/// How many devices there are.
pub fn devices(environment: Environment, suspect: bool, count: u64) {
    let suspect = if suspect { "true" } else { "false" };
    #[expect(
        clippy::cast_precision_loss,
        reason = "a gauge is a float; 2^53 devices are enough"
    )]
    gauge!("zpns_devices", "environment" => environment.as_str(), "suspect" => suspect)
        .set(count as f64);
}

/// When a certificate expires, Unix milliseconds.
pub fn certificate(credential: &str, not_after: u64) {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a gauge is a float; seconds are far below 2^53"
    )]
    gauge!("zpns_certificate_not_after_seconds", "credential" => credential.to_owned())
        .set((not_after / 1000) as f64);
}
