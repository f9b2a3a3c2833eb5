//! `zpns doctor`: is everything set up so that a call would ring?

use std::time::Duration;

use clap::Args;
use zpns_protocol::Environment;

use super::StoreOptions;
use super::options::ApnsOptions;
use super::output::{self, Failure};
use crate::clock::now_ms;
use crate::credentials;
use crate::model::Credential;
use crate::seal::MasterKey;
use crate::store::Store;

/// Check database, master key, credentials, endpoints and clock. Exit code 1 if something would keep a call from ringing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  zpns doctor\n  zpns doctor --data /var/lib/zpns --offline")]
pub(super) struct Doctor {
    /// Do not connect to APNs.
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    store: StoreOptions,
    #[command(flatten)]
    apns: ApnsOptions,
}

const DAY: u64 = 24 * 60 * 60 * 1000;
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Earlier than this program was written: the clock was never set.
const CLOCK_FLOOR: u64 = 1_767_225_600_000;

/// What was found.
#[derive(Default)]
struct Findings {
    problems: u32,
}

impl Findings {
    fn good(text: impl std::fmt::Display) {
        output::line(format!("ok       {text}"));
    }

    fn warning(text: impl std::fmt::Display) {
        output::line(format!("warning  {text}"));
    }

    fn problem(&mut self, text: impl std::fmt::Display) {
        self.problems += 1;
        output::line(format!("problem  {text}"));
    }
}

impl Doctor {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let mut findings = Findings::default();
        let (store, master) = self.store.open()?;
        store.check().await?;
        Findings::good(format!(
            "database {}",
            self.store.config().database.display()
        ));
        if now_ms() < CLOCK_FLOOR {
            findings.problem(
                "the clock is years behind: APNs refuses provider tokens, and calls expire at once",
            );
        } else {
            Findings::good("clock");
        }
        let apps = store.apps().await?;
        if apps.is_empty() {
            findings.problem("there is no app: make one with `zpns app create`");
        }
        for app in &apps {
            check_app(&store, &master, &app.id, &mut findings).await?;
        }
        if !self.offline {
            self.check_endpoints(&mut findings).await;
        }
        match findings.problems {
            0 => Ok(()),
            1 => Err(Failure::failed("1 problem found")),
            n => Err(Failure::failed(format!("{n} problems found"))),
        }
    }

    async fn check_endpoints(&self, findings: &mut Findings) {
        let endpoints = self.apns.endpoints();
        if let Err(error) = endpoints.roots() {
            findings.problem(format!("the CA file can't be read ({error})"));
        }
        for environment in Environment::ALL {
            let endpoint = endpoints.of(environment);
            let connect = tokio::net::TcpStream::connect((endpoint.host.as_str(), endpoint.port));
            match tokio::time::timeout(CONNECT_WITHIN, connect).await {
                Ok(Ok(_)) => Findings::good(format!("APNs ({environment}) at {}:{}", endpoint.host, endpoint.port)),
                Ok(Err(error)) => {
                    findings.problem(format!("APNs ({environment}) at {}:{} can't be reached: {error}", endpoint.host, endpoint.port));
                }
                Err(_) => findings.problem(format!(
                    "APNs ({environment}) at {}:{} does not answer: is port {} open in the firewall?",
                    endpoint.host, endpoint.port, endpoint.port
                )),
            }
        }
    }
}

async fn check_app(
    store: &Store,
    master: &MasterKey,
    app: &str,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let credentials = store.credentials(Some(app)).await?;
    if credentials.is_empty() {
        findings.problem(format!(
            "{app}: no credential: add one with `zpns credential add-p8` or `add-p12`"
        ));
    }
    for credential in &credentials {
        check_credential(store, master, credential, findings).await?;
    }
    for environment in Environment::ALL {
        if !credentials
            .iter()
            .any(|c| c.scope.environments.contains(&environment))
        {
            Findings::warning(format!(
                "{app}: no credential for {environment}: its {environment} devices can't be reached"
            ));
        }
    }
    if store.resources(app).await?.is_empty() {
        Findings::warning(format!(
            "{app}: no resource, so every push is an alert: `zpns resource create voip --app {app}`"
        ));
    }
    if !store
        .keys(app)
        .await?
        .iter()
        .any(|key| key.revoked_at.is_none())
    {
        Findings::warning(format!(
            "{app}: no API key, so its server can't send: `zpns key create --app {app}`"
        ));
    }
    let suspect = store
        .devices(app, None)
        .await?
        .iter()
        .filter(|d| d.suspect_since.is_some())
        .count();
    if suspect > 0 {
        Findings::warning(format!(
            "{app}: APNs did not know the tokens of {suspect} devices: see `zpns device list --app {app}`"
        ));
    }
    Ok(())
}

async fn check_credential(
    store: &Store,
    master: &MasterKey,
    credential: &Credential,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let name = format!("{}: credential {}", credential.app, credential.id);
    let Some(sealed) = store.sealed_credential(&credential.id).await? else {
        return Ok(());
    };
    let secret = match credentials::unseal(master, &credential.id, &sealed) {
        Ok(secret) => secret,
        Err(error) => {
            findings.problem(format!("{name}: {error}"));
            return Ok(());
        }
    };
    if let Err(error) = credentials::load(&secret, &credential.scope) {
        findings.problem(format!("{name}: {error}"));
        return Ok(());
    }
    let left = credential.not_after.map(|end| end.saturating_sub(now_ms()));
    match left {
        Some(0) => findings.problem(format!(
            "{name}: expired: renew it in the developer account"
        )),
        Some(left) if left < 30 * DAY => {
            Findings::warning(format!("{name}: expires in {} days", left / DAY));
        }
        _ => Findings::good(name),
    }
    Ok(())
}
