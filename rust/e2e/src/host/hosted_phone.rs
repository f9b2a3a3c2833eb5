//! A phone that runs.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use zpns_client::TokenKind;
use zpns_client::core::effect::Handle;
use zpns_phone::{Entry, PhoneError, TimelineEvent, VirtualPhone};

use super::error::HostError;
use super::options::HostOptions;
use super::phone_thread::PhoneThread;
use super::simulator::{DeviceCommand, SimulatorConnection};
use super::timed_phone::TimedPhone;
use super::timeline_watch::{DidNotHappen, TimelineWatch};

/// A virtual iPhone on a thread of its own, with the real client as its app. Dropping it switches it off.
///
/// What must happen in order with what iOS says to the app is done on the phone's thread and returns when it is done. Everything else is
/// the phone's own and has its effects soon.
pub struct HostedPhone {
    watch: Arc<TimelineWatch>,
    // These end in this order: no push, then no work, then no app.
    simulator: Option<SimulatorConnection>,
    thread: PhoneThread,
    phone: SwitchOffOnDrop,
}

impl HostedPhone {
    /// Switches a phone on. The app is installed and not running.
    pub fn new(options: impl Into<HostOptions>) -> Self {
        let options = options.into();
        let url = options.simulator_url.clone();
        let phone = TimedPhone::new(options);
        let watch = TimelineWatch::start(phone.timeline());
        let thread = PhoneThread::start(&phone);
        let simulator = url.map(|url| SimulatorConnection::start(&phone, url));
        Self {
            watch,
            simulator,
            thread,
            phone: SwitchOffOnDrop(phone),
        }
    }

    /// The user opens the app. It runs, in the foreground, when this returns.
    pub fn launch(&self) -> Result<(), HostError> {
        self.perform(VirtualPhone::launch)
    }

    /// The user calls back from Recents: the app is started if needed and asked for a call.
    pub fn tap_recent(&self, recent: u64) -> Result<(), HostError> {
        self.perform(move |phone| phone.tap_recent(recent))
    }

    /// The user opens a notification: the app is started if needed and told.
    pub fn tap_notification(&self, number: u64) -> Result<(), HostError> {
        self.perform(move |phone| phone.tap_notification(number))
    }

    /// The user asks for a call in Siri or Contacts: the app is started if needed and asked for a call.
    pub fn ask_for_call(&self, handle: Handle, video: bool) -> Result<(), HostError> {
        self.perform(move |phone| phone.ask_for_call(handle, video))
    }

    /// Waits until everything that is due has happened, so that what was caused before can be looked at.
    pub fn settle(&self) -> Result<(), HostError> {
        self.thread.perform(|phone| phone.settle())
    }

    /// Moves a manual clock on, and lets everything happen that is due on the way.
    pub fn advance(&self, milliseconds: u64) -> Result<(), HostError> {
        if !self.phone.0.is_manual() {
            return Err(HostError::SystemClock);
        }
        self.thread
            .perform(move |phone| phone.advance(milliseconds))
    }

    /// Apple gives the app another token, from the simulator if there is one; the old one is no longer registered.
    pub fn rotate_token(&self, kind: TokenKind) {
        match &self.simulator {
            Some(simulator) => simulator.tell(DeviceCommand::RotateToken(kind)),
            None => self.phone.0.rotate_token(kind),
        }
    }

    /// The app is deleted and installed anew. With a simulator the new tokens come soon.
    pub fn reinstall(&self) {
        self.phone.0.reinstall();
        if let Some(simulator) = &self.simulator {
            simulator.tell(DeviceCommand::Reinstall);
        }
    }

    /// The first entry of the timeline that `wanted` picks, waiting for it up to `within`. Also looks at what happened before.
    pub fn wait_for(
        &self,
        within: Duration,
        wanted: impl FnMut(&TimelineEvent) -> bool,
    ) -> Result<Entry, DidNotHappen> {
        self.wait_after(0, within, wanted)
    }

    /// Like [`HostedPhone::wait_for`], but only looks at entries after number `after`.
    pub fn wait_after(
        &self,
        after: u64,
        within: Duration,
        wanted: impl FnMut(&TimelineEvent) -> bool,
    ) -> Result<Entry, DidNotHappen> {
        self.watch
            .wait_after(self.timeline(), after, within, wanted)
    }

