//! Runs the APNs simulator until it is interrupted, and prints one line of JSON that says where it listens and whom to trust.
#![forbid(unsafe_code)]

use std::io::Write;

use clap::Parser;
use zpns_apns_sim::{Simulator, SimulatorConfig};

/// APNs to develop, test and benchmark against.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Port of the development environment; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    development_port: u16,
    /// Port of the production environment; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    production_port: u16,
    /// Port of the control API; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    control_port: u16,
    /// Streams that a connection may have at once.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    stream_limit: u32,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let simulator = Simulator::start(SimulatorConfig {
        development_port: arguments.development_port,
        production_port: arguments.production_port,
        control_port: arguments.control_port,
        stream_limit: arguments.stream_limit,
        ..SimulatorConfig::default()
    })
    .await?;
    let about = serde_json::json!({
        "development": simulator.development(),
        "production": simulator.production(),
        "control": simulator.control(),
        "caPem": simulator.ca_pem(),
    });
    writeln!(std::io::stdout(), "{about}")?;
    tokio::signal::ctrl_c().await?;
    simulator.shutdown().await;
    Ok(())
}
