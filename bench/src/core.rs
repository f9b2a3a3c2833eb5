//! The core and the client: from a VoIP push to its report, start-up, memory.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;
use zpns_client::{ActionKind, AppFacts, CallAction, Client, SystemEvent, call_uuid};

use crate::device::{Device, NoStorage};
use crate::latency::Latency;
use crate::memory;
use crate::results::Results;

/// Pushes in each measurement.
const PUSHES: usize = 5_000;
/// Calls that ring while the second measurement runs, and calls that ended shortly before.
const LIVE: usize = 1_000;
const REMEMBERED: usize = 10_000;
/// A fresh client after so many pushes, so that few calls are known in the first measurement.
const FEW: usize = 20;
const STARTS: usize = 200;
const EVENTS: usize = 1_000_000;

/// Bars of the design, side by side in one run.
const MOST_TIMES_PARSE: f64 = 2.5;
const MOST_P999_MS: f64 = 1.0;
const MOST_START_MS: f64 = 5.0;
const MOST_GROWTH_MB: f64 = 16.0;

pub(crate) fn run() -> Result<Results, String> {
    let mut results = Results::default();

    let parse = parse();
    let few = few_calls()?;
    let many = many_calls()?;
    results.latency("serde_json: parse of the same bytes", parse);
    results.latency("push -> report, few calls known", few);
    results.latency("push -> report, 1,000 live and 10,000 remembered", many);
    results.bar("push -> report / parse, median", MOST_TIMES_PARSE, ratio(few.median_ns, parse.median_ns));
    results.bar("push -> report, p99.9, many calls known (ms)", MOST_P999_MS, millis(many.p999_ns));

    let start = starts()?;
    results.latency("start of the client", start);
    results.bar("start of the client, median (ms)", MOST_START_MS, millis(start.median_ns));

    if let Some(grown) = growth()? {
        results.figure("memory grown over the second half of a million events", grown, "MB");
        results.bar("memory growth (MB)", MOST_GROWTH_MB, grown);
    }
    Ok(results)
}

fn parse() -> Latency {
    let payloads: Vec<Vec<u8>> = (0..PUSHES).map(payload).collect();
    Latency::of(
        payloads
            .iter()
            .map(|payload| {
                let began = Instant::now();
                let value: Result<Value, _> = serde_json::from_slice(black_box(payload));
                let took = began.elapsed();
                black_box(value).ok();
                took
            })
            .collect(),
    )
}

fn few_calls() -> Result<Latency, String> {
    let payloads: Vec<Vec<u8>> = (0..PUSHES).map(payload).collect();
    let mut times = Vec::with_capacity(PUSHES);
    for chunk in payloads.chunks(FEW) {
        let (client, device) = start()?;
        for payload in chunk {
            times.push(push(&client, &device, payload)?);
        }
    }
    Ok(Latency::of(times))
}

fn many_calls() -> Result<Latency, String> {
    let (client, device) = start()?;
    for number in 0..REMEMBERED {
        push(&client, &device, &payload(number))?;
        end(&client, number)?;
    }
    // One fewer than the bar says ring; the measured one makes it full and ends again.
    for number in REMEMBERED..REMEMBERED + LIVE - 1 {
        push(&client, &device, &payload(number))?;
    }
    let mut times = Vec::with_capacity(PUSHES);
    for number in 0..PUSHES {
        let number = REMEMBERED + LIVE + number;
        let payload = payload(number);
        times.push(push(&client, &device, &payload)?);
        end(&client, number)?;
    }
    Ok(Latency::of(times))
}

fn starts() -> Result<Latency, String> {
    let mut times = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let began = Instant::now();
        let started = start()?;
        times.push(began.elapsed());
        drop(started);
    }
    Ok(Latency::of(times))
}

/// Megabytes that the second half of many events adds: nothing may grow without bound.
fn growth() -> Result<Option<f64>, String> {
    let (client, device) = start()?;
    let mut half = None;
    for number in 0..EVENTS {
        if number == EVENTS / 2 {
            half = memory::resident_kb();
        }
        match number % 4 {
            0 => client.voip_push(&payload(number / 4), true),
            1 => client.system(SystemEvent::ReportCompleted { uuid: call_uuid(&call_id(number / 4)), error: None }),
            2 => client.system(SystemEvent::AudioActivated),
            _ => client.system(action(number / 4)),
        }
        .map_err(|error| error.to_string())?;
    }
    black_box(device.reports());
    let after = memory::resident_kb();
    #[expect(clippy::cast_precision_loss, reason = "kilobytes of one process")]
    Ok(half.zip(after).map(|(half, after)| after.saturating_sub(half) as f64 / 1024.0))
}

fn start() -> Result<(Arc<Client>, Arc<Device>), String> {
    let app = AppFacts {
        bundle_id: "com.example.calls".to_owned(),
        app_name: "Calls".to_owned(),
        background_modes: vec!["voip".to_owned()],
        ..AppFacts::default()
    };
    let device = Arc::new(Device::default());
    let client = Client::start(app, Arc::<Device>::clone(&device), Arc::new(NoStorage)).map_err(|error| error.to_string())?;
    Ok((client, device))
}

/// Time from the push to the moment when CallKit is told.
fn push(client: &Client, device: &Device, payload: &[u8]) -> Result<Duration, String> {
    device.take_report();
    let began = Instant::now();
    client.voip_push(black_box(payload), true).map_err(|error| error.to_string())?;
    let reported = device.take_report().ok_or("a push was not reported")?;
    Ok(reported.duration_since(began))
}

fn end(client: &Client, number: usize) -> Result<(), String> {
    client
        .system(SystemEvent::ReportCompleted { uuid: call_uuid(&call_id(number)), error: None })
        .and_then(|()| client.system(action(number)))
        .map_err(|error| error.to_string())
}

fn action(number: usize) -> SystemEvent {
    SystemEvent::Action(CallAction {
        id: Uuid::new_v4(),
        call: call_uuid(&call_id(number)),
        kind: ActionKind::End,
        deadline: u64::MAX,
        transaction: None,
    })
}

fn call_id(number: usize) -> String {
    format!("call-{number}")
}

/// A payload of about 1 KB, as the gateway writes it, but for the follow URL: nothing here goes to a network.
fn payload(number: usize) -> Vec<u8> {
    let payload = json!({
        "aps": { "alert": { "title": "系统通话标题", "body": "your content" } },
        "zego": { "version": 1, "voip_has_video": true, "voip_handle_type": 1, "voip_handle_value": "发送方联系人信息" },
        "call_id": call_id(number),
        "payload": "业务需要的透传字段".repeat(24),
        "zpns": { "v": 1, "kind": "invite", "sentAt": 1_764_000_000_000_u64, "expiresAt": 4_102_444_800_000_u64, "caller": "alice", "user": "bob", "mode": 0, "timeout": 90 },
    });
    payload.to_string().into_bytes()
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds of one push")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds of one push")]
fn millis(ns: u64) -> f64 {
    ns as f64 / 1_000_000.0
}
