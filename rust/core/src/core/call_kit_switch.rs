//! `setCallKitEnabled`: whether CallKit is used.

use serde::Deserialize;
use serde_json::json;

use super::Core;
use crate::command::{self, Method};
use crate::context::Invocation;
use crate::effect::Effect;
use crate::error::{Code, Error};

impl Core {
    /// The app's own switch, for where a store forbids CallKit: calls end, VoIP pushes stop, alerts go on.
    pub(super) fn set_call_kit_enabled(
        &mut self,
        invocation: Invocation,
        params: &str,
        effects: &mut Vec<Effect>,
        dirty: &mut bool,
    ) {
        #[derive(Deserialize)]
        struct Params {
            enabled: bool,
        }
        let answer = command::parse::<Params>(Method::SetCallKitEnabled, params).and_then(|Params { enabled }| {
            if enabled && self.built_without_call_kit {
                return Err(Error::new(
                    Code::CallKitDisabled,
                    "setCallKitEnabled: this build has CallKit switched off for good (ZPNSCallKitDisabled in Info.plist)",
                ));
            }
            Ok(enabled)
        });
        self.call_kit_decided |= answer.is_ok();
        let switched = answer
            .as_ref()
            .is_ok_and(|enabled| *enabled == self.app.call_kit_disabled);
        if switched {
            self.app.call_kit_disabled = !self.app.call_kit_disabled;
            *dirty = true;
        }
        let mut parts = self.parts(effects, dirty);
        parts.ctx.complete(invocation, answer.map(|_| json!({})));
        if switched {
            parts.calls.call_kit_switched(&mut parts.ctx);
            parts.registration.call_kit_switched(&mut parts.ctx);
        }
    }
}
