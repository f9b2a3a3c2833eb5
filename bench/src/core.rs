//! The core and the client: from a VoIP push to its report, start-up, memory.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use uuid::Uuid;
use zpns_client::{ActionKind, AppFacts, CallAction, Client, SystemEvent, call_uuid};

use crate::calls::{call_id, payload};
use crate::device::{Device, NoStorage};
use crate::flood::Flood;
use crate::latency::Latency;
use crate::memory;
use crate::results::Results;

/// Pushes in each measurement.
const PUSHES: u64 = 5_000;
/// Calls that ring while the second measurement runs, and calls that ended shortly before.
const LIVE: u64 = 1_000;
const REMEMBERED: u64 = 10_000;
/// A fresh client after so many pushes, so that few calls are known in the first measurement.
const FEW: usize = 20;
/// Payloads that are parsed back to back, which is when parsing is fastest, and then pushed.
const TURN: usize = 500;
const STARTS: usize = 200;
const EVENTS: u64 = 1_000_000;

/// Bars of the design, side by side in one run.
const MOST_TIMES_PARSE: f64 = 2.5;
const MOST_P999_MS: f64 = 1.0;
const MOST_START_MS: f64 = 5.0;
const MOST_GROWTH_MB: f64 = 16.0;

pub(crate) fn run() -> Result<Results, String> {
    let mut results = Results::default();

    progress("parsing, and pushes with few calls known");
    let (parse, few) = parsing_and_few_calls()?;
    results.latency("serde_json: parse of the same bytes", parse);
    results.latency("push -> report, few calls known", few);
    progress("pushes with many calls known");
    let many = many_calls()?;
    results.latency("push -> report, 1,000 live and 10,000 remembered", many);
    results.bar(
        "push -> report / parse, median",
        MOST_TIMES_PARSE,
        ratio(few.median_ns, parse.median_ns),
    );
    results.bar(
        "push -> report, p99.9, many calls known (ms)",
        MOST_P999_MS,
        millis(many.p999_ns),
    );

    progress("starts");
    let start = starts()?;
    results.latency("start of the client", start);
    results.bar(
        "start of the client, median (ms)",
        MOST_START_MS,
        millis(start.median_ns),
    );

    progress("a million random events");
    if let Some(Memory { held, grown }) = memory_of_a_flood()? {
        results.figure("memory after a million random events", held, "MB");
        results.figure("of that, grown over their second half", grown, "MB");
        results.bar("memory growth (MB)", MOST_GROWTH_MB, grown);
    }
    Ok(results)
}

/// What is measured now, beside the results on the standard error.
fn progress(what: &str) {
    eprintln!("zpns-bench: {what}");
}

/// Both in turns, so that what slows the machine down for a while slows down both.
fn parsing_and_few_calls() -> Result<(Latency, Latency), String> {
    let payloads: Vec<Vec<u8>> = (0..PUSHES).map(payload).collect();
    let mut parses = Vec::new();
    let mut pushes = Vec::new();
    for turn in payloads.chunks(TURN) {
        parses.extend(turn.iter().map(|payload| parse(payload)));
        for chunk in turn.chunks(FEW) {
            let (client, device) = start()?;
            for payload in chunk {
                pushes.push(push(&client, &device, payload)?);
            }
        }
    }
    Ok((Latency::of(parses), Latency::of(pushes)))
}

fn parse(payload: &[u8]) -> Duration {
    let began = Instant::now();
    let value: Result<Value, _> = serde_json::from_slice(black_box(payload));
    let took = began.elapsed();
    black_box(value).ok();
    took
}

fn many_calls() -> Result<Latency, String> {
    let (client, device) = start()?;
    for number in 0..REMEMBERED {
        push(&client, &device, &payload(number))?;
        end(&client, &device, number)?;
    }
    // One fewer than the bar says ring; the measured one makes it full and ends again.
    for number in REMEMBERED..REMEMBERED + LIVE - 1 {
        push(&client, &device, &payload(number))?;
    }
    let mut times = Vec::new();
    for number in 0..PUSHES {
        let number = REMEMBERED + LIVE + number;
        let payload = payload(number);
        times.push(push(&client, &device, &payload)?);
        end(&client, &device, number)?;
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

/// Memory after many random events.
struct Memory {
    /// Megabytes in use at the end.
    held: f64,
    /// Megabytes that the second half added: nothing may grow without bound.
    grown: f64,
}

fn memory_of_a_flood() -> Result<Option<Memory>, String> {
    let (client, device) = start()?;
    let mut flood = Flood::new(Arc::clone(&client), Arc::clone(&device));
    let mut half = None;
    for number in 0..EVENTS {
        if number == EVENTS / 2 {
            half = memory::resident_mb();
        }
        flood.event()?;
    }
    black_box(device.reports());
    Ok(half.zip(memory::resident_mb()).map(|(half, held)| Memory {
        held,
        grown: (held - half).max(0.0),
    }))
}

fn start() -> Result<(Arc<Client>, Arc<Device>), String> {
    let app = AppFacts {
        bundle_id: "com.example.calls".to_owned(),
        app_name: "Calls".to_owned(),
        background_modes: vec!["voip".to_owned()],
        ..AppFacts::default()
    };
    let device = Arc::new(Device::default());
    let client = Client::start(app, Arc::<Device>::clone(&device), Arc::new(NoStorage))
        .map_err(|error| error.to_string())?;
    Ok((client, device))
}

/// Time from the push to the moment when CallKit is told.
fn push(client: &Client, device: &Device, payload: &[u8]) -> Result<Duration, String> {
    device.take_report();
    rest();
    let began = Instant::now();
    client
        .voip_push(black_box(payload), true)
        .map_err(|error| error.to_string())?;
    let reported = device.take_report().ok_or("a push was not reported")?;
    Ok(reported.duration_since(began))
}

/// Lets the client finish what the push before left to its other thread: pushes do not come back to back.
fn rest() {
    const REST: Duration = Duration::from_micros(100);
    let began = Instant::now();
    while began.elapsed() < REST {
        std::hint::spin_loop();
    }
}

fn end(client: &Client, device: &Device, number: u64) -> Result<(), String> {
    client
        .system(SystemEvent::ReportCompleted {
            id: device.last_report(),
            uuid: call_uuid(&call_id(number)),
            error: None,
        })
        .and_then(|()| client.system(action(number)))
        .map_err(|error| error.to_string())
}

fn action(number: u64) -> SystemEvent {
    SystemEvent::Action(CallAction {
        id: Uuid::new_v4(),
        call: call_uuid(&call_id(number)),
        kind: ActionKind::End,
        deadline: u64::MAX,
        transaction: None,
    })
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds of one push")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds of one push")]
fn millis(ns: u64) -> f64 {
    ns as f64 / 1_000_000.0
}
