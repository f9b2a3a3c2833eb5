//! The last pushes and what was decided about each: for `diagnose()`, without anything that names anybody.

use std::collections::VecDeque;

use serde_json::{Value, json};
use uuid::Uuid;

use super::decision::{Decision, Why};
use crate::context::js_uuid;
use crate::token::fingerprint;

const MAX_LOGGED: usize = 20;

#[derive(Debug)]
pub(in crate::calls) struct LoggedPush {
    pub(in crate::calls) at: u64,
    pub(in crate::calls) uuid: Uuid,
    pub(in crate::calls) call_id: Option<String>,
    pub(in crate::calls) bytes: usize,
    pub(in crate::calls) must_report: bool,
    pub(in crate::calls) decision: Decision,
    pub(in crate::calls) why: Why,
    pub(in crate::calls) followed: bool,
    pub(in crate::calls) problems: Vec<&'static str>,
}

#[derive(Debug, Default)]
pub(in crate::calls) struct PushLog(VecDeque<LoggedPush>);

impl PushLog {
    pub(in crate::calls) fn add(&mut self, push: LoggedPush) {
        if self.0.len() >= MAX_LOGGED {
            self.0.pop_front();
        }
        self.0.push_back(push);
    }

    pub(in crate::calls) fn to_diagnosis(&self, now: u64) -> Vec<Value> {
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
