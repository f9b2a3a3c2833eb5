//! The phone's one serial queue: everything that iOS says to the app is said from here, in order.

use std::sync::Arc;

use zpns_driver::SystemEvent;

use crate::app::App;
use crate::delivery;
use crate::device::{Job, Phone};
use crate::network::NetworkAnswer;
use crate::suspension;
use crate::timeline_event::TimelineEvent;

/// Does what is due, in order. Called from within itself it leaves the work to the call that is under way.
pub(crate) fn run_due(phone: &Arc<Phone>) {
    if phone.with(|device| std::mem::replace(&mut device.is_running, true)) {
        return;
    }
    let mut ticked_at = None;
    loop {
        if let Some(job) = phone.with(|device| device.schedule.take_due(device.now())) {
            perform(phone, job);
            continue;
        }
        let now = phone.clock.time();
        let Some(app) = running_app(phone) else { break };
        let next_tick = || app.next_tick();
        // A timer that stays due after its tick waits for the clock to move, or this would never end.
        if ticked_at != Some(now) && next_tick().is_some_and(|due| due <= now) {
            app.tick();
            ticked_at = next_tick().is_some_and(|due| due <= now).then_some(now);
            continue;
        }
        app.save();
        break;
    }
    suspension::look(phone);
    phone.with(|device| device.is_running = false);
}

fn perform(phone: &Arc<Phone>, job: Job) {
    match job {
        Job::Tell { process, mut event } => {
            if let SystemEvent::Action(action) = &mut event {
                action.deadline = phone.clock.shown_at(action.deadline);
            }
            let app = phone.with(|device| {
                if !suspension::may_hear(device, process, &event) {
                    return None;
                }
                device
                    .process(process)
                    .and_then(|process| process.app.clone())
            });
            // An app that was shut down meanwhile has nothing to say about it.
            if let Some(app) = app {
                let _ = app.system(event);
            }
        }
        Job::Network { process, answer } => {
            if phone.with(|device| device.may_bring(process, &answer)) {
                bring(phone, process, answer);
            }
        }
        Job::NetworkFailed {
            process,
            id,
            is_stream,
            failure,
        } => {
            let answer = phone.with(|device| device.failed(process, id, is_stream, failure));
            if let Some(answer) = answer {
                bring(phone, process, answer);
            }
        }
        Job::Send { process, kind } => phone.with(|device| device.send(process, kind)),
        // The look is at the end of everything that is due.
        Job::Look => {}
        Job::TaskExpired { process, task } => {
            phone.with(|device| suspension::task_expired(device, process, task));
        }
        Job::TaskOverrun { process, task } => suspension::task_overrun(phone, process, task),
        Job::CallKit(timer) => {
            phone.with(|device| device.callkit(|callkit, now| callkit.timer(timer, now)));
        }
        Job::Push { kind, payload } => delivery::arrived(phone, kind, payload),
        Job::HandOver { process } => delivery::hand_over_waiting(phone, process),
        Job::Watchdog { process } => delivery::watchdog(phone, process),
        Job::BackgroundExpired { completion } => phone.with(|device| {
            if device.notifications.take_handler(completion) {
                device.record(TimelineEvent::BackgroundExpired { completion });
            }
        }),
    }
}

fn bring(phone: &Phone, process: u64, answer: NetworkAnswer) {
    let app = phone.with(|device| {
        device
            .process(process)
            .and_then(|process| process.app.clone())
    });
    if let Some(app) = app {
        app.network(answer);
    }
}

/// The app, unless it stands still.
fn running_app(phone: &Phone) -> Option<Arc<dyn App>> {
    phone.with(|device| {
        device
            .process
            .as_ref()
            .filter(|process| !process.runtime.is_suspended)
            .and_then(|process| process.app.clone())
    })
}

/// When something is due next, on the phone or in the app on it. Unix milliseconds.
pub(crate) fn next_due(phone: &Phone) -> Option<u64> {
    let job = phone.with(|device| device.schedule.next_due());
    let tick = running_app(phone).and_then(|app| app.next_tick());
    job.into_iter().chain(tick).min()
}
