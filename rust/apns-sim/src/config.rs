use std::time::Duration;

/// How a simulator is set up. `Default` suits tests: free ports, Apple's numbers.
#[derive(Clone, Debug)]
pub struct SimulatorConfig {
    /// Port of the development environment; 0 takes a free one.
    pub development_port: u16,
    /// Port of the production environment; 0 takes a free one.
    pub production_port: u16,
    /// Port of the control API; 0 takes a free one.
    pub control_port: u16,
    /// How many streams a connection may have at once, after its provider proved itself.
    pub stream_limit: u32,
    /// How old a provider token may be. Apple: one hour.
    pub provider_token_lifetime: Duration,
    /// How often one connection may change its provider token within `token_update_window`.
    pub token_updates: usize,
    /// Apple: 20 minutes.
    pub token_update_window: Duration,
    /// How many requests the log keeps.
    pub log_capacity: usize,
}

impl Default for SimulatorConfig {
    fn default() -> Self {
        Self {
            development_port: 0,
            production_port: 0,
            control_port: 0,
            stream_limit: 1000,
            provider_token_lifetime: Duration::from_hours(1),
            token_updates: 2,
            token_update_window: Duration::from_mins(20),
            log_capacity: 10_000,
        }
    }
}
