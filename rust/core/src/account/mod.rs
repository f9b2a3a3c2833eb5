//! Who this installation is and which gateway it talks to.

use litemap::LiteMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub(crate) use self::routes::server_url;
use self::user_token_request::UserTokenRequest;

mod configure;
mod routes;
mod user_token_request;

/// The gateway, the app, the user.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// Base URL of the gateway without a trailing slash; none for apps that have their own backend.
    pub(crate) server_url: Option<String>,
    pub(crate) app_id: Option<String>,
    /// The user of the newest token. Survives the token, so that a call can be followed before JavaScript brings a new one.
    pub(crate) user_id: Option<String>,
    /// The user who unregistered this phone. Another one signing in then means that this one signed out for good.
    pub(crate) unregistered: Option<String>,
    /// How many things of users who signed out for good were dropped, for `diagnose()`.
    pub(crate) dropped: usize,
    /// Never stored.
    pub(crate) user_token: Option<String>,
    /// The open requests and streams that carry it.
    pub(crate) user_token_carriers: LiteMap<u64, ()>,
    /// How a fresh token is come by.
    pub(crate) token_request: UserTokenRequest,
    /// This installation, made once and kept; none as long as storage can't be read.
    pub(crate) installation: Option<Uuid>,
}

// Holds a credential, so only what is no secret is shown.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("server_url", &self.server_url)
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}

/// What of it survives the process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct StoredAccount {
    pub(crate) server_url: Option<String>,
    pub(crate) app_id: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) unregistered: Option<String>,
    pub(crate) installation: Option<Uuid>,
}

impl Account {
    pub(crate) fn restore(&mut self, stored: StoredAccount) {
        // What JavaScript said in this process is newer than what was stored.
        self.server_url = self.server_url.take().or(stored.server_url);
        self.app_id = self.app_id.take().or(stored.app_id);
        self.user_id = self.user_id.take().or(stored.user_id);
        self.unregistered = self.unregistered.take().or(stored.unregistered);
        self.installation = stored.installation.or(self.installation);
    }

    pub(crate) fn to_stored(&self) -> StoredAccount {
        StoredAccount {
            server_url: self.server_url.clone(),
            app_id: self.app_id.clone(),
            user_id: self.user_id.clone(),
            unregistered: self.unregistered.clone(),
            installation: self.installation,
        }
    }

    /// Whether what was asked for by this user may be done now. Who asked before anybody was known may be whoever signs in.
    pub(crate) fn speaks_for(&self, user: Option<&str>) -> bool {
        user.is_none() || user == self.user_id.as_deref()
    }

    /// The user who is signed in unregistered this phone.
    pub(crate) fn user_left(&mut self) {
        self.unregistered.clone_from(&self.user_id);
    }

    /// Whether this may be the user who is signed in.
    pub(crate) fn may_be(&self, user: &str) -> bool {
        self.user_id.as_deref().is_none_or(|known| known == user)
    }

    pub(crate) fn set_user_token(&mut self, token: Option<String>) {
        if let Some(user) = token.as_deref().and_then(token_subject) {
            self.user_id = Some(user);
        }
        self.user_token = token;
        self.user_token_carriers.clear();
    }
}

/// `sub` of a JSON Web Token (RFC 7519). Not verified: the gateway does that, here it only names the user.
fn token_subject(token: &str) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims.get("sub")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_is_read_from_the_token_and_outlives_it() {
        let mut account = Account::default();
        let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"bob"}"#);
        account.set_user_token(Some(format!("e30.{claims}.sig")));
        assert_eq!(account.user_id.as_deref(), Some("bob"));
        account.set_user_token(None);
        assert_eq!(account.user_id.as_deref(), Some("bob"));
        account.set_user_token(Some("not a token".into()));
        assert_eq!(account.user_id.as_deref(), Some("bob"));
    }
}
