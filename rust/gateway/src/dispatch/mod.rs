//! From durable deliveries to APNs.
//!
//! A delivery is handed over in memory as soon as it is committed; the sweeper finds what was left behind by a gateway that was killed, and
//! what waits for a later attempt. VoIP and alerts have lanes of their own, so that a campaign never stands before a call.

pub mod apns;
mod attempt;
pub mod cancel;
mod credential_cache;
mod sweeper;
pub mod verdict;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinHandle;
use zpns_protocol::pushes::{DeliveryKind, DeliveryStatus};

use crate::metrics;
use crate::model::Job;
use crate::store::Store;
use apns::Apns;
use cancel::CancelPushes;
use credential_cache::CredentialCache;

/// Most VoIP pushes under way at once.
const VOIP_AT_ONCE: usize = 2048;
/// Most alerts under way at once.
const ALERTS_AT_ONCE: usize = 512;

/// Hands deliveries to APNs.
#[derive(Clone, Debug)]
pub struct Dispatcher {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Arc<Store>,
    apns: Apns,
    credentials: CredentialCache,
    cancels: CancelPushes,
    voip: mpsc::UnboundedSender<Job>,
    alerts: mpsc::UnboundedSender<Job>,
    /// Deliveries that this process has in hand; the sweeper leaves them alone.
    in_hand: Mutex<HashSet<String>>,
    probe: bool,
    stop: watch::Sender<bool>,
}

/// The dispatcher's tasks, to be awaited at the end.
#[derive(Debug)]
pub struct Lanes(Vec<JoinHandle<()>>);

impl Lanes {
    /// Ends them at once, whatever is under way.
    pub fn abort(&self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

impl Dispatcher {
    /// Starts the lanes and the sweeper. With `probe`, a token that APNs does not know in its environment is tried once in the other.
    pub fn start(
        store: Arc<Store>,
        apns: Apns,
        cancels: CancelPushes,
        probe: bool,
    ) -> (Self, Lanes) {
        let (voip, voip_queue) = mpsc::unbounded_channel();
        let (alerts, alert_queue) = mpsc::unbounded_channel();
        let credentials = CredentialCache::new(Arc::clone(&store));
        let (in_hand, stop) = (Mutex::default(), watch::Sender::new(false));
        let shared = Arc::new(Shared {
            store,
            apns,
            credentials,
            cancels,
            voip,
            alerts,
            in_hand,
            probe,
            stop,
        });
        let dispatcher = Self {
            shared: Arc::clone(&shared),
        };
        let lanes = Lanes(vec![
            tokio::spawn(lane(Arc::clone(&shared), voip_queue, VOIP_AT_ONCE)),
            tokio::spawn(lane(Arc::clone(&shared), alert_queue, ALERTS_AT_ONCE)),
            tokio::spawn(sweeper::run(dispatcher.clone())),
        ]);
        (dispatcher, lanes)
    }

    /// Takes committed deliveries. Those that were rejected while they were planned, and those in hand already, are skipped.
    pub fn take(&self, jobs: Vec<Job>) {
        self.shared.take(jobs);
    }

    /// How many deliveries are waiting or under way.
    pub fn backlog(&self) -> usize {
        self.shared.in_hand().len()
    }

    /// Starts nothing new and waits until what is under way is done, or the time is up. The rest is in the database for the next start.
    pub async fn stop(&self, mut lanes: Lanes, within: Duration) {
        self.shared.stop.send_replace(true);
        let all = async {
            for task in &mut lanes.0 {
                let _ = task.await;
            }
        };
        if tokio::time::timeout(within, all).await.is_err() {
            lanes.abort();
        }
    }
}

impl Shared {
    fn take(&self, jobs: Vec<Job>) {
        for job in jobs {
            if job.status == DeliveryStatus::Rejected {
                metrics::delivered(job.kind, job.environment, job.status, None);
                continue;
            }
            if !self.in_hand().insert(job.id.clone()) {
                continue;
            }
            let lane = match job.kind {
                DeliveryKind::Voip => &self.voip,
                DeliveryKind::Alert => &self.alerts,
            };
            metrics::queued(job.kind, 1.0);
            // The lanes end only with the process.
            let _ = lane.send(job);
        }
    }

    fn in_hand(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn stopped(&self) {
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }
}

async fn lane(shared: Arc<Shared>, mut queue: mpsc::UnboundedReceiver<Job>, at_once: usize) {
    let turns = Arc::new(Semaphore::new(at_once));
    let mut under_way = tokio::task::JoinSet::new();
    loop {
        while under_way.try_join_next().is_some() {}
        let job = tokio::select! {
            job = queue.recv() => job,
            () = shared.stopped() => None,
        };
        let Some(job) = job else { break };
        let Ok(turn) = Arc::clone(&turns).acquire_owned().await else {
            break;
        };
        let shared = Arc::clone(&shared);
        under_way.spawn(async move {
            let (id, kind) = (job.id.clone(), job.kind);
            attempt::deliver(&shared, job).await;
            shared.in_hand().remove(&id);
            metrics::queued(kind, -1.0);
            drop(turn);
        });
    }
    while under_way.join_next().await.is_some() {}
}
