//! Requests to a running gateway.

use clap::Args;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zpns_protocol::errors::ErrorBody;

use super::output::Failure;

/// The gateway to talk to.
#[derive(Debug, Args)]
pub(super) struct RemoteOptions {
    /// URL of the running gateway.
    #[arg(
        long,
        env = "ZPNS_SERVER",
        default_value = "http://127.0.0.1:8080",
        value_name = "URL"
    )]
    server: String,
    /// API key of the app.
    #[arg(
        long,
        env = "ZPNS_API_KEY",
        hide_env_values = true,
        value_name = "zpk_…"
    )]
    api_key: String,
}

impl RemoteOptions {
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, Failure> {
        let url = self.url(path)?;
        self.send(client()?.get(url)).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        let json = serde_json::to_vec(body)?;
        let url = self.url(path)?;
        self.send(
            client()?
                .post(url)
                .header("content-type", "application/json")
                .body(json),
        )
        .await
    }

    fn url(&self, path: &[&str]) -> Result<reqwest::Url, Failure> {
        let wrong = || {
            Failure::usage(format!(
                "--server {}: give the gateway's URL, as http://127.0.0.1:8080",
                self.server
            ))
        };
        let mut url = reqwest::Url::parse(&self.server).map_err(|_| wrong())?;
        url.path_segments_mut()
            .map_err(|()| wrong())?
            .pop_if_empty()
            .extend(path);
        Ok(url)
    }

    async fn send<T: DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<T, Failure> {
        let response = request.bearer_auth(&self.api_key).send().await;
        let response = response.map_err(|e| {
            Failure::failed(format!(
                "the gateway at {} could not be reached: is it running? ({e})",
                self.server
            ))
        })?;
        let status = response.status();
        let bytes = response.bytes().await?;
        if !status.is_success() {
            let said = serde_json::from_slice::<ErrorBody>(&bytes)
                .map_or_else(|_| status.to_string(), |body| body.error.message);
            return Err(Failure::failed(format!(
                "the gateway answered {}: {said}",
                status.as_u16()
            )));
        }
        serde_json::from_slice(&bytes).map_err(|e| {
            Failure::failed(format!(
                "the answer can't be read ({e}): is {} a zpns gateway?",
                self.server
            ))
        })
    }
}

fn client() -> Result<reqwest::Client, Failure> {
    // The first installation wins; it is the same provider each time.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder()
        .timeout(std::time::Duration::from_secs(30))
        .build()?)
}
