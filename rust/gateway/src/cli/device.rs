//! `zpns device`.

use clap::{Args, Subcommand};
use serde::Serialize;
use zpns_protocol::{Environment, PushId};

use super::StoreOptions;
use super::output::{self, Failure};
use crate::setup;

#[derive(Debug, Subcommand)]
pub(super) enum DeviceCommand {
    /// List an app's devices. Tokens are not shown.
    #[command(after_help = "Example:\n  zpns device list --app my-app --user bob")]
    List(List),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// ID of the app.
    #[arg(long)]
    app: String,
    /// Only of this user.
    #[arg(long)]
    user: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreOptions,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    #[serde(rename = "pushID")]
    push_id: Option<PushId>,
    #[serde(rename = "userID")]
    user: Option<String>,
    installation: Option<String>,
    #[serde(rename = "bundleID")]
    bundle_id: String,
    environment: Environment,
    has_device_token: bool,
    has_voip_token: bool,
    suspect: bool,
    registered_at: u64,
}

impl DeviceCommand {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Self::List(List {
            app,
            user,
            json,
            store,
        }) = self;
        let (store, _) = store.open()?;
        setup::known_app(&store, &app).await?;
        let devices = store.devices(&app, user.as_deref()).await?;
        let rows: Vec<_> = devices
            .into_iter()
            .map(|device| Row {
                push_id: device.push_id,
                user: device.user,
                installation: device.installation,
                bundle_id: device.bundle_id,
                environment: device.environment,
                has_device_token: device.apns.is_some(),
                has_voip_token: device.voip.is_some(),
                suspect: device.suspect_since.is_some(),
                registered_at: device.registered_at,
            })
            .collect();
        let header = [
            "PUSH ID",
            "USER",
            "BUNDLE ID",
            "ENVIRONMENT",
            "TOKENS",
            "SUSPECT",
        ];
        output::table(json, &rows, &header, |row| {
            let tokens = match (row.has_device_token, row.has_voip_token) {
                (true, true) => "alert, voip",
                (true, false) => "alert",
                _ => "voip",
            };
            vec![
                row.push_id
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                row.user.clone().unwrap_or_default(),
                row.bundle_id.clone(),
                row.environment.to_string(),
                tokens.to_owned(),
                if row.suspect { "yes" } else { "no" }.to_owned(),
            ]
        });
        Ok(())
    }
}
