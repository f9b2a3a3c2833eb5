//! The phone as its user and its developer hold it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle, ThreadId};

use serde::Serialize;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::app::{Launcher, Library};
use crate::callkit::{Call, Recent};
use crate::device::{Job, Phone, Tokens};
use crate::error::PhoneError;
use crate::happening::{Happening, KillReason, LaunchedBy, PushKind};
use crate::javascript::JsSink;
use crate::life;
use crate::notifications::{Notification, Notifications};
use crate::options::PhoneOptions;
use crate::pushkit::PushKit;
use crate::queue;
use crate::simulator::Order;
use crate::timeline::Timeline;

/// A virtual iPhone with one app installed on it. See the [crate] for how it behaves. Dropping it switches it off.
pub struct VirtualPhone {
    pub(crate) phone: Arc<Phone>,
    orders: UnboundedSender<Order>,
    queue: Mutex<Option<JoinHandle<()>>>,
    queue_thread: ThreadId,
    invocations: AtomicU64,
}

/// The phone at a moment. As JSON in camel case.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// What the app is doing.
    pub app: AppState,
    /// Whether JavaScript is attached.
    pub js_running: bool,
    /// Calls on the screen, oldest first.
    pub calls: Vec<Call>,
    /// Past calls, oldest first.
    pub recents: Vec<Recent>,
    /// Notifications in the list, oldest first.
    pub notifications: Vec<Notification>,
    /// The app's badge, 0 for none.
    pub badge: u32,
    /// How often the app got a VoIP push and reported no call.
    pub strikes: u32,
    /// Whether PushKit stopped delivering because of that.
    pub stopped_delivering: bool,
}

/// What the app is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum AppState {
    /// It has no process.
    NotRunning,
    /// It runs and the user does not see it.
    Background,
    /// It is in front of the user.
    Foreground,
}

impl VirtualPhone {
    /// Switches a phone on. The app is installed and not running.
    pub fn new(options: PhoneOptions) -> Result<Self, PhoneError> {
        Self::with_app(options, Arc::new(Library))
    }

