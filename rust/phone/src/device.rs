//! The state of the phone, and the one way to change it.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use zpns_driver::core::{Entropy, TokenKind};
use zpns_driver::{HttpFailure, SystemEvent};

use crate::app::{App, Launcher};
use crate::callkit::{CallKit, Rules, Timer};
use crate::clock::PhoneClock;
use crate::javascript::AttachedJs;
use crate::network::{Exchange, NetworkAnswer, NetworkPath, NetworkRequest, NetworkRequestKind};
use crate::notifications::Notifications;
use crate::options::PhoneOptions;
use crate::pushkit::PushKit;
use crate::schedule::Schedule;
use crate::storage::Files;
use crate::suspension::Runtime;
use crate::timeline::Timeline;
use crate::timeline_event::{PushKind, TimelineEvent};

/// Something to do on the phone's queue.
pub(crate) enum Job {
    /// Tell the app's process something.
    Tell { process: u64, event: SystemEvent },
    /// The call service waited for this.
    CallKit(Timer),
    /// A push arrives.
    Push { kind: PushKind, payload: Vec<u8> },
    /// Pushes wait for a process that has just made its PushKit registry.
    HandOver { process: u64 },
    /// A push waits for a process: has it taken it?
    Watchdog { process: u64 },
    /// The time for a background notification is up.
    BackgroundExpired { completion: u64 },
    /// The network brings something to the app's process.
    Network { process: u64, answer: NetworkAnswer },
    /// Something that the app's process asked of the network leaves the phone.
    Send {
        process: u64,
        kind: NetworkRequestKind,
    },
    /// Something that it asked for fails, if it is still open.
    NetworkFailed {
        process: u64,
        id: u64,
        is_stream: bool,
        failure: HttpFailure,
    },
    /// A reason to run may be over.
    Look,
    /// The time of a background task is up.
    TaskExpired { process: u64, task: u64 },
    /// A background task should have been ended by now.
    TaskOverrun { process: u64, task: u64 },
}

impl Job {
    /// Whether it concerns the running process, its calls or its handlers, and ends with it.
    pub(crate) const fn ends_with_process(&self) -> bool {
        match self {
            Self::Tell { .. }
            | Self::CallKit(_)
            | Self::HandOver { .. }
            | Self::Watchdog { .. }
            | Self::BackgroundExpired { .. }
            | Self::Network { .. }
            | Self::Send { .. }
            | Self::NetworkFailed { .. }
            | Self::Look
            | Self::TaskExpired { .. }
            | Self::TaskOverrun { .. } => true,
            Self::Push { .. } => false,
        }
    }
}

/// The device tokens of this installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// UIKit's.
    pub apns: Option<Vec<u8>>,
    /// PushKit's.
    pub voip: Option<Vec<u8>>,
}

impl Tokens {
    /// Tokens that no server knows.
    pub(crate) fn made_up(entropy: &mut Entropy) -> Self {
        Self {
            apns: Some(entropy.bytes().to_vec()),
            voip: Some(entropy.bytes().to_vec()),
        }
    }

    pub(crate) fn get(&self, kind: TokenKind) -> Option<&Vec<u8>> {
        match kind {
            TokenKind::Apns => self.apns.as_ref(),
            TokenKind::Voip => self.voip.as_ref(),
        }
    }

    pub(crate) fn set(&mut self, kind: TokenKind, token: Option<Vec<u8>>) {
        match kind {
            TokenKind::Apns => self.apns = token,
            TokenKind::Voip => self.voip = token,
        }
    }
}

/// The running app.
pub(crate) struct Process {
    pub(crate) number: u64,
    /// None while it starts.
    pub(crate) app: Option<Arc<dyn App>>,
    pub(crate) foreground: bool,
    pub(crate) js: Option<AttachedJs>,
    pub(crate) wants_apns: bool,
    pub(crate) wants_voip: bool,
    /// While it handles a VoIP push: whether it has reported a call since.
    pub(crate) reported: Option<bool>,
    /// What keeps it running.
    pub(crate) runtime: Runtime,
    /// What it has open on the network.
    pub(crate) exchanges: Vec<Exchange>,
}

/// How much there was ever to do, and how much there is for the host: changes when something new is to be done.
type Amount = (u64, usize);

/// Everything that changes.
pub(crate) struct Device {
    pub(crate) callkit: CallKit,
    pub(crate) pushkit: PushKit,
    pub(crate) notifications: Notifications,
    pub(crate) tokens: Tokens,
    pub(crate) process: Option<Process>,
    pub(crate) processes: u64,
    /// How often JavaScript started.
    pub(crate) js_starts: u64,
    pub(crate) schedule: Schedule<Job>,
    /// What the app wants from the network and the host has not taken yet.
    pub(crate) network: Vec<NetworkRequest>,
    pub(crate) path: NetworkPath,
    pub(crate) entropy: Entropy,
    /// Somebody is doing what is due.
    pub(crate) is_running: bool,
    now: u64,
    timeline: Arc<Timeline>,
}

