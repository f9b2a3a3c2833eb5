//! `zpns credential`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use zeroize::Zeroizing;
use zpns_protocol::Environment;

use super::StoreOptions;
use super::output::{self, Failure};
use crate::credentials::{self, Checked};
use crate::model::{Credential, CredentialKind};
use crate::setup;

#[derive(Debug, Subcommand)]
pub(super) enum CredentialCommand {
    /// Add a provider key (.p8). One serves all apps of a team, alerts and VoIP.
    #[command(
        name = "add-p8",
        after_help = "Examples:\n  zpns credential add-p8 AuthKey_ABC123DEFG.p8 --app my-app --team TEAM123456 --key-id ABC123DEFG\n  zpns credential add-p8 key.p8 --app my-app --team TEAM123456 --key-id ABC123DEFG --environment production --topic com.example.app"
    )]
    AddP8(AddP8),
    /// Add a certificate with its key (.p12), also one exported from Keychain Access. Topics, environments and expiry are read from it.
    #[command(
        name = "add-p12",
        after_help = "Example:\n  ZPNS_P12_PASSWORD=… zpns credential add-p12 voip.p12 --app my-app"
    )]
    AddP12(AddP12),
    /// Add a certificate and its key from PEM files.
    #[command(
        name = "add-pem",
        after_help = "Example:\n  zpns credential add-pem --certificate voip.pem --key voip-key.pem --app my-app"
    )]
    AddPem(AddPem),
    /// List credentials.
    #[command(after_help = "Example:\n  zpns credential list --app my-app --json")]
    List(List),
    /// Delete a credential.
    #[command(after_help = "Example:\n  zpns credential delete 0198c5b1-…")]
    Delete(Delete),
}

#[derive(Debug, Args)]
pub(super) struct AddP8 {
    /// The AuthKey_….p8 file.
    file: PathBuf,
    /// ID of the app.
    #[arg(long)]
    app: String,
    /// Team ID: 10 letters and digits.
    #[arg(long)]
    team: String,
    /// Key ID: 10 letters and digits, in the file's name.
    #[arg(long)]
    key_id: String,
    /// Environment that the key is allowed for; both if left out.
    #[arg(long, value_name = "development|production", value_parser = environment)]
    environment: Vec<Environment>,
    /// Bundle ID that the key is limited to; all of the team's if left out.
    #[arg(long, value_name = "BUNDLE ID")]
    topic: Vec<String>,
    #[command(flatten)]
    store: StoreOptions,
}

#[derive(Debug, Args)]
pub(super) struct AddP12 {
    /// The .p12 file.
    file: PathBuf,
    /// ID of the app.
    #[arg(long)]
    app: String,
    /// Password of the file. Better given by the environment variable, which the process list does not show.
    #[arg(
        long,
        env = "ZPNS_P12_PASSWORD",
        hide_env_values = true,
        default_value = ""
    )]
    password: String,
    #[command(flatten)]
    store: StoreOptions,
}

#[derive(Debug, Args)]
pub(super) struct AddPem {
    /// PEM of the certificate, and its issuers if they are there.
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// PEM of its private key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// ID of the app.
    #[arg(long)]
    app: String,
    #[command(flatten)]
    store: StoreOptions,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// ID of the app; all apps if left out.
    #[arg(long)]
    app: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreOptions,
}

#[derive(Debug, Args)]
pub(super) struct Delete {
    /// ID of the credential.
    credential: String,
    #[command(flatten)]
    store: StoreOptions,
}

fn environment(text: &str) -> Result<Environment, String> {
    Environment::from_name(text).ok_or_else(|| "use development or production".to_owned())
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file)
        .map_err(|e| Failure::failed(format!("{} can't be read ({e})", file.display())))
}

fn checked(
    file: &Path,
    result: Result<Checked, credentials::CredentialFileError>,
) -> Result<Checked, Failure> {
    result.map_err(|e| Failure::failed(format!("{}: {e}", file.display())))
}

impl CredentialCommand {
    pub(super) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::AddP8(AddP8 {
                file,
                app,
                team,
                key_id,
                environment,
                topic,
                store,
            }) => {
                let environments = if environment.is_empty() {
                    Environment::ALL.to_vec()
                } else {
                    environment
                };
                let key = checked(
                    &file,
                    credentials::p8(read(&file)?, &team, &key_id, environments, topic),
                )?;
                add(&store, &app, key).await
            }
            Self::AddP12(AddP12 {
                file,
                app,
                password,
                store,
            }) => {
                let certificate = checked(
                    &file,
                    credentials::p12(read(&file)?, Zeroizing::new(password)),
                )?;
                add(&store, &app, certificate).await
            }
            Self::AddPem(AddPem {
                certificate,
                key,
                app,
                store,
            }) => {
                let pair = checked(
                    &certificate,
                    credentials::pem(read(&certificate)?, read(&key)?),
                )?;
                add(&store, &app, pair).await
            }
            Self::List(List { app, json, store }) => {
                let (store, _) = store.open()?;
                let credentials = store.credentials(app.as_deref()).await?;
                output::table(
                    json,
                    &credentials,
                    &[
                        "CREDENTIAL",
                        "APP",
                        "KIND",
                        "ENVIRONMENTS",
                        "TOPICS",
                        "EXPIRES",
                    ],
                    row,
                );
                Ok(())
            }
            Self::Delete(Delete { credential, store }) => {
                let (store, _) = store.open()?;
                if !store.delete_credential(&credential).await? {
                    return Err(Failure::failed(
                        "there is no credential with this ID: `zpns credential list` shows those there are",
                    ));
                }
                output::line(format!("Deleted the credential {credential}."));
                Ok(())
            }
        }
    }
}

async fn add(store: &StoreOptions, app: &str, checked: Checked) -> Result<(), Failure> {
    let (store, master) = store.open()?;
    let credential = setup::add_credential(&store, &master, app, checked).await?;
    output::json(&credential);
    Ok(())
}

fn row(credential: &Credential) -> Vec<String> {
    let scope = &credential.scope;
    let kind = match scope.kind {
        CredentialKind::Key => format!("key {}", scope.key_id.as_deref().unwrap_or_default()),
        CredentialKind::Certificate => "certificate".to_owned(),
    };
    let environments: Vec<_> = scope.environments.iter().map(|e| e.as_str()).collect();
    let expires = credential
        .not_after
        .map_or_else(|| "never".to_owned(), |end| format!("{} s", end / 1000));
    vec![
        credential.id.clone(),
        credential.app.clone(),
        kind,
        environments.join(","),
        scope.topics.join(","),
        expires,
    ]
}
