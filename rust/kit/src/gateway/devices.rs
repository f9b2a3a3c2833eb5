//! Devices: what is registered, under the rule of `zpns-calls`.

use serde_json::{Value, json};
use zpns_calls::CallError;
use zpns_calls::device::Device;
use zpns_calls::devices::{self, is_of};
use zpns_protocol::registration::Registration;
use zpns_protocol::{Environment, PushId};

use super::Gateway;

impl Gateway {
    /// Every device, in the order of registration, as JSON.
    pub(crate) fn devices_json(&self) -> Value {
        let devices = self.devices.iter().map(|device| {
            json!({
                "pushID": device.push_id.as_ref().map(PushId::as_str), "user": device.user,
                "installation": device.installation, "bundleID": device.bundle_id,
                "environment": device.environment.as_str(),
                "tokens": { "apns": device.apns, "voip": device.voip }, "badge": device.badge,
            })
        });
        devices.collect()
    }

    pub(super) fn register(
        &mut self,
        user: &str,
        installation: &str,
        registration: &Registration,
        now: u64,
    ) -> PushId {
        let fresh = PushId::from_random(self.entropy.uuid().as_u128());
        let push_id = devices::register(
            &mut self.devices,
            user,
            installation,
            registration,
            fresh,
            now,
        );
        self.ring_late(&push_id, now);
        push_id
    }

    pub(super) fn unregister(&mut self, user: &str, installation: &str) {
        self.devices
            .retain(|device| !is_of(device, user, installation));
    }

    pub(super) fn set_badge(
        &mut self,
        user: &str,
        installation: &str,
        badge: u32,
    ) -> Result<(), CallError> {
        let device = self
            .devices
            .iter_mut()
            .find(|device| is_of(device, user, installation))
            .ok_or(CallError::NoSuchInstallation)?;
        device.badge = badge;
        Ok(())
    }

    /// The devices of a user.
    pub(super) fn devices_of(&self, user: &str) -> Vec<Device> {
        let of_user = |device: &&Device| device.user.as_deref() == Some(user);
        self.devices.iter().filter(of_user).cloned().collect()
    }

    /// A phone of the test counts as a device of this user, as if its app had registered at some time before.
    pub(crate) fn adopt(
        &mut self,
        user: &str,
        installation: &str,
        bundle_id: &str,
        environment: Environment,
        tokens: (Option<String>, Option<String>),
        now: u64,
    ) -> PushId {
        let (apns, voip) = tokens;
        let known = self.devices.iter().find(|device| {
            is_of(device, user, installation) && device.voip == voip && device.apns == apns
        });
        if let Some(push_id) = known.and_then(|device| device.push_id.clone()) {
            return push_id;
        }
        let registration = Registration {
            bundle_id: bundle_id.to_owned(),
            environment,
            tokens: zpns_protocol::registration::Tokens { apns, voip },
            sdk: String::new(),
            locale: String::new(),
        };
        self.register(user, installation, &registration, now)
    }
}
