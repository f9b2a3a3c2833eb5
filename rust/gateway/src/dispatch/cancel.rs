//! The pushes that tell devices that a call is over for them.

use std::sync::Arc;

use zpns_calls::push::CallPush;
use zpns_protocol::calls::Call;
use zpns_protocol::push_config::PushConfig;

use crate::model::{Device, Job, Strategy};
use crate::store::PlanCancel;

/// How cancel pushes are made.
#[derive(Clone, Debug)]
pub struct CancelPushes {
    public_url: Arc<str>,
}

impl CancelPushes {
    /// `public_url` is where phones reach the gateway, without a slash at its end.
    pub fn new(public_url: &str) -> Self {
        Self {
            public_url: public_url.into(),
        }
    }

    /// Makes them as of now, for whatever devices the store finds due.
    pub fn plan(&self, app: &str, now: u64) -> impl PlanCancel + use<> {
        let (app, public_url) = (app.to_owned(), Arc::clone(&self.public_url));
        move |push_id: &str,
              strategy: &Strategy,
              config: &PushConfig,
              call: &Call,
              devices: &[Device]| {
            let push = CallPush {
                app: &app,
                public_url: &public_url,
                strategy,
                config,
                call,
                now,
            };
            let job = |device| Ok(Job::new(push_id, &app, push.cancel(device)?));
            devices.iter().map(job).collect()
        }
    }
}
