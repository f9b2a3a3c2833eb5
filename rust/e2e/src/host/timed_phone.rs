//! A phone whose clock is right whenever it is used.

use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use zpns_client::{Clock, SystemClock};
use zpns_phone::VirtualPhone;

use super::client_app::ClientLauncher;
use super::options::HostOptions;

/// The phone's own clock stands still until it is set. This sets it to the system's time before each use, unless it is to be moved by hand.
pub(super) struct TimedPhone {
    phone: VirtualPhone,
    is_manual: bool,
    /// Held while the clock is set, so that of two threads the later one wins.
    setting: Mutex<()>,
}

impl TimedPhone {
    /// Switches a phone on whose app is the real client.
    pub(super) fn new(options: HostOptions) -> Arc<Self> {
        let mut phone_options = options.phone;
        phone_options.external_tokens |= options.simulator_url.is_some();
        let is_manual = options.manual_clock.is_some();
        let now = options.manual_clock.unwrap_or_else(|| SystemClock.now());
        Arc::new_cyclic(|phone| {
            let launcher = ClientLauncher {
                clock: Arc::new(PhoneTime(Weak::clone(phone))),
                is_manual,
            };
            Self {
                phone: VirtualPhone::with_app(phone_options, seed(), now, Arc::new(launcher)),
                is_manual,
                setting: Mutex::default(),
            }
        })
    }

    /// Whether the clock only moves by hand.
    pub(super) const fn is_manual(&self) -> bool {
        self.is_manual
    }

    /// How long until something is due by itself. None if nothing is.
    pub(super) fn until_due(&self) -> Option<Duration> {
        if self.is_manual {
            return None;
        }
        let due = self.next_due()?;
        Some(Duration::from_millis(due.saturating_sub(self.now())))
    }
}

impl Deref for TimedPhone {
    type Target = VirtualPhone;

    fn deref(&self) -> &VirtualPhone {
        if !self.is_manual {
            let _setting = self.setting.lock().unwrap();
            self.phone.set_time(SystemClock.now());
        }
        &self.phone
    }
}

/// The phone's time, as the client on it reads it: what the client does to the phone then has the right time too.
struct PhoneTime(Weak<TimedPhone>);

impl Clock for PhoneTime {
    fn now(&self) -> u64 {
        self.0
            .upgrade()
            .map_or_else(|| SystemClock.now(), |phone| phone.now())
    }
}

/// Another one for each phone: two phones have no made-up token in common.
fn seed() -> u64 {
    static PHONES: AtomicU64 = AtomicU64::new(0);
    PHONES.fetch_add(1, Ordering::Relaxed)
}
