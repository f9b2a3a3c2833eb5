//! `zpns key`.

use clap::{Args, Subcommand};

use super::StoreOptions;
use super::output::{self, Failure};
use crate::clock::now_ms;
use crate::setup;

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make an API key. It is shown this once.
    #[command(after_help = "Example:\n  zpns key create --app my-app --name backend")]
    Create(Create),
    /// List an app's keys.
    #[command(after_help = "Example:\n  zpns key list --app my-app")]
    List(List),
    /// Revoke a key, at once.
    #[command(after_help = "Example:\n  zpns key revoke 0198c5b1-…")]
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// ID of the app.
    #[arg(long)]
    app: String,
    /// Name, for people.
    #[arg(long, default_value = "")]
    name: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreOptions,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// ID of the app.
    #[arg(long)]
    app: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreOptions,
}

#[derive(Debug, Args)]
pub(super) struct Revoke {
    /// ID of the key.
    key: String,
    #[command(flatten)]
    store: StoreOptions,
}

impl KeyCommand {
    pub(super) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(Create {
                app,
                name,
                json,
                store,
            }) => {
                let (store, _) = store.open()?;
                let (text, key) = setup::create_key(&store, &app, &name).await?;
                if json {
                    output::json(&serde_json::json!({ "id": key.id, "apiKey": text }));
                } else {
                    output::line(format!(
                        "Made the key {}. It is shown this once:\n  {text}",
                        key.id
                    ));
                }
                Ok(())
            }
            Self::List(List { app, json, store }) => {
                let (store, _) = store.open()?;
                setup::known_app(&store, &app).await?;
                let keys = store.keys(&app).await?;
                output::table(json, &keys, &["KEY", "NAME", "BEGINS", "REVOKED"], |key| {
                    vec![
                        key.id.clone(),
                        key.name.clone(),
                        key.prefix.clone(),
                        if key.revoked_at.is_some() {
                            "yes"
                        } else {
                            "no"
                        }
                        .to_owned(),
                    ]
                });
                Ok(())
            }
            Self::Revoke(Revoke { key, store }) => {
                let (store, _) = store.open()?;
                if !store.revoke_key(&key, now_ms()).await? {
                    return Err(Failure::failed(
                        "there is no key with this ID that could be revoked: `zpns key list` shows those there are",
                    ));
                }
                output::line(format!("Revoked the key {key}."));
                Ok(())
            }
        }
    }
}
