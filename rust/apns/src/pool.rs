//! The connections of one client and the queue for their streams.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use crate::connection::Connector;
use crate::lifetime;

/// With this many streams under way a connection is busy, and another one is worth opening.
const BUSY: usize = 100;
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// Hands out streams on open connections, first come first served, and opens connections as they are needed.
pub(crate) struct Pool {
    pub(crate) connector: Connector,
    size: usize,
    pub(crate) keep_alive: Duration,
    /// Before APNs accepted a provider token a connection gets one stream only.
    needs_proof: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connections: Vec<Open>,
    opening: usize,
    next_id: u64,
    waiting: VecDeque<oneshot::Sender<Result<Lease, String>>>,
    /// Attempts in a row that brought no answer from APNs.
    failures: u32,
    not_before: Option<Instant>,
    opened: u64,
}

struct Open {
    id: u64,
    sender: SendRequest<Bytes>,
    limit: usize,
    in_flight: usize,
    proven: bool,
    answered: bool,
    suspicion: Arc<Notify>,
}

impl Open {
    /// How many streams may be open at once: what the server said last, one while unproven.
    fn capacity(&self) -> usize {
        if self.proven {
            self.limit
        } else {
            self.limit.min(1)
        }
    }
}

/// The right to one stream on one connection; given back on drop.
pub(crate) struct Lease {
    pool: Arc<Pool>,
    pub(crate) connection: u64,
    pub(crate) sender: SendRequest<Bytes>,
}

/// What a pool looks like at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PoolStatistics {
    pub(crate) connections: usize,
    pub(crate) opened: u64,
    pub(crate) in_flight: usize,
    pub(crate) stream_limit: usize,
    pub(crate) waiting: usize,
}