impl Device {
    pub(crate) const fn now(&self) -> u64 {
        self.now
    }

    pub(crate) fn record(&self, what: TimelineEvent) {
        self.timeline.record(self.now, what);
    }

    /// Says something to the running process, on the queue.
    pub(crate) fn tell(&mut self, event: SystemEvent) {
        if let Some(process) = &self.process {
            self.schedule.add(
                self.now,
                Job::Tell {
                    process: process.number,
                    event,
                },
            );
        }
    }

    /// Uses the call service and carries out what it wants done.
    pub(crate) fn callkit<T>(&mut self, work: impl FnOnce(&mut CallKit, u64) -> T) -> T {
        let answer = work(&mut self.callkit, self.now);
        self.carry_out_callkit();
        answer
    }

    // Kept out of its many callers: the kit has to stay small.
    #[inline(never)]
    fn carry_out_callkit(&mut self) {
        let out = self.callkit.take_output();
        for what in out.timeline {
            self.record(what);
        }
        for event in out.to_app {
            self.tell(event);
        }
        for (due, timer) in out.timers {
            self.schedule.add(due, Job::CallKit(timer));
        }
    }

    const fn amount_of_work(&self) -> Amount {
        (self.schedule.added(), self.network.len())
    }

    /// Whether the app is in front of the user.
    pub(crate) fn foreground(&self) -> bool {
        self.process
            .as_ref()
            .is_some_and(|process| process.foreground)
    }

    /// The process of this number, if it still runs.
    pub(crate) fn process(&mut self, number: u64) -> Option<&mut Process> {
        self.process
            .as_mut()
            .filter(|process| process.number == number)
    }
}

/// What all parts of the phone share.
pub(crate) struct Phone {
    pub(crate) options: PhoneOptions,
    pub(crate) clock: Arc<PhoneClock>,
    pub(crate) files: Arc<Files>,
    pub(crate) timeline: Arc<Timeline>,
    pub(crate) launcher: Arc<dyn Launcher>,
    /// Called when something is to be done that was not there before.
    pub(crate) on_work: OnceLock<Box<dyn Fn() + Send + Sync>>,
    device: Mutex<Device>,
}

impl Phone {
    pub(crate) fn new(
        options: PhoneOptions,
        launcher: Arc<dyn Launcher>,
        seed: u64,
        now: u64,
    ) -> Self {
        let mut entropy = entropy(seed);
        let timeline = Arc::new(Timeline::default());
        let device = Device {
            callkit: CallKit::new(Rules::from(&options), Entropy::new(entropy.bytes())),
            pushkit: PushKit::default(),
            notifications: Notifications::default(),
            tokens: if options.external_tokens {
                Tokens::default()
            } else {
                Tokens::made_up(&mut entropy)
            },
            process: None,
            processes: 0,
            js_starts: 0,
            schedule: Schedule::default(),
            network: Vec::new(),
            path: NetworkPath::default(),
            entropy,
            is_running: false,
            now,
            timeline: Arc::clone(&timeline),
        };
        Self {
            files: Arc::new(Files::new(options.storage_readable)),
            clock: Arc::new(PhoneClock::new(now, options.clock_offset_ms)),
            options,
            timeline,
            launcher,
            on_work: OnceLock::new(),
            device: Mutex::new(device),
        }
    }

    /// Looks at the phone or changes it. Short, and never calls the app: the app calls the phone.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Device) -> T) -> T {
        let (mut device, before) = self.lock();
        let answer = work(&mut device);
        self.unlock(device, before);
        answer
    }

    // These two are kept out of the many callers: the kit has to stay small.
    #[inline(never)]
    fn lock(&self) -> (MutexGuard<'_, Device>, Amount) {
        let mut device = self.device.lock().unwrap_or_else(PoisonError::into_inner);
        device.now = self.clock.time();
        let before = device.amount_of_work();
        (device, before)
    }

    #[inline(never)]
    fn unlock(&self, device: MutexGuard<'_, Device>, before: Amount) {
        let is_new = before != device.amount_of_work();
        drop(device);
        if let Some(on_work) = self.on_work.get().filter(|_| is_new) {
            on_work();
        }
    }

    /// Puts something on the queue, to be done now.
    pub(crate) fn enqueue(&self, job: Job) {
        self.with(|device| device.schedule.add(device.now(), job));
    }
}

/// The phone's random numbers: the same seed gives the same phone.
fn entropy(seed: u64) -> Entropy {
    let mut bytes = [0; 32];
    for (byte, value) in bytes.iter_mut().zip(seed.to_le_bytes()) {
        *byte = value;
    }
    Entropy::new(bytes)
}
