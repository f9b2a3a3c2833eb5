//! The phone as its user and its developer hold it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use uuid::Uuid;
use zpns_driver::core::{Snapshot as StoredState, TokenKind};

use crate::app::{Launcher, Library};
use crate::callkit::{Call, Recent};
use crate::device::{Job, Phone, Tokens};
use crate::error::PhoneError;
use crate::javascript::{AttachedJs, JsSink};
use crate::network::{NetworkAnswer, NetworkChange, NetworkRequest};
use crate::notifications::{Notification, Notifications};
use crate::options::PhoneOptions;
use crate::process;
use crate::pushkit::PushKit;
use crate::queue;
use crate::storage::StorageChange;
use crate::suspension;
use crate::timeline::Timeline;
use crate::timeline_event::{KillReason, LaunchedBy, PushKind, TimelineEvent};
use crate::tokens;

/// A virtual iPhone with one app installed on it. See the [crate] for how it behaves. Dropping it switches it off.
pub struct VirtualPhone {
    pub(crate) phone: Arc<Phone>,
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
    /// It stands still: it has a process that does not run.
    Suspended,
    /// It runs and the user does not see it.
    Background,
    /// It is in front of the user.
    Foreground,
}

impl VirtualPhone {
    /// Switches a phone on. The app is installed and not running. `seed` decides its tokens and numbers, `now` is Unix milliseconds: with
    /// the same of both, the same things done to it have the same outcome.
    pub fn new(options: PhoneOptions, seed: u64, now: u64) -> Self {
        Self::with_app(options, seed, now, Arc::new(Library))
    }

    /// A phone with another app than one made of this library alone.
    pub fn with_app(
        options: PhoneOptions,
        seed: u64,
        now: u64,
        launcher: Arc<dyn Launcher>,
    ) -> Self {
        Self {
            phone: Arc::new(Phone::new(options, launcher, seed, now)),
            invocations: AtomicU64::new(0),
        }
    }

    /// What is to be called whenever there is something to be done that was not there before, for a host that runs the phone on a thread
    /// of its own. Only the first one counts. It must not use the phone.
    pub fn on_work(&self, on_work: impl Fn() + Send + Sync + 'static) {
        // A second one is refused, as documented.
        let _ = self.phone.on_work.set(Box::new(on_work));
    }

    /// What happened so far.
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
                Some(process) if process.runtime.is_suspended => AppState::Suspended,
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

    /// The ID under which this installation registers at a gateway; none before the app was launched and could read its files.
    pub fn installation(&self) -> Option<Uuid> {
        StoredState::installation_in(&self.phone.files.content()?)
    }

    /// The tokens of this installation. External ones are there once [`VirtualPhone::set_tokens`] was called.
    pub fn tokens(&self) -> Tokens {
        self.phone.with(|device| device.tokens.clone())
    }

    /// The user opens the app. It runs, in the foreground, when this returns.
    pub fn launch(&self) -> Result<(), PhoneError> {
        process::launch(&self.phone, LaunchedBy::User)
    }

    /// The app's process ends at once, as when the system needs its memory. What it stored stays.
    pub fn kill(&self) -> Result<(), PhoneError> {
        if process::kill(&self.phone, KillReason::Outside) {
            Ok(())
        } else {
            Err(PhoneError::NotRunning)
        }
    }

    /// Switches the phone off: the app's process ends. Dropping the phone does the same.
    pub fn switch_off(&self) {
        process::kill(&self.phone, KillReason::SwitchedOff);
    }

    /// The app comes to the foreground.
    pub fn foreground(&self) -> Result<(), PhoneError> {
        process::to_foreground(&self.phone)
    }

    /// The app goes to the background.
    pub fn background(&self) -> Result<(), PhoneError> {
        self.phone.with(|device| {
            let process = device.process.as_mut().ok_or(PhoneError::NotRunning)?;
            if std::mem::replace(&mut process.foreground, false) {
                device.record(TimelineEvent::Background);
            }
            Ok(())
        })
    }

    /// The app's JavaScript starts: what the native side says goes to `sink`. Nothing is listened to yet. If other JavaScript runs, this
    /// one takes its place, as in a reload; the other may still ask for something. The number is for [`VirtualPhone::tear_down_js`].
    pub fn start_js(&self, sink: JsSink) -> Result<u64, PhoneError> {
        self.stop_js();
        self.phone.with(|device| {
            let number = device.js_starts.saturating_add(1);
            let process = device.process.as_mut().ok_or(PhoneError::NotRunning)?;
            process.js = Some(AttachedJs::new(number, sink));
            device.js_starts = number;
            device.record(TimelineEvent::JsStarted);
            Ok(number)
        })
    }

    /// The app's JavaScript is gone, its process stays, as when it is reloaded. Nothing if there is none.
    pub fn stop_js(&self) {
        self.stop_js_if(|_| true);
    }

    /// The native module of this JavaScript is torn down, perhaps late: nothing comes of it once another has taken its place.
    pub fn tear_down_js(&self, number: u64) {
        self.stop_js_if(|attached| attached == number);
    }

    /// JavaScript can't take the next event of this type: the app's library gets it back.
    pub fn refuse_event(&self, kind: &str) -> Result<(), PhoneError> {
        self.phone.with(|device| {
            let process = device.process.as_mut().ok_or(PhoneError::NotRunning)?;
            let js = process.js.as_mut().ok_or(PhoneError::NoJavaScript)?;
            js.refuse_next(kind);
            Ok(())
        })
    }

