//! Phone and gateway together, for the tests beside this file. Nothing is a double but Apple: the gateway with its SQLite database, the APNs
//! simulator over HTTP/2 and TLS, virtual iPhones that run the real client and core. JavaScript is played by the test.
//!
//! * [`HostedPhone`]: the model of an iPhone, made to run by itself: a thread, the system's clock, the real client, a simulator
//! * [`World`]: simulator and gateway, which can be stopped, killed and started again; signs user tokens; asks the API
//! * [`Phone`]: such a phone with its app's JavaScript
//! * [`Proxy`]: the network between the phones and the gateway, which can be cut, stalled, or answer by itself
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "only tests are made of this, and what fails in it fails the test"
)]

mod host;
mod inbox;
mod phone;
mod proxy;
mod token;
mod world;

use std::thread;
use std::time::{Duration, Instant};

pub use crate::host::{DidNotHappen, HostError, HostOptions, HostedPhone};
pub use crate::inbox::Heard;
pub use crate::phone::Phone;
pub use crate::proxy::Proxy;
pub use crate::world::{Answer, BUNDLE, World};

/// How long a test waits for what must happen.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Looks again and again until there is something to see.
///
/// # Panics
/// If there is nothing within [`PATIENCE`].
#[track_caller]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let give_up = Instant::now() + PATIENCE;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < give_up, "it did not happen: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
