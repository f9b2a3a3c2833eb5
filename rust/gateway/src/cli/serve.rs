//! `zpns serve`.

use clap::Args;

use super::logging::LogOptions;
use super::options::{RunOptions, StoreOptions};
use super::output::Failure;
use crate::server::Gateway;

/// Run the gateway until SIGINT or SIGTERM.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  zpns serve\n  zpns serve --data /var/lib/zpns --listen 0.0.0.0:8080 --public-url https://push.example.com --log json"
)]
pub(super) struct Serve {
    #[command(flatten)]
    store: StoreOptions,
    #[command(flatten)]
    run: RunOptions,
    #[command(flatten)]
    log: LogOptions,
}

impl Serve {
    pub(super) async fn run(self) -> Result<(), Failure> {
        self.log.start();
        let gateway = Gateway::start(self.run.config(&self.store)).await?;
        stop_signal().await?;
        tracing::info!("the gateway goes down");
        gateway.stop().await;
        Ok(())
    }
}

/// Waits for SIGINT or SIGTERM.
pub(super) async fn stop_signal() -> Result<(), Failure> {
    #[cfg(unix)]
    {
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}
