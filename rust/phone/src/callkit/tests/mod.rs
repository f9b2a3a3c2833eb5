//! The rules of the call service, one by one.

use uuid::Uuid;
use zpns_driver::core::effect::{DtmfKind, EndedReason, Handle, ProviderConfiguration};
use zpns_driver::core::error::{INCOMING_CALL_DOMAIN, TRANSACTION_DOMAIN};
use zpns_driver::core::{ActionKind, CallAction};
use zpns_driver::{CallUpdate, RequestedAction, SystemEvent};
use zpns_protocol::push_config::HandleType;

use super::*;
use crate::error::PhoneError;

mod action;
mod audio;
mod other_call;
mod recents;
mod report;
mod transaction;

const A: Uuid = Uuid::from_u128(0xa);
const B: Uuid = Uuid::from_u128(0xb);
const C: Uuid = Uuid::from_u128(0xc);

/// A call service with a clock, whose output is carried out at once.
struct Bench {
    callkit: CallKit,
    now: u64,
    timers: Vec<(u64, Timer)>,
    to_app: Vec<SystemEvent>,
    happened: Vec<TimelineEvent>,
}

impl Bench {
    fn new() -> Self {
        Self::with(&PhoneOptions::default())
    }

    fn with(options: &PhoneOptions) -> Self {
        let callkit = CallKit::new(Rules::from(options), Entropy::new([7; 32]));
        let mut bench = Self {
            callkit,
            now: 1_000,
            timers: Vec::new(),
            to_app: Vec::new(),
            happened: Vec::new(),
        };
        bench.does(|callkit, _| callkit.configure(ProviderConfiguration::default()));
        bench
    }

    fn configured(configuration: ProviderConfiguration) -> Self {
        let mut bench = Self::new();
        bench.does(|callkit, _| callkit.configure(configuration));
        bench
    }

    fn does<T>(&mut self, work: impl FnOnce(&mut CallKit, u64) -> T) -> T {
        let answer = work(&mut self.callkit, self.now);
        let out = self.callkit.take_output();
        self.to_app.extend(out.to_app);
        self.happened.extend(out.timeline);
        self.timers.extend(out.timers);
        answer
    }

    /// Lets time pass, and everything happen that is due.
    fn pass(&mut self, milliseconds: u64) {
        let end = self.now + milliseconds;
        while let Some(at) = (0..self.timers.len())
            .filter(|at| self.timers[*at].0 <= end)
            .min_by_key(|at| self.timers[*at].0)
        {
            let (due, timer) = self.timers.remove(at);
            self.now = self.now.max(due);
            self.does(|callkit, now| callkit.timer(timer, now));
        }
        self.now = end;
    }

    fn reports(&mut self, uuid: Uuid) -> Option<(String, i64)> {
        self.reports_from(uuid, "alice")
    }

    /// Reports a call and waits for the completion: its error.
    fn reports_from(&mut self, uuid: Uuid, caller: &str) -> Option<(String, i64)> {
        let update = CallUpdate {
            remote_handle: Some(handle(caller)),
            ..CallUpdate::default()
        };
        assert!(self.does(|callkit, now| callkit.report_incoming(7, uuid, update, now)));
        self.pass(0);
        match self.to_app.pop() {
            Some(SystemEvent::ReportCompleted {
                id: 7,
                uuid: reported,
                error,
            }) if reported == uuid => error.map(|e| (e.domain, e.code)),
            other => panic!("no completion but {other:?}"),
        }
    }

    /// Requests a transaction: its error.
    fn requests(&mut self, action: RequestedAction) -> Option<(String, i64)> {
        self.to_app.clear();
        self.does(|callkit, now| callkit.transaction(7, action, now));
        match self.to_app.remove(0) {
            SystemEvent::TransactionCompleted { id: 7, error } => {
                error.map(|error| (error.domain, error.code))
            }
            other => panic!("no completion but {other:?}"),
        }
    }

    fn starts(&mut self, uuid: Uuid) -> Option<(String, i64)> {
        self.requests(RequestedAction::Start {
            uuid,
            handle: handle("bob"),
            video: false,
        })
    }

    /// The actions that the app was asked for since the last look.
    fn actions(&mut self) -> Vec<CallAction> {
        let actions = self.to_app.iter().filter_map(|event| match event {
            SystemEvent::Action(action) => Some(action.clone()),
            _ => None,
        });
        let actions = actions.collect();
        self.to_app
            .retain(|event| !matches!(event, SystemEvent::Action(_)));
        actions
    }

    /// The app fulfils everything that it was asked for.
    fn fulfils(&mut self) {
        for action in self.actions() {
            self.does(|callkit, now| callkit.fulfill(action.id, now));
        }
    }

    /// How often the app was told that its audio session is active.
    fn audio_told(&self) -> usize {
        let told = |event: &&SystemEvent| **event == SystemEvent::AudioActivated;
        self.to_app.iter().filter(told).count()
    }

    /// An incoming call that was answered.
    fn active(&mut self, uuid: Uuid) {
        assert_eq!(self.reports(uuid), None);
        self.does(|callkit, now| callkit.user_answers(uuid, Others::Hold, now))
            .unwrap();
        self.fulfils();
    }

    fn state(&self, uuid: Uuid) -> Option<CallState> {
        self.callkit.call(uuid).map(|call| call.state)
    }

    fn ended(&self, uuid: Uuid) -> Option<EndCause> {
        self.happened.iter().find_map(|what| match what {
            TimelineEvent::CallEnded { uuid: ended, cause } if *ended == uuid => Some(*cause),
            _ => None,
        })
    }

    fn count(&self, wanted: impl Fn(&TimelineEvent) -> bool) -> usize {
        self.happened.iter().filter(|what| wanted(what)).count()
    }
}

fn handle(value: &str) -> Handle {
    Handle {
        kind: HandleType::Generic,
        value: value.to_owned(),
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "reads like what it is compared with"
)]
fn incoming(code: i64) -> Option<(String, i64)> {
    Some((INCOMING_CALL_DOMAIN.to_owned(), code))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "reads like what it is compared with"
)]
fn transaction(code: i64) -> Option<(String, i64)> {
    Some((TRANSACTION_DOMAIN.to_owned(), code))
}
