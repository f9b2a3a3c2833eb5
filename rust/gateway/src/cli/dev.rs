//! `zpns dev`.

use std::io::Read as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use zpns_apns_sim::SimulatorConfig;

use super::logging::LogOptions;
use super::output::{self, Failure};
use super::serve::stop_signal;
use crate::dev::{Dev, DevApp, DevOptions, Ready};

/// Run a gateway, an APNs simulator and an app that is ready to use, and print everything one needs.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  zpns dev\n  zpns dev --resource voip --resource chat --bundle-id com.example.app --listen 127.0.0.1:8080\n  zpns dev --json --exit-with-parent   for scripts: one JSON line once it is ready"
)]
pub(super) struct DevCommand {
    /// Folder to keep database and keys in; a temporary one without it.
    #[arg(long, env = "ZPNS_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address of the gateway; port 0 takes a free one.
    #[arg(
        long,
        env = "ZPNS_LISTEN",
        default_value = "127.0.0.1:0",
        value_name = "IP:PORT"
    )]
    listen: SocketAddr,
    /// Where phones reach the gateway, if not at that address.
    #[arg(long, env = "ZPNS_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Bundle ID of the app.
    #[arg(long, default_value = "com.example.app", value_name = "ID")]
    bundle_id: String,
    /// ID of the app.
    #[arg(long, default_value = "dev", value_name = "ID")]
    app_id: String,
    /// A resourcesID to set up, VoIP with an alert fallback; can be given several times. `voip` without one.
    #[arg(long, value_name = "ID")]
    resource: Vec<String>,
    /// Add a second app that sends with a VoIP certificate (.p12) instead of a provider key.
    #[arg(long)]
    certificate: bool,
    /// Port of the simulator's control API; 0 takes a free one.
    #[arg(long, default_value = "0", value_name = "PORT")]
    simulator_port: u16,
    /// Port of the simulator as APNs (development); 0 takes a free one.
    #[arg(long, default_value = "0", value_name = "PORT")]
    apns_development_port: u16,
    /// Port of the simulator as APNs (production); 0 takes a free one.
    #[arg(long, default_value = "0", value_name = "PORT")]
    apns_production_port: u16,
    /// Print exactly one line of JSON on standard output, once everything is ready.
    #[arg(long)]
    json: bool,
    /// Exit when standard input is closed, as it is when the process that started this one ends.
    #[arg(long)]
    exit_with_parent: bool,
    #[command(flatten)]
    log: LogOptions,
}

impl DevCommand {
    pub(super) async fn run(self) -> Result<(), Failure> {
        self.log.start();
        let resources = if self.resource.is_empty() {
            vec!["voip".to_owned()]
        } else {
            self.resource
        };
        if let Some(long) = resources
            .iter()
            .find(|id| id.is_empty() || id.chars().count() > 32)
        {
            return Err(Failure::usage(format!(
                "--resource {long:?}: a resourcesID has 1 to 32 characters"
            )));
        }
        let simulator = SimulatorConfig {
            control_port: self.simulator_port,
            development_port: self.apns_development_port,
            production_port: self.apns_production_port,
            ..SimulatorConfig::default()
        };
        let dev = Dev::start(DevOptions {
            data: self.data,
            listen: self.listen,
            public_url: self.public_url,
            bundle_id: self.bundle_id,
            app_id: self.app_id,
            resources,
            certificate: self.certificate,
            simulator,
        })
        .await?;
        if self.json {
            output::json(&dev.ready);
        } else {
            show(&dev.ready);
        }
        tokio::select! {
            stopped = stop_signal() => stopped?,
            () = parent_gone(), if self.exit_with_parent => {}
        }
        dev.stop().await;
        Ok(())
    }
}

/// Waits until standard input ends. The thread that reads it blocks, so nothing polls.
async fn parent_gone() {
    let (gone, wait) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut stdin = std::io::stdin().lock();
        let mut buffer = [0; 256];
        while matches!(stdin.read(&mut buffer), Ok(1..)) {}
        let _ = gone.send(());
    });
    let _ = wait.await;
}

fn show(ready: &Ready) {
    output::line("Ready. Stop with Ctrl-C.\n");
    output::line(format!("gateway            {}", ready.gateway_url));
    show_app(&ready.app);
    if let Some(app) = &ready.certificate_app {
        output::line("with a certificate:");
        show_app(app);
    }
    output::line(format!("bundle ID          {}", ready.bundle_id));
    output::line(format!("resourcesID        {}", ready.resources.join(", ")));
    output::line(format!(
        "simulator          {} (control API)",
        ready.simulator_url
    ));
    output::line(format!("APNs development   {}", ready.apns_development));
    output::line(format!("APNs production    {}", ready.apns_production));
    output::line(format!("CA file            {}", ready.ca_file.display()));
    output::line(format!("data               {}", ready.data.display()));
    output::line(format!(
        "\nA user token for testing:\n  zpns token mint --data {} --app {} --user bob",
        ready.data.display(),
        ready.app.app_id
    ));
    output::line(format!(
        "A call to bob:\n  zpns call invite --server {} --api-key {} --caller alice --to bob --resource {}",
        ready.gateway_url,
        ready.app.api_key,
        ready.resources.first().map_or("", String::as_str)
    ));
}

fn show_app(app: &DevApp) {
    output::line(format!("app ID             {}", app.app_id));
    output::line(format!(
        "app secret         {} (signs user tokens, HS256)",
        app.app_secret
    ));
    output::line(format!("API key            {}", app.api_key));
}
