//! `zpns token`.

use clap::{Args, Subcommand};

use super::StoreOptions;
use super::output::{self, Failure};
use crate::auth::user_token;
use crate::setup;

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Mint a user token with the app's secret, as the app's backend would.
    #[command(after_help = "Example:\n  zpns token mint --app my-app --user bob")]
    Mint(Mint),
}

#[derive(Debug, Args)]
pub(super) struct Mint {
    /// ID of the app.
    #[arg(long)]
    app: String,
    /// The user.
    #[arg(long)]
    user: String,
    /// How long it is good, in seconds.
    #[arg(long, default_value = "3600", value_parser = clap::value_parser!(u64).range(1..=user_token::MAX_LIFETIME))]
    lifetime: u64,
    #[command(flatten)]
    store: StoreOptions,
}

impl TokenCommand {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Self::Mint(Mint {
            app,
            user,
            lifetime,
            store,
        }) = self;
        zpns_calls::check::user_id("--user", &user).map_err(Failure::usage)?;
        let (store, master) = store.open()?;
        let secret = setup::app_secret(&store, &master, &app).await?;
        output::line(user_token::mint(&app, &user, &secret, lifetime)?);
        Ok(())
    }
}
