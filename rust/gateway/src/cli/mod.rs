//! The command line. Exit codes: 0 done, 1 it failed, 2 the arguments are wrong.

mod app;
mod call;
mod credential;
mod dev;
mod device;
mod doctor;
mod key;
mod logging;
mod options;
mod output;
mod push;
mod remote;
mod resource;
mod serve;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use options::StoreOptions;
use output::Failure;

/// The self-hosted push gateway for incoming calls on iOS.
#[derive(Debug, Parser)]
#[command(
    name = "zpns",
    version,
    after_help = "Examples:\n  zpns dev                          a gateway, an APNs simulator and an app, ready to use\n  zpns app create --name \"My app\"   set an app up\n  zpns serve --listen 0.0.0.0:8080  run the gateway\n  zpns doctor                       check the setup"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway.
    Serve(Box<serve::Serve>),
    /// Run a gateway, an APNs simulator and an app that is ready to use.
    Dev(dev::DevCommand),
    /// Apps: the gateway's tenants.
    #[command(subcommand)]
    App(app::AppCommand),
    /// APNs credentials of an app.
    #[command(subcommand)]
    Credential(credential::CredentialCommand),
    /// Resources: what a resourcesID stands for.
    #[command(subcommand)]
    Resource(resource::ResourceCommand),
    /// API keys for an app's server.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// User tokens, for testing.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Send a push through a running gateway, and see what became of it.
    #[command(subcommand)]
    Push(push::PushCommand),
    /// Invite to a call through a running gateway, and look at it.
    #[command(subcommand)]
    Call(call::CallCommand),
    /// Registered devices.
    #[command(subcommand)]
    Device(device::DeviceCommand),
    /// Check database, keys, credentials, endpoints and clock.
    Doctor(Box<doctor::Doctor>),
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return output::report(&Failure::failed(format!(
                "the runtime could not be started ({error})"
            )));
        }
    };
    match runtime.block_on(run(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output::report(&failure),
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(command) => command.run().await,
        Command::Dev(command) => command.run().await,
        Command::App(command) => command.run().await,
        Command::Credential(command) => command.run().await,
        Command::Resource(command) => command.run().await,
        Command::Key(command) => command.run().await,
        Command::Token(command) => command.run().await,
        Command::Push(command) => command.run().await,
        Command::Call(command) => command.run().await,
        Command::Device(command) => command.run().await,
        Command::Doctor(command) => command.run().await,
    }
}
