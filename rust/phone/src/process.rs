//! The life of the app's process. Runs on the phone's queue, but for the killing.

use std::sync::Arc;

use zpns_driver::{Clock, Network, Platform, Storage, SystemEvent};

use crate::app::{App, Launch};
use crate::callkit::CallKit;
use crate::device::{Phone, Process};
use crate::error::PhoneError;
use crate::network::ProcessNetwork;
use crate::platform::Port;
use crate::suspension::{self, Runtime};
use crate::timeline_event::{DropReason, KillReason, LaunchedBy, PushKind, TimelineEvent};

/// Starts the process, in the background unless the user is behind it.
pub(crate) fn launch(phone: &Arc<Phone>, by: LaunchedBy) -> Result<(), PhoneError> {
    let foreground = matches!(
        by,
        LaunchedBy::User | LaunchedBy::Notification | LaunchedBy::Recents
    );
    let number = phone.with(|device| {
        if device.process.is_some() {
            return Err(PhoneError::Running);
        }
        device.processes = device.processes.saturating_add(1);
        let number = device.processes;
        device.process = Some(Process {
            number,
            app: None,
            foreground: false,
            js: None,
            wants_apns: false,
            wants_voip: false,
            reported: None,
            runtime: Runtime::default(),
            exchanges: Vec::new(),
        });
        device.record(TimelineEvent::Launched { by });
        Ok(number)
    })?;
    let launched = phone.launcher.launch(Launch {
        facts: phone.options.facts(),
        platform: Arc::new(Port {
            phone: Arc::downgrade(phone),
            process: number,
        }) as Arc<dyn Platform>,
        network: Arc::new(ProcessNetwork {
            phone: Arc::downgrade(phone),
            process: number,
        }) as Arc<dyn Network>,
        entropy: phone.with(|device| device.entropy.bytes()),
        storage: Arc::clone(&phone.files) as Arc<dyn Storage>,
        clock: Arc::clone(&phone.clock) as Arc<dyn Clock>,
    });
    match launched {
        Ok(app) => {
            // Killed while it started: it is not the process any more, and goes at once.
            let app = phone.with(|device| match device.process(number) {
                Some(process) => {
                    process.app = Some(app);
                    None
                }
                None => Some(app),
            });
            if let Some(app) = app {
                app.shut_down();
                return Err(PhoneError::NotRunning);
            }
        }
        Err(error) => {
            phone.with(|device| {
                device.process = None;
                device.record(TimelineEvent::LaunchFailed {
                    message: error.to_string(),
                });
            });
            return Err(PhoneError::Launch(error.to_string()));
        }
    }
    if foreground {
        to_foreground(phone)
    } else {
        Ok(())
    }
}

/// The user has the app in front of them.
pub(crate) fn to_foreground(phone: &Phone) -> Result<(), PhoneError> {
    phone.with(|device| {
        let process = device.process.as_mut().ok_or(PhoneError::NotRunning)?;
        if !std::mem::replace(&mut process.foreground, true) {
            device.record(TimelineEvent::Foreground);
            suspension::resume(device);
            device.tell(SystemEvent::Awake);
        }
        Ok(())
    })
}

/// Ends the process at once. False if there is none.
pub(crate) fn kill(phone: &Phone, reason: KillReason) -> bool {
    let app = phone.with(|device| {
        let process = device.process.take()?;
        device.record(TimelineEvent::Killed { reason });
        device.callkit(CallKit::app_died);
        device.schedule.retain(|job| !job.ends_with_process());
        device.notifications.drop_handlers();
        while device.pushkit.next_waiting().is_some() {
            device.record(TimelineEvent::PushDropped {
                kind: PushKind::Voip,
                reason: DropReason::AppDied,
            });
        }
        Some(process.app)
    });
    // Not under the phone's lock: the app may be in the middle of calling the phone.
    if let Some(Some(app)) = &app {
        app.shut_down();
    }
    app.is_some()
}

/// The running app.
pub(crate) fn app(phone: &Phone) -> Result<Arc<dyn App>, PhoneError> {
    phone.with(|device| {
        device
            .process
            .as_ref()
            .and_then(|process| process.app.clone())
            .ok_or(PhoneError::NotRunning)
    })
}
