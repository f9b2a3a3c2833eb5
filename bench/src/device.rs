//! A phone that answers at once and notes when a call was reported.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use zpns_client::{CallRequest, Event, LogEntry, Platform, PortError, PushRequest, Storage};

#[derive(Default)]
pub(crate) struct Device {
    reported: Mutex<Option<Instant>>,
    reports: AtomicU64,
    last: AtomicU64,
}

impl Device {
    /// When the last call was reported.
    pub(crate) fn take_report(&self) -> Option<Instant> {
        self.reported
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Number of the last report.
    pub(crate) fn last_report(&self) -> u64 {
        self.last.load(Ordering::Relaxed)
    }

    pub(crate) fn reports(&self) -> u64 {
        self.reports.load(Ordering::Relaxed)
    }
}

impl Platform for Device {
    fn call(&self, request: CallRequest) -> Result<(), PortError> {
        if let CallRequest::ReportIncoming { id, .. } = request {
            let now = Instant::now();
            self.reported
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert(now);
            self.reports.fetch_add(1, Ordering::Relaxed);
            self.last.store(id, Ordering::Relaxed);
        }
        Ok(())
    }

    fn push(&self, _: PushRequest) -> Result<(), PortError> {
        Ok(())
    }

    fn emit(&self, _: Event) -> Result<(), PortError> {
        Ok(())
    }

    fn complete(&self, _: u64, _: String) -> Result<(), PortError> {
        Ok(())
    }

    fn log(&self, _: LogEntry) -> Result<(), PortError> {
        Ok(())
    }
}

/// Storage that takes everything and gives nothing.
pub(crate) struct NoStorage;

impl Storage for NoStorage {
    fn load(&self) -> Result<Option<Vec<u8>>, PortError> {
        Ok(None)
    }

    fn save(&self, _: Vec<u8>) -> Result<(), PortError> {
        Ok(())
    }
}
