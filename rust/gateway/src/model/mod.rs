//! What the operator sets up, and what the store keeps.

mod app;
mod credential;
mod device;
mod job;
mod strategy;

pub use app::{ApiKey, App, UserTokenKeys};
pub use credential::{Credential, CredentialKind, CredentialScope, CredentialSecret};
pub use device::Device;
pub use job::Job;
pub use strategy::{CancelMode, Resource, Strategy};
