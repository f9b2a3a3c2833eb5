//! The thread that talks to the simulator.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::runtime;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::control::Control;
use super::device::{Device, DeviceCommand};
use crate::host::timed_phone::TimedPhone;

/// A running connection of one phone. Dropping it switches the device off.
pub(in crate::host) struct SimulatorConnection {
    commands: UnboundedSender<DeviceCommand>,
    thread: Option<JoinHandle<()>>,
}

impl SimulatorConnection {
    /// Registers the phone and hands it its pushes from now on, as soon as the simulator can be reached.
    pub(in crate::host) fn start(phone: &Arc<TimedPhone>, url: String) -> Self {
        let (commands, received) = unbounded_channel();
        let phone = Arc::clone(phone);
        let thread = thread::Builder::new()
            .name("apns-simulator".to_owned())
            .spawn(move || {
                let runtime = runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(Device::new(&phone, Control::new(url)).run(received));
            })
            .unwrap();
        Self {
            commands,
            thread: Some(thread),
        }
    }

    /// Has something done at the simulator.
    pub(in crate::host) fn tell(&self, command: DeviceCommand) {
        // The thread ends by a panic only, which the panic hook reported.
        let _ = self.commands.send(command);
    }
}

impl Drop for SimulatorConnection {
    fn drop(&mut self) {
        self.tell(DeviceCommand::SwitchOff);
        if let Some(thread) = self.thread.take() {
            // As above.
            let _ = thread.join();
        }
    }
}
