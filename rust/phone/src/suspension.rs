//! When iOS lets the app's process run, and when it stands still.
//!
//! A process runs while there is a reason: the app is in front, CallKit waits for it to settle an action, its audio session is active, it
//! holds a background task, or it was given time for a push. Seconds after the last reason it is suspended: no timer fires, nothing that
//! the network brings arrives, its sockets are dead when it runs again. It runs again for what CallKit and PushKit bring, for a background
//! notification, and when the user opens it.
//!
//! What of this is known:
//!
//! * that background tasks exist, have a time of about 30 seconds together, and that an app is killed which lets them expire without
//!   ending them: Apple's word (`beginBackgroundTask(withName:expirationHandler:)`)
//! * that a background notification gives 30 seconds: Apple's word
//! * that a VoIP push gives as long, and that a call which only rings is no reason of its own: assumed, to be on the safe side
//! * how soon after the last reason a process is suspended, and that all its sockets die: assumed. A real phone may be kinder
//!
//! JavaScript of a test runs outside the phone, where nothing can stop it: what it asks of a suspended app wakes the app up.

use zpns_driver::{HttpFailure, SystemEvent};

use crate::callkit::CallKit;
use crate::device::{Device, Job, Phone};
use crate::network::Exchange;
use crate::process;
use crate::timeline_event::{KillReason, TimelineEvent};

/// How long a process may work on a VoIP push, in milliseconds.
pub(crate) const PUSH_TIME_MS: u64 = 30_000;
/// How long background tasks last in the background, in milliseconds.
const TASK_TIME_MS: u64 = 30_000;
/// How long after the expiration handler an app is killed that has not ended its task, in milliseconds.
const OVERRUN_MS: u64 = 1_000;

/// What keeps a process running, and what waits while nothing does.
#[derive(Default)]
pub(crate) struct Runtime {
    pub(crate) is_suspended: bool,
    /// Since when there is no reason to run.
    idle_since: Option<u64>,
    /// Until when it may work on a push.
    push_until: u64,
    /// Number of the background task that it holds.
    task: Option<u64>,
    tasks: u64,
    /// What is said to it when it runs again, in order.
    held: Vec<SystemEvent>,
}

/// The process is given time for a push.
pub(crate) fn time_for_push(device: &mut Device) {
    let until = device.now().saturating_add(PUSH_TIME_MS);
    if let Some(process) = &mut device.process {
        process.runtime.push_until = until;
        device.schedule.add(until, Job::Look);
    }
}

/// `beginBackgroundTask` and `endBackgroundTask`.
pub(crate) fn keep_awake(device: &mut Device, number: u64, on: bool) {
    let now = device.now();
    let Some(process) = device.process(number) else {
        return;
    };
    let runtime = &mut process.runtime;
    let task = if on {
        runtime.tasks = runtime.tasks.saturating_add(1);
        runtime.task = Some(runtime.tasks);
        runtime.task
    } else {
        if runtime.task.take().is_none() {
            return;
        }
        None
    };
    device.record(if on {
        TimelineEvent::BackgroundTaskBegan
    } else {
        TimelineEvent::BackgroundTaskEnded
    });
    if let Some(task) = task {
        schedule_expiry(device, number, task, now);
    }
}

fn schedule_expiry(device: &mut Device, process: u64, task: u64, from: u64) {
    let due = from.saturating_add(TASK_TIME_MS);
    device.schedule.add(due, Job::TaskExpired { process, task });
}

/// The time of a background task is up.
pub(crate) fn task_expired(device: &mut Device, number: u64, task: u64) {
    let (now, in_front) = (device.now(), device.foreground());
    let process = device.process(number);
    if process.is_none_or(|process| process.runtime.task != Some(task)) {
        return;
    }
    if in_front {
        // In front there is time without end.
        return schedule_expiry(device, number, task, now);
    }
    device.record(TimelineEvent::BackgroundTaskExpired);
    device.tell(SystemEvent::BackgroundTimeExpired);
    let due = now.saturating_add(OVERRUN_MS);
    let process = number;
    device.schedule.add(due, Job::TaskOverrun { process, task });
}