    fn perform(
        &self,
        work: impl FnOnce(&VirtualPhone) -> Result<(), PhoneError> + Send + 'static,
    ) -> Result<(), HostError> {
        Ok(self.thread.perform(move |phone| work(phone))??)
    }
}

impl Deref for HostedPhone {
    type Target = VirtualPhone;

    fn deref(&self) -> &VirtualPhone {
        &self.phone.0
    }
}

impl std::fmt::Debug for HostedPhone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostedPhone")
            .field("phone", &**self)
            .finish_non_exhaustive()
    }
}

/// The phone's app ends with its host, not with whoever lets go of the phone last: that may be a thread of the app.
struct SwitchOffOnDrop(Arc<TimedPhone>);

impl Drop for SwitchOffOnDrop {
    fn drop(&mut self) {
        self.0.switch_off();
    }
}

#[cfg(test)]
mod tests {
    use zpns_phone::{PhoneOptions, PushKind};

    use super::*;
    use crate::{PATIENCE, until};

    fn phone() -> HostedPhone {
        HostedPhone::new(PhoneOptions::default())
    }

    #[test]
    fn nothing_of_a_phone_is_left_when_it_is_dropped() {
        let phone = HostedPhone::new(HostOptions {
            phone: PhoneOptions {
                voip_at_launch: true,
                ..PhoneOptions::default()
            },
            simulator_url: Some("http://127.0.0.1:9".to_owned()),
            manual_clock: None,
        });
        phone.launch().unwrap();
        let left = Arc::downgrade(&phone.phone.0);
        drop(phone);
        assert_eq!(left.strong_count(), 0);
    }

    #[test]
    fn a_phone_whose_thread_ended_refuses_instead_of_waiting_for_it() {
        let phone = phone();
        let ended = phone.thread.perform::<()>(|_| panic!("a defect"));
        assert_eq!(ended, Err(HostError::Ended));
        until("the thread has ended", || {
            (phone.settle() == Err(HostError::Ended)).then_some(())
        });
    }

    #[test]
    fn waiting_finds_what_happened_before_and_what_happens_meanwhile() {
        let phone = phone();
        phone.record(TimelineEvent::Foreground);
        let before = phone.wait_for(Duration::ZERO, |what| *what == TimelineEvent::Foreground);
        assert_eq!(before.unwrap().number, 1);
        std::thread::scope(|scope| {
            scope.spawn(|| phone.record(TimelineEvent::Background));
            let meanwhile = phone.wait_after(1, Duration::from_secs(5), |what| {
                *what == TimelineEvent::Background
            });
            assert_eq!(meanwhile.unwrap().number, 2);
        });
    }

    #[test]
    fn waiting_in_vain_tells_what_did_happen() {
        let phone = phone();
        phone.record(TimelineEvent::Foreground);
        let error = phone
            .wait_for(Duration::ZERO, |what| *what == TimelineEvent::Background)
            .unwrap_err();
        assert!(error.to_string().contains("Foreground"), "{error}");
    }

    #[test]
    fn what_is_due_later_happens_by_itself() {
        let phone = HostedPhone::new(PhoneOptions {
            voip_at_launch: true,
            ring_limit_ms: 100,
            ..PhoneOptions::default()
        });
        phone.launch().unwrap();
        phone.deliver_push(PushKind::Voip, r#"{"call_id":"call-1"}"#);
        let asked_to_end = phone.wait_for(PATIENCE, |what| {
            matches!(what, TimelineEvent::ActionRequested { .. })
        });
        asked_to_end.unwrap();
    }

    #[test]
    fn a_phone_on_the_systems_clock_tells_the_time_of_each_use() {
        let phone = phone();
        let before = phone.now();
        std::thread::sleep(Duration::from_millis(5));
        phone.record(TimelineEvent::Foreground);
        assert!(phone.timeline().entries()[0].at > before);
        assert_eq!(phone.advance(1), Err(HostError::SystemClock));
    }
}
