//! The binary `zpns`: see `zpns --help`.

fn main() -> std::process::ExitCode {
    zpns_gateway::cli::main()
}
