//! Logs go to standard error, as text or JSON; how much is told by `ZPNS_LOG_FILTER`, `info` without it.

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(super) struct LogOptions {
    /// Format of the log on standard error. ZPNS_LOG_FILTER sets how much is logged, as `info` or `zpns_gateway=debug`.
    #[arg(long, env = "ZPNS_LOG", value_enum, default_value = "text")]
    log: LogFormat,
}

impl LogOptions {
    pub(super) fn start(&self) {
        let filter =
            EnvFilter::try_from_env("ZPNS_LOG_FILTER").unwrap_or_else(|_| EnvFilter::new("info"));
        let logs = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr);
        // A second subscriber in one process is refused, and the first one goes on.
        let _ = match self.log {
            LogFormat::Text => logs.try_init(),
            LogFormat::Json => logs.json().try_init(),
        };
    }
}
