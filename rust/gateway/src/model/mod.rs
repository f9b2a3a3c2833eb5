//! What the operator sets up, and what the store keeps.

mod app;
mod credential;
mod job;

pub use app::{ApiKey, App, UserTokenKeys};
pub use credential::{Credential, CredentialKind, CredentialScope, CredentialSecret};
pub use job::Job;
pub use zpns_calls::device::Device;
pub use zpns_calls::strategy::{CancelMode, Resource, Strategy};
