//! The phone's connection to an APNs simulator: its installation is a device there, and its pushes come as server-sent events.

mod connection;
mod control;
mod device;

pub(super) use self::connection::SimulatorConnection;
pub(super) use self::device::DeviceCommand;