impl Pool {
    pub(crate) fn new(
        connector: Connector,
        size: usize,
        keep_alive: Duration,
        needs_proof: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            connector,
            size,
            keep_alive,
            needs_proof,
            state: Mutex::default(),
        })
    }

    /// The next free stream. Waits for one if need be; fails when no connection can be opened.
    pub(crate) async fn lease(self: &Arc<Self>) -> Result<Lease, String> {
        let turn = {
            let mut state = self.lock();
            if state.waiting.is_empty()
                && let Some(lease) = self.take(&mut state)
            {
                self.grow(&mut state);
                return Ok(lease);
            }
            let (sender, turn) = oneshot::channel();
            state.waiting.push_back(sender);
            self.grow(&mut state);
            turn
        };
        turn.await
            .unwrap_or_else(|_| Err("the client was shut down".to_owned()))
    }

    /// APNs answered on this connection; `proven` if it found nothing wrong with the credential.
    pub(crate) fn answered(self: &Arc<Self>, connection: u64, proven: bool) {
        let mut state = self.lock();
        state.failures = 0;
        state.not_before = None;
        let Some(open) = state
            .connections
            .iter_mut()
            .find(|open| open.id == connection)
        else {
            return;
        };
        open.answered = true;
        if proven && !open.proven {
            open.proven = true;
            self.serve(state);
        }
    }

    /// The connection takes no new streams. What is under way on it may still be answered.
    pub(crate) fn retire(self: &Arc<Self>, connection: u64) {
        let mut state = self.lock();
        Self::forget(&mut state, connection);
        self.grow(&mut state);
    }

    /// Something took too long on this connection: test it.
    pub(crate) fn suspect(&self, connection: u64) {
        let state = self.lock();
        if let Some(open) = state.connections.iter().find(|open| open.id == connection) {
            open.suspicion.notify_one();
        }
    }

    pub(crate) fn statistics(&self) -> PoolStatistics {
        let state = self.lock();
        let sum = |count: fn(&Open) -> usize| {
            state
                .connections
                .iter()
                .map(count)
                .fold(0, usize::saturating_add)
        };
        PoolStatistics {
            connections: state.connections.len(),
            opened: state.opened,
            in_flight: sum(|open| open.in_flight),
            stream_limit: sum(Open::capacity),
            waiting: state.waiting.len(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A stream on the connection with the fewest under way, if one is free.
    fn take(self: &Arc<Self>, state: &mut State) -> Option<Lease> {
        let free = state
            .connections
            .iter_mut()
            .filter(|open| open.in_flight < open.capacity());
        let open = free.min_by_key(|open| open.in_flight)?;
        open.in_flight += 1;
        Some(Lease {
            pool: self.clone(),
            connection: open.id,
            sender: open.sender.clone(),
        })
    }

    /// Gives free streams to those who wait, in order.
    fn serve(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        let mut refused = Vec::new();
        while let Some(turn) = state.waiting.pop_front() {
            if turn.is_closed() {
                continue;
            }
            let Some(lease) = self.take(&mut state) else {
                state.waiting.push_front(turn);
                break;
            };
            // The one who waited may leave at this very moment; then the lease comes back and goes to the next.
            refused.extend(turn.send(Ok(lease)).err());
        }
        self.grow(&mut state);
        drop(state);
        drop(refused);
    }

    /// Opens another connection if there is work for it. While one is being opened or has not proved its token, others wait for
    /// it: a burst at the start must not open them all.
    fn grow(self: &Arc<Self>, state: &mut State) {
        let full = state.connections.len() + state.opening >= self.size;
        let settling = state.opening > 0 || state.connections.iter().any(|open| !open.proven);
        if full || settling {
            return;
        }
        let crowded = !state.waiting.is_empty();
        let busy = !state.connections.is_empty()
            && state.connections.iter().all(|open| open.in_flight >= BUSY);
        if crowded || busy {
            state.opening += 1;
            let start = state.not_before;
            tokio::spawn(lifetime::run(Arc::downgrade(self), start));
        }
    }

    fn release(self: &Arc<Self>, connection: u64) {
        let mut state = self.lock();
        if let Some(open) = state
            .connections
            .iter_mut()
            .find(|open| open.id == connection)
        {
            open.in_flight = open.in_flight.saturating_sub(1);
        }
        if !state.waiting.is_empty() {
            self.serve(state);
        }
    }

    fn forget(state: &mut State, connection: u64) {
        let Some(index) = state
            .connections
            .iter()
            .position(|open| open.id == connection)
        else {
            return;
        };
        let gone = state.connections.swap_remove(index);
        if !gone.answered {
            back_off(state);
        }
    }

    /// Takes a new connection in.
    pub(crate) fn admit(self: &Arc<Self>, sender: SendRequest<Bytes>) -> (u64, Arc<Notify>) {
        let mut state = self.lock();
        state.opening = state.opening.saturating_sub(1);
        state.next_id += 1;
        state.opened += 1;
        let (id, suspicion) = (state.next_id, Arc::new(Notify::new()));
        let limit = sender.current_max_send_streams();
        state.connections.push(Open {
            id,
            sender,
            limit,
            in_flight: 0,
            proven: !self.needs_proof,
            answered: false,
            suspicion: suspicion.clone(),
        });
        self.serve(state);
        (id, suspicion)
    }

    /// A connection could not be opened. Those who wait are told, unless another connection will serve them.
    pub(crate) fn could_not_open(self: &Arc<Self>, error: &str) {
        let mut state = self.lock();
        state.opening = state.opening.saturating_sub(1);
        back_off(&mut state);
        if state.connections.is_empty() {
            for turn in state.waiting.drain(..) {
                let _ = turn.send(Err(error.to_owned()));
            }
        }
    }

    pub(crate) fn set_limit(self: &Arc<Self>, connection: u64, limit: usize) {
        let mut state = self.lock();
        if let Some(open) = state
            .connections
            .iter_mut()
            .find(|open| open.id == connection)
        {
            open.limit = limit;
        }
        self.serve(state);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.release(self.connection);
    }
}

/// Waits longer after each attempt that led nowhere: APNs takes rapid reconnecting for an attack.
fn back_off(state: &mut State) {
    let wait = FIRST_BACKOFF
        .saturating_mul(1 << state.failures.min(16))
        .min(LONGEST_BACKOFF);
    let [random, ..] = *Uuid::new_v4().as_bytes();
    state.not_before = Some(Instant::now() + wait.mul_f64(0.75 + f64::from(random) / 1024.0));
    state.failures = state.failures.saturating_add(1);
}
