//! `zpns resource`.

use clap::{Args, Subcommand, ValueEnum};
use zpns_protocol::pushes::DeliveryKind;

use super::StoreOptions;
use super::output::{self, Failure};
use crate::model::{CancelMode, Resource, Strategy};
use crate::setup;

#[derive(Debug, Subcommand)]
pub(super) enum ResourceCommand {
    /// Set what a resourcesID stands for, in place of what it stood for.
    #[command(
        after_help = "Examples:\n  zpns resource create voip --app my-app\n  zpns resource create chat --app my-app --kind alert --collapse chat"
    )]
    Create(Create),
    /// List an app's resources.
    #[command(after_help = "Example:\n  zpns resource list --app my-app")]
    List(List),
    /// Delete a resource.
    #[command(after_help = "Example:\n  zpns resource delete voip --app my-app")]
    Delete(Delete),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// Wakes the phone and rings.
    Voip,
    /// A notification.
    Alert,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Cancel {
    /// By the event channel, the poll on wake and the timer, as Apple asks.
    None,
    /// Also by a second VoIP push.
    Voip,
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// The resourcesID: 1 to 32 characters.
    id: String,
    /// ID of the app.
    #[arg(long)]
    app: String,
    /// How devices are reached.
    #[arg(long, value_enum, default_value = "voip")]
    kind: Kind,
    /// VoIP: a device without a VoIP token gets nothing, instead of an alert.
    #[arg(long)]
    no_alert_fallback: bool,
    /// VoIP: how long a push that is no call invitation may ring, in seconds.
    #[arg(long, default_value_t = Strategy::DEFAULT_RING_TIME, value_parser = clap::value_parser!(u32).range(1..=600))]
    ring_time: u32,
    /// Alerts: collapse ID of 1 to 64 bytes; a later alert replaces an earlier one.
    #[arg(long)]
    collapse: Option<String>,
    /// How devices learn that a call is over, beside the event channel.
    #[arg(long, value_enum, default_value = "none")]
    cancel_mode: Cancel,
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
pub(super) struct Delete {
    /// The resourcesID.
    id: String,
    /// ID of the app.
    #[arg(long)]
    app: String,
    #[command(flatten)]
    store: StoreOptions,
}

impl ResourceCommand {
    pub(super) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(command) => command.run().await,
            Self::List(List { app, json, store }) => {
                let (store, _) = store.open()?;
                setup::known_app(&store, &app).await?;
                let resources = store.resources(&app).await?;
                output::table(json, &resources, &["RESOURCE", "STRATEGY"], |resource| {
                    vec![
                        resource.id.clone(),
                        serde_json::to_string(&resource.strategy).unwrap_or_default(),
                    ]
                });
                Ok(())
            }
            Self::Delete(Delete { id, app, store }) => {
                let (store, _) = store.open()?;
                if !store.delete_resource(&app, &id).await? {
                    return Err(Failure::failed(
                        "this app has no resource with this ID: `zpns resource list` shows those there are",
                    ));
                }
                output::line(format!("Deleted the resource {id}."));
                Ok(())
            }
        }
    }
}

impl Create {
    async fn run(self) -> Result<(), Failure> {
        if !(1..=32).contains(&self.id.chars().count()) {
            return Err(Failure::usage("a resourcesID has 1 to 32 characters"));
        }
        if self.collapse.as_ref().is_some_and(|c| {
            !(1..=64).contains(&c.len()) || !c.bytes().all(|b| b.is_ascii_graphic())
        }) {
            return Err(Failure::usage(
                "--collapse: a collapse ID has 1 to 64 visible ASCII characters",
            ));
        }
        let strategy = Strategy {
            kind: match self.kind {
                Kind::Voip => DeliveryKind::Voip,
                Kind::Alert => DeliveryKind::Alert,
            },
            alert_fallback: !self.no_alert_fallback,
            ring_time: self.ring_time,
            collapse: self.collapse,
            cancel_mode: match self.cancel_mode {
                Cancel::None => CancelMode::None,
                Cancel::Voip => CancelMode::Voip,
            },
        };
        let (store, _) = self.store.open()?;
        setup::known_app(&store, &self.app).await?;
        let resource = Resource {
            id: self.id,
            strategy,
        };
        store.set_resource(&self.app, resource.clone()).await?;
        output::json(&resource);
        Ok(())
    }
}
