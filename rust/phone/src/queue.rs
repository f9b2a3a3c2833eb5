//! The phone's one serial queue: everything that iOS says to the app is said on this thread, in order.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use zpns_client::Clock;

use crate::delivery;
use crate::device::{Job, Phone};
use crate::happening::Happening;
use crate::life;
use crate::simulator::{Order, follow};

/// However the queue ends, nobody may wait for it afterwards.
struct Ends<'a>(&'a Phone);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.with(|device| {
            device.off = true;
            device.schedule.retain(|_| false);
        });
    }
}

/// Runs the queue until the phone is switched off.
pub(crate) fn run(
    phone: &Arc<Phone>,
    runtime: &tokio::runtime::Runtime,
    orders: UnboundedReceiver<Order>,
) {
    let _ends = Ends(phone);
    runtime.block_on(async {
        let line = phone.options.simulator_url.clone().map(|url| tokio::spawn(follow(Arc::clone(phone), url, orders)));
        loop {
            run_due(phone);
            let (off, due) = phone.with(|device| (device.off, device.schedule.next_due()));
            if off {
                break;
            }
            // A clock that is moved by hand wakes the queue itself.
            let pause = due.filter(|_| !phone.clock.is_manual()).map(|due| Duration::from_millis(due.saturating_sub(phone.clock.now())));
            match pause {
                Some(pause) => tokio::select! { () = phone.wake.notified() => {}, () = tokio::time::sleep(pause) => {} },
                None => phone.wake.notified().await,
            }
        }
        if let Some(line) = line {
            // It was told to switch off too, and bounds how long that takes. Its failure would be a defect that ends with it.
            let _ = line.await;
        }
    });
}

/// Does what is due, in order.
pub(crate) fn run_due(phone: &Arc<Phone>) {
    while let Some(job) = phone.with(|device| device.schedule.take_due(device.now())) {
        perform(phone, job);
    }
}

fn perform(phone: &Arc<Phone>, job: Job) {
    match job {
        Job::Tell { process, event } => {
            let app = phone.with(|device| {
                device
                    .process(process)
                    .and_then(|process| process.app.clone())
            });
            // An app that was shut down meanwhile has nothing to say about it.
            if let Some(app) = app {
                let _ = app.system(event);
            }
        }
        Job::CallKit(timer) => {
            phone.with(|device| device.callkit(|callkit, now| callkit.timer(timer, now)))
        }
        Job::Push { kind, payload } => delivery::arrived(phone, kind, payload),
        Job::HandOver { process } => delivery::hand_over_waiting(phone, process),
        Job::Watchdog { process } => delivery::watchdog(phone, process),
        Job::BackgroundExpired { completion } => phone.with(|device| {
            if device.notifications.take_handler(completion) {
                device.record(Happening::BackgroundExpired { completion });
            }
        }),
        Job::Run(work) => work(phone),
    }
}

/// Moves a manual clock on, in steps so that what is due on the way happens at its time and in its order.
pub(crate) fn advance(phone: &Arc<Phone>, milliseconds: u64) {
    let end = phone.clock.now().saturating_add(milliseconds);
    loop {
        run_due(phone);
        if let Ok(app) = life::app(phone) {
            app.wake();
        }
        run_due(phone);
        let now = phone.clock.now();
        if now >= end {
            return;
        }
        phone.clock.advance(STEP.min(end.saturating_sub(now)));
    }
}

/// How far apart two moments are told apart while a manual clock advances, in milliseconds.
const STEP: u64 = 100;
