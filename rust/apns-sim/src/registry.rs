use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use uuid::Uuid;
use zpns_protocol::Environment;

use crate::core::now_ms;
use crate::device::{Device, DeviceTokens, RegisteredDevice, Token, TokenKind};
use crate::{ScriptedAnswer, SimulatorError};

/// All devices, and all tokens that were ever issued. A token knows its environment by its device.
#[derive(Default)]
pub(crate) struct Registry {
    maps: RwLock<Maps>,
}

#[derive(Default)]
struct Maps {
    devices: HashMap<String, Arc<Device>>,
    tokens: HashMap<String, Arc<Token>>,
}

impl Registry {
    pub(crate) fn register(&self, bundle_id: &str, environment: Environment) -> RegisteredDevice {
        let tokens = DeviceTokens {
            apns: random_token(),
            voip: random_token(),
        };
        let device_id = Uuid::new_v4().to_string();
        let device = Arc::new(Device::new(
            device_id.clone(),
            bundle_id.to_owned(),
            environment,
            tokens.clone(),
        ));
        let mut maps = self.write();
        maps.tokens.insert(
            tokens.apns.clone(),
            Arc::new(Token::new(device.clone(), TokenKind::Apns)),
        );
        maps.tokens.insert(
            tokens.voip.clone(),
            Arc::new(Token::new(device.clone(), TokenKind::Voip)),
        );
        maps.devices.insert(device_id.clone(), device);
        RegisteredDevice { device_id, tokens }
    }

    pub(crate) fn device(&self, id: &str) -> Result<Arc<Device>, SimulatorError> {
        self.read()
            .devices
            .get(id)
            .cloned()
            .ok_or(SimulatorError::UnknownDevice)
    }

    pub(crate) fn token(&self, hex: &str) -> Option<Arc<Token>> {
        self.read().tokens.get(hex).cloned()
    }

    pub(crate) fn device_count(&self) -> usize {
        self.read().devices.len()
    }

    /// Issues a new token in place of the old one, which is unregistered from now on.
    pub(crate) fn rotate(
        &self,
        device_id: &str,
        kind: TokenKind,
    ) -> Result<String, SimulatorError> {
        let mut maps = self.write();
        let device = maps
            .devices
            .get(device_id)
            .cloned()
            .ok_or(SimulatorError::UnknownDevice)?;
        let fresh = random_token();
        let old = {
            let mut tokens = device.tokens();
            let slot = match kind {
                TokenKind::Apns => &mut tokens.apns,
                TokenKind::Voip => &mut tokens.voip,
            };
            std::mem::replace(slot, fresh.clone())
        };
        if let Some(token) = maps.tokens.get(&old) {
            token.unregister(now_ms());
        }
        maps.tokens
            .insert(fresh.clone(), Arc::new(Token::new(device, kind)));
        Ok(fresh)
    }

    /// Deletes the device; its tokens stay known, as unregistered.
    pub(crate) fn unregister(&self, device_id: &str) -> Result<(), SimulatorError> {
        let mut maps = self.write();
        let device = maps
            .devices
            .remove(device_id)
            .ok_or(SimulatorError::UnknownDevice)?;
        let DeviceTokens { apns, voip } = device.tokens().clone();
        for hex in [apns, voip] {
            if let Some(token) = maps.tokens.get(&hex) {
                token.unregister(now_ms());
            }
        }
        device.mailbox().close();
        Ok(())
    }

    pub(crate) fn script(
        &self,
        hex: &str,
        answers: Vec<ScriptedAnswer>,
    ) -> Result<(), SimulatorError> {
        answers.iter().try_for_each(ScriptedAnswer::check)?;
        let token = self
            .token(&hex.to_ascii_lowercase())
            .ok_or(SimulatorError::UnknownToken)?;
        token.set_script(answers);
        Ok(())
    }

    fn read(&self) -> RwLockReadGuard<'_, Maps> {
        self.maps.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Maps> {
        self.maps.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 64 random hex digits, as long as Apple's tokens are today.
fn random_token() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}
