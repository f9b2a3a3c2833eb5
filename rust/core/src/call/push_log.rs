//! The last pushes and what was decided about each: for `diagnose()`, without anything that names anybody.

use std::collections::VecDeque;

use serde_json::{Value, json};
use uuid::Uuid;

use super::decision::{Decision, Why};
use crate::context::js_uuid;
use crate::token::fingerprint;

const MAX_LOGGED: usize = 20;

#[derive(Debug)]
pub(super) struct LoggedPush {
    pub(super) at: u64,
    pub(super) uuid: Uuid,
    pub(super) call_id: Option<String>,
    pub(super) bytes: usize,
    pub(super) must_report: bool,
    pub(super) decision: Decision,
    pub(super) why: Why,
    pub(super) followed: bool,
    pub(super) problems: Vec<&'static str>,
}

#[derive(Debug, Default)]
pub(super) struct PushLog(VecDeque<LoggedPush>);

impl PushLog {
    pub(super) fn add(&mut self, push: LoggedPush) {
        if self.0.len() >= MAX_LOGGED {
            self.0.pop_front();
        }
        self.0.push_back(push);
    }

    pub(super) fn to_diagnosis(&self, now: u64) -> Vec<Value> {
        let describe = |push: &LoggedPush| {
            json!({
                "at": push.at,
                "secondsAgo": now.saturating_sub(push.at) / 1000,
                "uuid": js_uuid(push.uuid),
                "callIDHash": push.call_id.as_deref().map(fingerprint),
                "bytes": push.bytes,
                "mustReport": push.must_report,
                "decision": push.decision.text(),
                "why": push.why.text(),
                "followed": push.followed,
                "unusableKeys": push.problems,
            })
        };
        self.0.iter().map(describe).collect()
    }
}
