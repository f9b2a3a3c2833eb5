//! What the gateway should know, as one value that can be compared.

use serde::Serialize;
use sha2::{Digest, Sha256};
use zpns_protocol::registration::{Registration, Tokens};
use zpns_protocol::{Environment, LocalPushId, PushId};

use crate::account::Account;
use crate::app::AppFacts;
use crate::token;

use super::tokens::TokenStates;

/// Everything whose change means registering again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Facts {
    server_url: Option<String>,
    app_id: Option<String>,
    user_id: Option<String>,
    app_version: String,
    body: Registration,
}

impl Facts {
    /// Gathers them; none without any token.
    pub(crate) fn gather(
        app: &AppFacts,
        account: &Account,
        environment: Environment,
        tokens: &TokenStates,
        voip: bool,
    ) -> Option<Self> {
        let tokens = Tokens {
            apns: tokens.apns.known().map(|token| token.as_str().to_owned()),
            voip: tokens
                .voip
                .known()
                .filter(|_| voip)
                .map(|token| token.as_str().to_owned()),
        };
        if tokens == Tokens::default() {
            return None;
        }
        Some(Self {
            server_url: account.server_url.clone(),
            app_id: account.app_id.clone(),
            user_id: account.user_id.clone(),
            app_version: app.app_version.clone(),
            body: Registration {
                bundle_id: app.bundle_id.clone(),
                environment,
                tokens,
                sdk: format!("react-native-zpns/{}", crate::VERSION),
                locale: app.locale.clone(),
            },
        })
    }

    /// The body for the gateway.
    pub(crate) fn body(&self) -> &Registration {
        &self.body
    }

    /// The pushID of a phone without a gateway.
    pub(crate) fn local_push_id(&self) -> PushId {
        PushId::local(&LocalPushId {
            bundle_id: self.body.bundle_id.clone(),
            env: self.body.environment,
            apns: self.body.tokens.apns.clone(),
            voip: self.body.tokens.voip.clone(),
        })
    }

    /// What is stored of them: a hash, since tokens are never stored.
    pub(crate) fn digest(&self) -> String {
        // A plain struct with text keys: writing it as JSON can't fail.
        let json = serde_json::to_vec(self).unwrap_or_default();
        token::hex(&Sha256::digest(json))
    }
}
