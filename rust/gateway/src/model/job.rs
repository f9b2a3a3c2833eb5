//! The dispatcher's work.

use std::fmt;

use uuid::Uuid;
use zpns_calls::push::Planned;
use zpns_protocol::pushes::{DeliveryKind, DeliveryStatus};
use zpns_protocol::{Environment, PushId};

/// A delivery that the dispatcher has to make.
#[derive(Clone)]
pub struct Job {
    /// Its ID, also the `apns-id`.
    pub id: String,
    /// The push that it belongs to.
    pub push: String,
    /// The call that it is about; once that is over it may not be sent any more.
    pub call: Option<String>,
    /// The app whose credentials send it.
    pub app: String,
    /// The device, where it is registered.
    pub push_id: Option<PushId>,
    /// The device's user.
    pub user: Option<String>,
    /// The device's installation.
    pub installation: Option<String>,
    /// Which APNs it goes to.
    pub environment: Environment,
    /// VoIP or alert.
    pub kind: DeliveryKind,
    /// `apns-topic`.
    pub topic: String,
    /// `apns-collapse-id`.
    pub collapse_id: Option<String>,
    /// When it is of no use any longer.
    pub expires_at: u64,
    /// The device token.
    pub token: String,
    /// The JSON that APNs gets.
    pub payload: Vec<u8>,
    /// When the device last registered: a 410 that is older does not concern this token.
    pub registered_at: u64,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Why it was refused at once.
    pub advice: Option<String>,
    /// How often it was sent so far.
    pub attempts: u32,
}

impl Job {
    /// The delivery of a planned push: with an ID, as part of this push of this app.
    pub fn new(push: &str, app: &str, planned: Planned) -> Self {
        let status = planned.status();
        Self {
            id: Uuid::now_v7().to_string(),
            push: push.to_owned(),
            call: planned.call,
            app: app.to_owned(),
            push_id: planned.push_id,
            user: planned.user,
            installation: planned.installation,
            environment: planned.environment,
            kind: planned.kind,
            topic: planned.topic,
            collapse_id: planned.collapse_id,
            expires_at: planned.expires_at,
            token: planned.token,
            payload: planned.payload,
            registered_at: planned.registered_at,
            status,
            advice: planned.advice,
            attempts: 0,
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}