    fn stop_js_if(&self, is_meant: impl FnOnce(u64) -> bool) {
        let app = self.phone.with(|device| {
            let process = device.process.as_mut()?;
            process.js.take_if(|js| is_meant(js.number))?;
            let app = process.app.clone();
            device.record(TimelineEvent::JsStopped);
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
        self.phone.with(suspension::resume);
        process::app(&self.phone)?
            .invoke(number, method, params)
            .map_err(|error| PhoneError::Client(error.to_string()))
    }

    /// JavaScript listens to events of this type from now on.
    pub fn listen(&self, kind: &str) -> Result<(), PhoneError> {
        self.phone.with(suspension::resume);
        process::app(&self.phone)?.listen(kind);
        Ok(())
    }

    /// It no longer does.
    pub fn unlisten(&self, kind: &str) -> Result<(), PhoneError> {
        process::app(&self.phone)?.unlisten(kind);
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
        process::kill(&self.phone, KillReason::Deleted);
        self.phone.files.erase();
        let is_external = self.phone.options.external_tokens;
        self.phone.with(|device| {
            device.pushkit = PushKit::default();
            device.notifications = Notifications::default();
            device.tokens = if is_external {
                Tokens::default()
            } else {
                Tokens::made_up(&mut device.entropy)
            };
            device.record(TimelineEvent::Reinstalled);
        });
    }

    /// The tokens that this installation has from now on, none while whoever gives them can't be reached. For
    /// [`PhoneOptions::external_tokens`].
    pub fn set_tokens(&self, tokens: &Tokens) {
        self.phone.with(|device| {
            for kind in [TokenKind::Apns, TokenKind::Voip] {
                let is_new = device.tokens.get(kind) != tokens.get(kind);
                device.tokens.set(kind, tokens.get(kind).cloned());
                if is_new {
                    tokens::issue(&self.phone, device, kind);
                }
            }
        });
    }

    /// Puts something on the timeline that only the phone's host knows.
    pub fn record(&self, event: TimelineEvent) {
        self.phone.with(|device| device.record(event));
    }

    /// The time, Unix milliseconds. The app sees what the phone's clock shows, see [`VirtualPhone::jump_clock`].
    pub fn now(&self) -> u64 {
        self.phone.clock.time()
    }

    /// Moves the time on. What becomes due by it happens with [`VirtualPhone::settle`].
    pub fn set_time(&self, now: u64) {
        self.phone.clock.set_time(now);
    }

    /// The phone's clock is set forward by so many milliseconds, or back. The app is not told, and sees from now on what it shows; everything
    /// else goes by the time.
    pub fn jump_clock(&self, milliseconds: i64) {
        self.phone.clock.jump(milliseconds);
    }

    /// Something becomes of what the app stored. An app that runs may store over it.
    pub fn change_storage(&self, change: StorageChange) {
        self.phone.files.change(change);
    }

    /// The phone loses its network, comes into another one, or has one again.
    pub fn change_network(&self, change: NetworkChange) {
        self.phone.with(|device| device.change_network(change));
    }

    /// When something is due next, on the phone or in the app. Unix milliseconds, perhaps past.
    pub fn next_due(&self) -> Option<u64> {
        queue::next_due(&self.phone)
    }

    /// Does everything that is due now. Whatever was done to the phone before has its effects with this. Not from two threads at once.
    pub fn settle(&self) {
        queue::run_due(&self.phone);
    }

    /// Moves the clock on and lets everything happen that is due on the way, each at its time.
    pub fn advance(&self, milliseconds: u64) {
        let end = self.now().saturating_add(milliseconds);
        self.settle();
        while let Some(due) = self.next_due().filter(|due| *due <= end) {
            // What stays due waits for the clock: it moves by at least a millisecond.
            let next = due.max(self.now().saturating_add(1));
            if next > end {
                break;
            }
            self.set_time(next);
            self.settle();
        }
        self.set_time(end);
        self.settle();
    }

    /// What the app asked of the network since this was called last, in order.
    pub fn take_network_requests(&self) -> Vec<NetworkRequest> {
        self.phone
            .with(|device| std::mem::take(&mut device.network))
    }

    /// The network brings something that this process asked for. A process that is gone does not hear it.
    pub fn network_answers(&self, process: u64, answer: NetworkAnswer) {
        self.phone.enqueue(Job::Network { process, answer });
    }
}

impl Drop for VirtualPhone {
    fn drop(&mut self) {
        self.switch_off();
    }
}

impl std::fmt::Debug for VirtualPhone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VirtualPhone")
            .field("bundle_id", &self.phone.options.bundle_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_phone_is_left_when_it_is_dropped() {
        let options = PhoneOptions {
            voip_at_launch: true,
            ..PhoneOptions::default()
        };
        let phone = VirtualPhone::new(options, 1, 1_764_000_000_000);
        phone.launch().unwrap();
        phone.settle();
        let left = Arc::downgrade(&phone.phone);
        drop(phone);
        assert_eq!(left.strong_count(), 0);
    }

    #[test]
    fn the_same_seed_and_clock_give_the_same_timeline() {
        let story = |seed| {
            let phone = VirtualPhone::new(PhoneOptions::default(), seed, 1_764_000_000_000);
            phone.launch().unwrap();
            phone
                .invoke("registerPush", r#"{"enableIOSVoIP":true}"#)
                .unwrap();
            phone.advance(1_000);
            phone.deliver_push(PushKind::Voip, r#"{"call_id":"call-1"}"#);
            phone.advance(1_000);
            let call = phone.ringing()[0].uuid;
            phone.answer(call).unwrap();
            phone.advance(60_000);
            let timeline = serde_json::to_string(&phone.timeline().entries()).unwrap();
            (timeline, phone.tokens())
        };
        assert_eq!(story(1), story(1));
        assert_ne!(story(1), story(2));
    }
}
