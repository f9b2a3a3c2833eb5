use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::connection::{Line, keep_alive};
use crate::pool::Pool;

/// A connection that the pool gives streams on.
struct Open {
    id: u64,
    line: Line,
    interval: Duration,
    suspicion: Arc<Notify>,
}

/// Opens one connection and runs it to its end. Holds the pool only weakly, so that it closes when the last client is dropped.
pub(crate) async fn run(pool: Weak<Pool>, start: Option<Instant>) {
    if let Some(start) = start {
        sleep_until(start).await;
    }
    let Some(Open {
        id,
        mut line,
        interval,
        suspicion,
    }) = open(&pool).await
    else {
        return;
    };
    let ping = line.ping_pong();
    let silence = async {
        match ping {
            Some(ping) => keep_alive(ping, interval, suspicion).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = drive(&pool, id, &mut line) => {}
        () = silence => tracing::warn!("no answer to PING from APNs, closing the connection"),
    }
    drop(line);
    if let Some(pool) = pool.upgrade() {
        pool.retire(id);
    }
}

/// Connects and takes the connection into the pool. `None` if that failed or nobody wants it any more.
async fn open(pool: &Weak<Pool>) -> Option<Open> {
    let pool = pool.upgrade()?;
    match pool.connector.connect().await {
        Ok((sender, line)) => {
            let (id, suspicion) = pool.admit(sender);
            Some(Open {
                id,
                line,
                interval: pool.keep_alive,
                suspicion,
            })
        }
        Err(error) => {
            tracing::warn!(%error, "cannot connect to APNs");
            pool.could_not_open(&error);
            None
        }
    }
}

/// Moves the connection's bytes and passes on each change of its stream limit.
async fn drive(pool: &Weak<Pool>, id: u64, line: &mut Line) {
    let mut known = None;
    let end = poll_fn(|context| {
        let end = Pin::new(&mut *line).poll(context);
        let limit = line.max_concurrent_send_streams();
        if known.replace(limit) != Some(limit)
            && let Some(pool) = pool.upgrade()
        {
            pool.set_limit(id, limit);
        }
        end
    });
    if let Err(error) = end.await {
        tracing::debug!(%error, "connection to APNs ended");
    }
}
