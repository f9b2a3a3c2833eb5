//! What survives the process, as one JSON document.

mod salvage;

use serde::Serialize;
use uuid::Uuid;

use self::salvage::{Skipped, read_object, read_value};

use crate::account::StoredAccount;
use crate::calls::StoredCalls;
use crate::registration::StoredRegistration;

/// Everything that is stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct State {
    #[serde(rename = "v")]
    pub(crate) version: u32,
    /// The app switched CallKit off.
    pub(crate) call_kit_off: bool,
    pub(crate) account: StoredAccount,
    pub(crate) registration: StoredRegistration,
    pub(crate) calls: StoredCalls,
}

impl State {
    pub(crate) const VERSION: u32 = 1;

    /// Reads what was stored, and says what of it could not be read. Whatever the bytes are, what is readable in them is used: missing fields
    /// get their defaults, so that a newer version reads an older one's state, and what only a newer version knows is ignored.
    pub(crate) fn parse(bytes: &[u8]) -> (Self, Option<String>) {
        let mut skipped = Skipped::default();
        let (fields, is_whole) = salvage::fields(bytes);
        if !is_whole {
            skipped.add("what follows the place where it is no JSON".to_owned());
        }
        let mut state = Self {
            // Nothing is known of what the app wanted until that is found.
            registration: StoredRegistration::unknown(),
            ..Self::default()
        };
        for (key, value) in fields {
            let (name, json) = (key.as_str(), value.get());
            match name {
                "v" => read_value(&mut state.version, name, json, &mut skipped),
                "call_kit_off" => read_value(&mut state.call_kit_off, name, json, &mut skipped),
                "account" => read_object(&mut state.account, name, json, &mut skipped),
                "registration" => read_object(&mut state.registration, name, json, &mut skipped),
                "calls" => read_object(&mut state.calls, name, json, &mut skipped),
                _ => {}
            }
        }
        let problem = state.problem(&skipped);
        (state, problem)
    }

    fn problem(&self, skipped: &Skipped) -> Option<String> {
        let damage = skipped.names().map(|names| {
            format!("the stored state is damaged: skipped {names}; everything else in it is used")
        });
        let newer = (self.version > Self::VERSION).then(|| format!(
            "the stored state is of version {}, newer than this library's {}: what this version does not know is ignored",
            self.version,
            Self::VERSION
        ));
        match (newer, damage) {
            (Some(newer), Some(damage)) => Some(format!("{newer}; {damage}")),
            (newer, damage) => newer.or(damage),
        }
    }
}

/// What must survive the process, copied out of a [`crate::Core`], which goes on meanwhile: writing it takes far longer than copying it.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot(State);

impl Snapshot {
    pub(crate) const fn of(state: State) -> Self {
        Self(state)
    }

    /// The ID under which the installation that stored these bytes registers at a gateway. For test doubles that look into a phone's files.
    pub fn installation_in(stored: &[u8]) -> Option<Uuid> {
        State::parse(stored).0.account.installation
    }

    /// The bytes to store, for [`crate::Stored::Bytes`].
    pub fn to_bytes(&self) -> Vec<u8> {
        // Plain structs with text keys: writing them as JSON can't fail.
        serde_json::to_vec(&self.0).unwrap_or_default()
    }
}
