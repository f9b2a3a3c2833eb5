//! How a phone is set up and what surrounds it.

use zpns_phone::PhoneOptions;

/// How to set up a [`crate::HostedPhone`].
#[derive(Clone, Debug, Default)]
pub struct HostOptions {
    /// The phone. With a simulator its tokens come from there, whatever this says of them.
    pub phone: PhoneOptions,
    /// Control URL of an APNs simulator. Without one, the phone makes its tokens up and pushes come from
    /// [`VirtualPhone::deliver_push`](zpns_phone::VirtualPhone::deliver_push) only.
    pub simulator_url: Option<String>,
    /// Unix milliseconds to start a clock at that only moves by [`crate::HostedPhone::advance`]. The system's clock if left out.
    pub manual_clock: Option<u64>,
}

impl From<PhoneOptions> for HostOptions {
    /// This phone on the system's clock, without a simulator.
    fn from(phone: PhoneOptions) -> Self {
        Self {
            phone,
            ..Self::default()
        }
    }
}
