//! What the app says about the gateway and its user: `configure`, and the answer of `getUserToken`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Account, server_url};
use crate::command::{self, Method};
use crate::entropy::Entropy;
use crate::error::Error;

impl Account {
    /// `configure`: which gateway, which app, who the user is.
    pub(crate) fn configure(&mut self, params: &str) -> Result<Value, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Params {
            #[serde(rename = "serverURL")]
            server_url: Option<String>,
            #[serde(rename = "appID")]
            app_id: Option<String>,
            user_token: Option<String>,
            #[serde(default)]
            user_token_provider: bool,
        }
        let params: Params = command::parse(Method::Configure, params)?;
        let server_url = params.server_url.as_deref().map(server_url).transpose();
        let server_url =
            server_url.map_err(|problem| Error::invalid(format!("configure: {problem}")))?;
        if server_url.is_some() && params.app_id.as_deref().is_none_or(str::is_empty) {
            return Err(Error::invalid(
                "configure: appID is missing; give the app's ID, as `zpns app list` on the gateway shows it",
            ));
        }
        self.server_url = server_url;
        self.app_id = params.app_id;
        self.token_request.start_over(params.user_token_provider);
        self.set_user_token(params.user_token.filter(|token| !token.is_empty()));
        Ok(json!({}))
    }

    /// `getUserToken` answered. Where it failed, a token that came by another way meanwhile stays.
    pub(crate) fn take_user_token(
        &mut self,
        params: &str,
        now: u64,
        entropy: &mut Entropy,
    ) -> Result<Value, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Params {
            user_token: Option<String>,
            #[serde(default)]
            failed: bool,
        }
        let params: Params = command::parse(Method::SetUserToken, params)?;
        let token = params.user_token.filter(|token| !token.is_empty());
        self.token_request.answered(token.is_some(), now, entropy);
        if !params.failed {
            self.set_user_token(token);
        }
        Ok(json!({}))
    }
}
