//! What a registration changes.
//!
//! An installation of a user keeps its pushID for ever. A token belongs to one device: the last that registered it. A device without any
//! token is forgotten, and so are those of a user with too many that registered longest ago.

use zpns_protocol::PushId;
use zpns_protocol::pushes::DeliveryKind;
use zpns_protocol::registration::Registration;

use crate::device::Device;

/// Most devices of one user.
pub const MAX_PER_USER: usize = 50;

/// What a registration does to the devices of its app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The device as it is from now on, in place of the one with its pushID, if there is one.
    pub registered: Device,
    /// Its pushID.
    pub push_id: PushId,
    /// Tokens that other devices lose to it. A device that is deleted is not among them.
    pub detached: Vec<(PushId, DeliveryKind)>,
    /// Devices that are forgotten.
    pub deleted: Vec<PushId>,
}

/// What the registration of this installation changes. It must have been checked by [`crate::check::registration`].
///
/// `known` must hold the app's devices of this user, and those with one of the tokens; more do no harm. `new_push_id` is for an installation
/// that is not among them.
pub fn changes(
    known: &[Device],
    user: &str,
    installation: &str,
    registration: &Registration,
    new_push_id: PushId,
    now: u64,
) -> Changes {
    let earlier = known
        .iter()
        .find(|device| is_of(device, user, installation));
    let push_id = earlier
        .and_then(|device| device.push_id.clone())
        .unwrap_or(new_push_id);
    let registered = Device {
        push_id: Some(push_id.clone()),
        user: Some(user.to_owned()),
        installation: Some(installation.to_owned()),
        bundle_id: registration.bundle_id.clone(),
        environment: registration.environment,
        apns: registration.tokens.apns.clone(),
        voip: registration.tokens.voip.clone(),
        badge: earlier.map_or(0, |device| device.badge),
        suspect_since: None,
        registered_at: now,
    };
    let (mut detached, mut deleted, mut others_of_user) = (Vec::new(), Vec::new(), Vec::new());
    for other in known {
        let Some(id) = other.push_id.as_ref().filter(|id| **id != push_id) else {
            continue;
        };
        let lost = lost_to(&registered, other);
        if lost.len() == tokens(other) {
            deleted.push(id.clone());
            continue;
        }
        detached.extend(lost.into_iter().map(|kind| (id.clone(), kind)));
        if other.user.as_deref() == Some(user) {
            others_of_user.push((other.registered_at, id));
        }
    }
    for (registered_at, id) in &others_of_user {
        let is_newer = |other: &&(u64, &PushId)| (other.0, other.1) > (*registered_at, *id);
        if others_of_user.iter().filter(is_newer).count() >= MAX_PER_USER - 1 {
            detached.retain(|(loser, _)| loser != *id);
            deleted.push((*id).clone());
        }
    }
    Changes {
        registered,
        push_id,
        detached,
        deleted,
    }
}

/// Registers an installation among the devices of an app that are kept in a list. Returns its pushID.
pub fn register(
    devices: &mut Vec<Device>,
    user: &str,
    installation: &str,
    registration: &Registration,
    new_push_id: PushId,
    now: u64,
) -> PushId {
    let Changes {
        registered,
        push_id,
        detached,
        deleted,
    } = changes(devices, user, installation, registration, new_push_id, now);
    for (loser, kind) in &detached {
        for device in devices.iter_mut().filter(|d| has_id(d, loser)) {
            match kind {
                DeliveryKind::Voip => device.voip = None,
                DeliveryKind::Alert => device.apns = None,
            }
        }
    }
    devices.retain(|device| !deleted.iter().any(|id| has_id(device, id)));
    match devices.iter_mut().find(|d| has_id(d, &push_id)) {
        Some(device) => *device = registered,
        None => devices.push(registered),
    }
    push_id
}

/// Whether it is this installation of this user.
pub fn is_of(device: &Device, user: &str, installation: &str) -> bool {
    device.user.as_deref() == Some(user) && device.installation.as_deref() == Some(installation)
}

fn has_id(device: &Device, id: &PushId) -> bool {
    device.push_id.as_ref() == Some(id)
}

/// Which of its tokens a device loses.
fn lost_to(registered: &Device, other: &Device) -> Vec<DeliveryKind> {
    let same = |token: &Option<String>, other: &Option<String>| token.is_some() && token == other;
    let mut lost = Vec::new();
    if same(&registered.apns, &other.apns) {
        lost.push(DeliveryKind::Alert);
    }
    if same(&registered.voip, &other.voip) {
        lost.push(DeliveryKind::Voip);
    }
    lost
}

fn tokens(device: &Device) -> usize {
    [&device.apns, &device.voip].into_iter().flatten().count()
}

#[cfg(test)]
#[path = "devices_tests.rs"]
mod tests;
