//! Keeps the installation registered and its pushes coming, whatever happens to the simulator.

use std::convert::Infallible;
use std::time::Duration;

use reqwest::Response;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;
use zpns_client::TokenKind;
use zpns_client::server_events::EventReader;
use zpns_phone::{PushKind, TimelineEvent, Tokens};

use super::control::{Control, SimulatorError};
use crate::host::timed_phone::TimedPhone;

/// First pause after a failure; doubled with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long switching off may take.
const SWITCH_OFF_WITHIN: Duration = Duration::from_millis(500);
/// Far more than a push can have.
const EVENT_LIMIT: usize = 64 * 1024;
/// Before the first push.
const NO_PUSH: &str = "0";

/// Something to do at the simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::host) enum DeviceCommand {
    /// A new token instead of this one.
    RotateToken(TokenKind),
    /// A new installation: other tokens, the old ones are no longer registered.
    Reinstall,
    /// The end.
    SwitchOff,
}

#[derive(Deserialize)]
struct Push {
    kind: PushKind,
    payload: Value,
}

/// The installation on this phone, as a device of the simulator.
pub(super) struct Device<'a> {
    phone: &'a TimedPhone,
    control: Control,
    id: Option<String>,
    /// Number of the last push, so that none is lost between two connections.
    last_push: String,
}

impl<'a> Device<'a> {
    pub(super) fn new(phone: &'a TimedPhone, control: Control) -> Self {
        Self {
            phone,
            control,
            id: None,
            last_push: NO_PUSH.to_owned(),
        }
    }

    /// Runs until it is told to switch off.
    pub(super) async fn run(mut self, mut commands: UnboundedReceiver<DeviceCommand>) {
        loop {
            let command = tokio::select! {
                biased;
                command = commands.recv() => command.unwrap_or(DeviceCommand::SwitchOff),
                never = self.listen() => match never {},
            };
            let outcome = match command {
                DeviceCommand::SwitchOff => {
                    // Best effort: a simulator that can't be reached has forgotten the device anyway.
                    let _ = tokio::time::timeout(SWITCH_OFF_WITHIN, self.unregister()).await;
                    return;
                }
                DeviceCommand::RotateToken(kind) => self.rotate_token(kind).await,
                DeviceCommand::Reinstall => self.unregister().await,
            };
            if let Err(error) = outcome {
                self.record_lost(&error);
            }
        }
    }

    /// Listens, for as long as it is let.
    async fn listen(&mut self) -> Infallible {
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match self.open_pushes().await {
                Ok(Some(response)) => {
                    pause = FIRST_PAUSE;
                    self.phone.record(TimelineEvent::SimulatorConnected);
                    self.read_pushes(response).await
                }
                Ok(None) => {
                    self.id = None;
                    SimulatorError::new("it does not know this phone (any more)")
                }
                Err(error) => error,
            };
            self.record_lost(&error);
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    async fn open_pushes(&mut self) -> Result<Option<Response>, SimulatorError> {
        let id = match &self.id {
            Some(id) => id.clone(),
            None => self.register().await?,
        };
        self.control.pushes(&id, &self.last_push).await
    }

    async fn register(&mut self) -> Result<String, SimulatorError> {
        let options = self.phone.options();
        let (id, tokens) = self
            .control
            .register(&options.bundle_id, options.signing.environment())
            .await?;
        self.id = Some(id.clone());
        NO_PUSH.clone_into(&mut self.last_push);
        self.phone.set_tokens(&tokens);
        Ok(id)
    }

    /// Hands pushes to the phone until the stream ends: why it did.
    async fn read_pushes(&mut self, mut response: Response) -> SimulatorError {
        let mut reader = EventReader::new(EVENT_LIMIT);
        loop {
            let bytes = match response.chunk().await {
                Ok(Some(bytes)) => bytes,
                Ok(None) => return SimulatorError::new("it closed the stream of pushes"),
                Err(error) => return SimulatorError::from(&error),
            };
            let events = match reader.read(&bytes) {
                Ok(events) => events,
                Err(error) => return SimulatorError::new(&error.to_string()),
            };
            for event in events {
                if let Some(id) = event.id {
                    self.last_push = id;
                }
                // What is no push is a keep-alive.
                if let Ok(Push { kind, payload }) = serde_json::from_str(&event.data) {
                    self.phone.deliver_push(kind, payload.to_string());
                }
            }
        }
    }

    async fn rotate_token(&self, kind: TokenKind) -> Result<(), SimulatorError> {
        let Some(id) = &self.id else {
            return Ok(());
        };
        let token = Some(self.control.rotate_token(id, kind).await?);
        let mut tokens = self.phone.tokens();
        match kind {
            TokenKind::Apns => tokens.apns = token,
            TokenKind::Voip => tokens.voip = token,
        }
        self.phone.set_tokens(&tokens);
        Ok(())
    }

    async fn unregister(&mut self) -> Result<(), SimulatorError> {
        let Some(id) = self.id.take() else {
            return Ok(());
        };
        NO_PUSH.clone_into(&mut self.last_push);
        self.phone.set_tokens(&Tokens::default());
        self.control.unregister(&id).await
    }

    fn record_lost(&self, error: &SimulatorError) {
        self.phone.record(TimelineEvent::SimulatorLost {
            message: error.to_string(),
        });
    }
}
