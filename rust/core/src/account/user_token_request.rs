//! UserTokenRequest the app for a user token.
//!
//! One question at a time: the app's `getUserToken` may take its time, and may have to ask a server itself. An answer that is of no use (it
//! failed, nobody is signed in, or the gateway refuses the token that it brought) makes the next question wait, longer each time. So neither a
//! backend that is down nor one that makes bad tokens is asked without a pause.

use crate::backoff::Backoff;
use crate::entropy::Entropy;

/// How long an answer is waited for. Beyond that the question counts as lost, as after a reload of JavaScript.
const ANSWER_MS: u64 = 60_000;

/// The question and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UserTokenRequest {
    /// Whether there is a `getUserToken` to ask.
    provider: bool,
    /// Until when its answer is waited for.
    open: Option<u64>,
    /// Whether a token is needed that can't be asked for yet.
    wanted: bool,
    backoff: Backoff,
    /// Whether the token that is here came as an answer and was not accepted by the gateway yet.
    unproven: bool,
}

impl UserTokenRequest {
    /// The app is configured anew: whatever was wrong with tokens before says nothing any more.
    pub(crate) fn start_over(&mut self, provider: bool) {
        *self = Self {
            provider,
            ..Self::default()
        };
    }

    /// Whether an answer is waited for.
    pub(crate) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// A token is needed. True if the app is to be asked now.
    pub(crate) fn need(&mut self, now: u64) -> bool {
        if !self.provider || self.open.is_some() {
            return false;
        }
        self.wanted = !self.backoff.is_due(now);
        if !self.wanted {
            self.open = Some(now.saturating_add(ANSWER_MS));
        }
        !self.wanted
    }

    /// Gives up waiting for an answer, if it is time. True if so: whoever waits for the token has waited long enough.
    pub(crate) fn give_up(&mut self, now: u64, entropy: &mut Entropy) -> bool {
        let lost = self.open.is_some_and(|until| until <= now);
        if lost {
            self.useless(now, entropy);
            self.wanted = true;
        }
        lost
    }

    /// Whether the app is to be asked now, after a pause.
    pub(crate) fn is_due(&mut self, now: u64) -> bool {
        self.wanted && self.need(now)
    }

    pub(crate) fn next_deadline(&self) -> Option<u64> {
        self.open.or(self.backoff.at().filter(|_| self.wanted))
    }

    /// The app answered, or brought a token without being asked.
    pub(crate) fn answered(&mut self, token: bool, now: u64, entropy: &mut Entropy) {
        self.wanted = false;
        if token {
            self.unproven = self.open.take().is_some();
        } else {
            self.useless(now, entropy);
        }
    }

    /// The gateway refused the token. The first that came as an answer may have been one that the app had kept for too long: no pause.
    pub(crate) fn refused(&mut self, now: u64, entropy: &mut Entropy) {
        if std::mem::take(&mut self.unproven) {
            let first = self.backoff.failures() == 0;
            self.useless(now, entropy);
            if first {
                self.hurry();
            }
        }
    }

    /// The gateway accepted the token.
    pub(crate) fn accepted(&mut self) {
        self.unproven = false;
        self.backoff.reset();
    }

    /// The user wants something, or the network is back: the next question does not wait.
    pub(crate) fn hurry(&mut self) {
        self.backoff.hurry();
    }

    fn useless(&mut self, now: u64, entropy: &mut Entropy) {
        self.open = None;
        self.backoff.failed(now, None, entropy);
    }
}