/// Whether the app still holds a task that has expired: then it is killed.
pub(crate) fn task_overrun(phone: &Phone, number: u64, task: u64) {
    let overruns = phone.with(|device| {
        device
            .process(number)
            .is_some_and(|process| process.runtime.task == Some(task))
    });
    if overruns {
        process::kill(phone, KillReason::BackgroundTaskNotEnded);
    }
}

/// Looks whether there is still a reason to run, after everything that was due has been done.
pub(crate) fn look(phone: &Phone) {
    let can_be_suspended =
        phone.options.suspends && process::app(phone).is_ok_and(|app| app.can_be_suspended());
    if !can_be_suspended {
        return;
    }
    phone.with(|device| {
        let now = device.now();
        let has_reason = device.foreground()
            || device.callkit.needs_the_app()
            || device.notifications.has_handlers()
            || device.process.as_ref().is_some_and(|process| {
                process.runtime.task.is_some() || process.runtime.push_until > now
            });
        let Some(process) = &mut device.process else {
            return;
        };
        let runtime = &mut process.runtime;
        if has_reason || runtime.is_suspended {
            runtime.idle_since = None;
            return;
        }
        let is_new = runtime.idle_since.is_none();
        let since = *runtime.idle_since.get_or_insert(now);
        let due = since.saturating_add(phone.options.suspend_after_ms);
        if due <= now {
            suspend(device);
        } else if is_new {
            device.schedule.add(due, Job::Look);
        }
    });
}

fn suspend(device: &mut Device) {
    let Some(process) = &mut device.process else {
        return;
    };
    process.runtime.is_suspended = true;
    let number = process.number;
    let streams = process
        .exchanges
        .iter()
        .filter(|exchange| exchange.is_stream);
    let streams: Vec<u64> = streams.map(|stream| stream.id).collect();
    device.record(TimelineEvent::Suspended);
    device.network.extend(
        streams
            .into_iter()
            .map(|id| crate::network::close(number, id)),
    );
}

/// There is a reason to run: what was held is said now, and the sockets that died meanwhile are noticed.
pub(crate) fn resume(device: &mut Device) {
    let Some(process) = &mut device.process else {
        return;
    };
    if !std::mem::take(&mut process.runtime.is_suspended) {
        return;
    }
    let number = process.number;
    let held = std::mem::take(&mut process.runtime.held);
    let dead: Vec<Exchange> = process.exchanges.clone();
    device.record(TimelineEvent::Resumed);
    for event in held {
        device.tell(event);
    }
    for exchange in dead {
        device.fail(number, &exchange, HttpFailure::Broken);
    }
}

/// Whether iOS says this to the process now. If not, the process is suspended, and hears it when it runs again.
pub(crate) fn may_hear(device: &mut Device, number: u64, event: &SystemEvent) -> bool {
    let Some(process) = device.process(number) else {
        return true;
    };
    if !process.runtime.is_suspended {
        return true;
    }
    if wakes(event) {
        resume(device);
        return true;
    }
    // However often the network changed meanwhile, the app hears of it once.
    if *event != SystemEvent::NetworkChanged || !process.runtime.held.contains(event) {
        process.runtime.held.push(event.clone());
    }
    false
}

/// Whether iOS runs the process to tell it this.
const fn wakes(event: &SystemEvent) -> bool {
    matches!(
        event,
        SystemEvent::Action(_)
            | SystemEvent::ActionTimedOut { .. }
            | SystemEvent::ProviderReset
            | SystemEvent::AudioActivated
            | SystemEvent::AudioDeactivated
            | SystemEvent::NotificationReceived { .. }
            | SystemEvent::StartCallIntent { .. }
            | SystemEvent::Awake
    )
}

impl CallKit {
    /// Whether the call service keeps the app running: it waits for an action, or the audio session is active.
    fn needs_the_app(&self) -> bool {
        self.audio_is_active() || self.awaits_action()
    }
}
