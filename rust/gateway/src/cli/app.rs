//! `zpns app`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use super::StoreOptions;
use super::output::{self, Failure};
use crate::setup::{self, SetupError, UserTokens};

#[derive(Debug, Subcommand)]
pub(super) enum AppCommand {
    /// Make an app. Prints its secret, which signs user tokens.
    #[command(
        after_help = "Examples:\n  zpns app create --name \"My app\"\n  zpns app create --id my-app --name \"My app\" --public-key backend-es256.pem"
    )]
    Create(Create),
    /// List apps.
    #[command(after_help = "Example:\n  zpns app list --json")]
    List(List),
    /// Show an app with its credentials, resources and keys.
    #[command(after_help = "Example:\n  zpns app show my-app")]
    Show(One),
    /// Delete an app with its credentials, devices, pushes and calls.
    #[command(after_help = "Example:\n  zpns app delete my-app --yes")]
    Delete(Delete),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// ID of the app, the `aud` of its user tokens; made if left out.
    #[arg(long)]
    id: Option<String>,
    /// Name, for people.
    #[arg(long)]
    name: String,
    /// Secret that the backend signs user tokens with (HS256), at least 32 characters; made if left out.
    #[arg(
        long,
        env = "ZPNS_APP_SECRET",
        hide_env_values = true,
        conflicts_with = "public_key"
    )]
    secret: Option<String>,
    /// PEM of the public key that the backend's user tokens are verified with (ES256 or EdDSA), instead of a secret.
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreOptions,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreOptions,
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// ID of the app.
    app: String,
    #[command(flatten)]
    store: StoreOptions,
}

#[derive(Debug, Args)]
pub(super) struct Delete {
    /// ID of the app.
    app: String,
    /// Really.
    #[arg(long, required = true)]
    yes: bool,
    #[command(flatten)]
    store: StoreOptions,
}

impl AppCommand {
    pub(super) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(command) => command.run().await,
            Self::List(command) => {
                let (store, _) = command.store.open()?;
                let apps = store.apps().await?;
                output::table(
                    command.json,
                    &apps,
                    &["APP", "NAME", "USER TOKENS"],
                    |app| {
                        vec![
                            app.id.clone(),
                            app.name.clone(),
                            if app.has_secret {
                                "HS256"
                            } else {
                                "public key"
                            }
                            .to_owned(),
                        ]
                    },
                );
                Ok(())
            }
            Self::Show(command) => {
                let (store, _) = command.store.open()?;
                let app = setup::known_app(&store, &command.app).await?;
                output::json(&serde_json::json!({
                    "app": app,
                    "credentials": store.credentials(Some(&app.id)).await?,
                    "resources": store.resources(&app.id).await?,
                    "keys": store.keys(&app.id).await?,
                }));
                Ok(())
            }
            Self::Delete(command) => {
                let (store, _) = command.store.open()?;
                if !store.delete_app(&command.app).await? {
                    return Err(SetupError::NoSuchApp(command.app).into());
                }
                output::line(format!("Deleted the app {}.", command.app));
                Ok(())
            }
        }
    }
}

impl Create {
    async fn run(self) -> Result<(), Failure> {
        let tokens = match (self.secret, self.public_key) {
            (Some(secret), _) => UserTokens::Secret(Zeroizing::new(secret)),
            (None, Some(file)) => {
                let read = std::fs::read_to_string(&file);
                UserTokens::PublicKey(read.map_err(|e| {
                    Failure::failed(format!("{} can't be read ({e})", file.display()))
                })?)
            }
            (None, None) => UserTokens::NewSecret,
        };
        let (store, master) = self.store.open()?;
        let (app, secret) = setup::create_app(&store, &master, self.id, self.name, tokens).await?;
        let secret = secret.as_ref().map(|s| s.as_str());
        if self.json {
            output::json(
                &serde_json::json!({ "appID": app.id, "name": app.name, "appSecret": secret }),
            );
            return Ok(());
        }
        output::line(format!("Made the app {}.", app.id));
        if let Some(secret) = secret {
            output::line(format!(
                "Its secret, for the backend that mints user tokens (HS256):\n  {secret}"
            ));
        }
        output::line(format!(
            "Next: zpns credential add-p8 --app {0} …, zpns resource create voip --app {0}, zpns key create --app {0}",
            app.id
        ));
        Ok(())
    }
}
