//! What survives the process, as one JSON document.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::account::StoredAccount;
use crate::call::StoredCalls;
use crate::registration::StoredRegistration;

/// Everything that is stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
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

    /// Reads what was stored, and says what is wrong with it. Fields that are missing get their defaults, so that a newer version reads an
    /// older one's state.
    pub(crate) fn parse(bytes: &[u8]) -> (Self, Option<String>) {
        let problem = match serde_json::from_slice::<Self>(bytes) {
            Ok(state) if state.version <= Self::VERSION => return (state, None),
            Ok(state) => format!(
                "the stored state is of version {}, newer than this library's {}: it is begun anew, the app registers again",
                state.version,
                Self::VERSION
            ),
            Err(error) => format!(
                "the stored state can't be read and is begun anew; the app registers again: {error}"
            ),
        };
        (Self::default(), Some(problem))
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