    /// A phone with another app than one made of this library's client.
    pub fn with_app(
        options: PhoneOptions,
        launcher: Arc<dyn Launcher>,
    ) -> Result<Self, PhoneError> {
        let phone = Arc::new(Phone::new(options, launcher));
        let (orders, received) = unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| no_thread(&error))?;
        let shared = Arc::clone(&phone);
        let queue = thread::Builder::new()
            .name("zpns-phone".to_owned())
            .spawn(move || queue::run(&shared, &runtime, received))
            .map_err(|error| no_thread(&error))?;
        let queue_thread = queue.thread().id();
        Ok(Self {
            phone,
            orders,
            queue: Mutex::new(Some(queue)),
            queue_thread,
            invocations: AtomicU64::new(0),
        })
    }

    /// What happened so far, to read and to wait on.
    pub fn timeline(&self) -> &Timeline {
        &self.phone.timeline
    }

    /// How the phone was set up.
    pub fn options(&self) -> &PhoneOptions {
        &self.phone.options
    }

    /// The phone at this moment.
    pub fn snapshot(&self) -> Snapshot {
        self.phone.with(|device| Snapshot {
            app: match &device.process {
                None => AppState::NotRunning,
                Some(process) if process.foreground => AppState::Foreground,
                Some(_) => AppState::Background,
            },
            js_running: device
                .process
                .as_ref()
                .is_some_and(|process| process.js.is_some()),
            calls: device.callkit.calls(),
            recents: device.callkit.recents().to_vec(),
            notifications: device.notifications.list().to_vec(),
            badge: device.notifications.badge(),
            strikes: device.pushkit.strikes(),
            stopped_delivering: device.pushkit.stopped(),
        })
    }

    /// The tokens of this installation. With a simulator they are there once it has answered.
    pub fn tokens(&self) -> Tokens {
        self.phone.with(|device| device.tokens.clone())
    }

    /// The user opens the app. It runs, in the foreground, when this returns.
    pub fn launch(&self) -> Result<(), PhoneError> {
        self.on_queue(|phone| life::launch(phone, LaunchedBy::User))?
    }

    /// The app's process ends at once, as when the system needs its memory. What it stored stays.
    pub fn kill(&self) -> Result<(), PhoneError> {
        if life::kill(&self.phone, KillReason::Outside) {
            Ok(())
        } else {
            Err(PhoneError::NotRunning)
        }
    }

    /// The app comes to the foreground.
    pub fn foreground(&self) -> Result<(), PhoneError> {
        life::to_foreground(&self.phone)
    }

    /// The app goes to the background.
    pub fn background(&self) -> Result<(), PhoneError> {
        self.phone.with(|device| {
            let process = device.process.as_mut().ok_or(PhoneError::NotRunning)?;
            if std::mem::replace(&mut process.foreground, false) {
                device.record(Happening::Background);
            }
            Ok(())
        })
    }

    /// The app's JavaScript starts: what the native side says goes to `sink`. Nothing is listened to yet.
    pub fn start_js(&self, sink: JsSink) -> Result<(), PhoneError> {
        self.stop_js();
        self.phone.with(|device| {
            let process = device.process.as_mut().ok_or(PhoneError::NotRunning)?;
            process.js = Some(sink);
            device.record(Happening::JsStarted);
            Ok(())
        })
    }

    /// The app's JavaScript is gone, its process stays, as when it is reloaded. Nothing if there is none.
    pub fn stop_js(&self) {
        let app = self.phone.with(|device| {
            let process = device.process.as_mut()?;
            process.js.take()?;
            let app = process.app.clone();
            device.record(Happening::JsStopped);
            app
        });
        if let Some(app) = app {
            app.detach();
        }
    }

    /// JavaScript asks for something: number of the invocation, which its answer carries.
    pub fn invoke(&self, method: &str, params: &str) -> Result<u64, PhoneError> {
        let number = self.next_invocation();
        self.invoke_as(number, method, params)?;
        Ok(number)
    }

    /// A number for [`VirtualPhone::invoke_as`], for who must know it before the answer comes.
    pub fn next_invocation(&self) -> u64 {
        self.invocations
            .fetch_add(1, Ordering::SeqCst)
            .saturating_add(1)
    }

    /// Like [`VirtualPhone::invoke`], with a number from [`VirtualPhone::next_invocation`].
    pub fn invoke_as(&self, number: u64, method: &str, params: &str) -> Result<(), PhoneError> {
        life::app(&self.phone)?
            .invoke(number, method, params)
            .map_err(|error| PhoneError::Client(error.to_string()))
    }

    /// JavaScript listens to events of this type from now on.
    pub fn listen(&self, kind: &str) -> Result<(), PhoneError> {
        life::app(&self.phone)?.listen(kind);
        Ok(())
    }

    /// It no longer does.
    pub fn unlisten(&self, kind: &str) -> Result<(), PhoneError> {
        life::app(&self.phone)?.unlisten(kind);
        Ok(())
    }

    /// A push arrives, as if APNs had sent it. Any bytes are taken.
    pub fn deliver_push(&self, kind: PushKind, payload: impl Into<Vec<u8>>) {
        self.phone.enqueue(Job::Push {
            kind,
            payload: payload.into(),
        });
    }

    /// The app is deleted and installed anew: its files, tokens, permission and PushKit's grudge are gone.
    pub fn reinstall(&self) {
        life::kill(&self.phone, KillReason::Deleted);
        self.phone.files.erase();
        let has_simulator = self.phone.options.simulator_url.is_some();
        self.phone.with(|device| {
            device.pushkit = PushKit::default();
            device.notifications = Notifications::default();
            device.tokens = if has_simulator {
                Tokens::default()
            } else {
                Tokens::made_up()
            };
            device.record(Happening::Reinstalled);
        });
        self.order(Order::Reinstall);
    }

    /// Moves a manual clock on, and lets everything happen that is due on the way.
    pub fn advance(&self, milliseconds: u64) -> Result<(), PhoneError> {
        if !self.phone.clock.is_manual() {
            return Err(PhoneError::SystemClock);
        }
        self.on_queue(move |phone| queue::advance(phone, milliseconds))
    }

    /// Waits until everything that is due has happened, so that what was caused before can be looked at.
    pub fn settle(&self) -> Result<(), PhoneError> {
        self.on_queue(queue::run_due)
    }

    /// Says something to the simulator, where there is one: nobody listens otherwise.
    pub(crate) fn order(&self, order: Order) {
        let _ = self.orders.send(order);
    }

    /// Does something on the phone's queue and waits for it.
    pub(crate) fn on_queue<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Arc<Phone>) -> T + Send + 'static,
    ) -> Result<T, PhoneError> {
        if thread::current().id() == self.queue_thread {
            return Ok(work(&self.phone));
        }
        let (answer, answered) = mpsc::sync_channel(1);
        let job = Job::Run(Box::new(move |phone| {
            // Nobody waits for it any more only if the waiting thread is gone.
            let _ = answer.send(work(phone));
        }));
        self.phone.with(|device| {
            if device.off {
                return Err(PhoneError::Off);
            }
            device.schedule.add(device.now(), job);
            Ok(())
        })?;
        answered.recv().map_err(|_| PhoneError::Off)
    }
}

impl Drop for VirtualPhone {
    fn drop(&mut self) {
        life::kill(&self.phone, KillReason::SwitchedOff);
        self.order(Order::SwitchOff);
        self.phone.with(|device| device.off = true);
        let queue = self
            .queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // The queue itself may hold the last reference: it can't wait for itself, and ends on its own.
        if let Some(queue) = queue.filter(|_| thread::current().id() != self.queue_thread) {
            let _ = queue.join();
        }
    }
}

impl std::fmt::Debug for VirtualPhone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VirtualPhone")
            .field("bundle_id", &self.phone.options.bundle_id)
            .finish_non_exhaustive()
    }
}

fn no_thread(error: &std::io::Error) -> PhoneError {
    PhoneError::Options(format!("no thread for the phone: {error}"))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    /// Waits for a condition, up to ten seconds.
    fn until(mut condition: impl FnMut() -> bool) {
        let give_up = Instant::now() + Duration::from_secs(10);
        while !condition() {
            assert!(Instant::now() < give_up, "the condition in time");
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn nothing_of_a_phone_is_left_when_it_is_dropped() {
        let url = Some("http://127.0.0.1:9".to_owned());
        let phone = VirtualPhone::new(PhoneOptions {
            simulator_url: url,
            voip_at_launch: true,
            ..PhoneOptions::default()
        })
        .unwrap();
        phone.launch().unwrap();
        let left = Arc::downgrade(&phone.phone);
        drop(phone);
        until(|| left.strong_count() == 0);
    }

    #[test]
    fn a_phone_whose_queue_ended_refuses_instead_of_waiting_for_it() {
        let phone = VirtualPhone::new(PhoneOptions::default()).unwrap();
        let ended = phone.on_queue::<()>(|_| panic!("a defect in the queue"));
        assert_eq!(ended, Err(PhoneError::Off));
        until(|| phone.settle() == Err(PhoneError::Off));
    }
}
