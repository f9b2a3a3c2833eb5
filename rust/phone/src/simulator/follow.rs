//! Keeps the installation registered and its pushes coming, whatever happens to the simulator.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Response;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;
use zpns_client::core::TokenKind;

use super::control::{Control, failed};
use super::server_events::Reader;
use crate::device::{Job, Phone, Tokens};
use crate::error::PhoneError;
use crate::happening::{Happening, PushKind};
use crate::tokens;

/// First pause after a failure; doubled with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long switching off may take.
const FAREWELL: Duration = Duration::from_millis(500);

/// Something to do at the simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// A new token instead of this one.
    Rotate(TokenKind),
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

/// The device at the simulator.
struct Line<'a> {
    phone: &'a Arc<Phone>,
    control: Control,
    device: Option<String>,
    /// Number of the last push, so that none is lost between two connections.
    last: String,
}

/// Before the first push.
const NO_PUSH: &str = "0";

/// Runs until it is told to switch off.
pub(crate) async fn follow(phone: Arc<Phone>, url: String, mut orders: UnboundedReceiver<Order>) {
    let control = match Control::new(&url) {
        Ok(control) => control,
        Err(error) => return lost(&phone, &error),
    };
    let mut line = Line {
        phone: &phone,
        control,
        device: None,
        last: NO_PUSH.to_owned(),
    };
    loop {
        let order = tokio::select! {
            biased;
            order = orders.recv() => order.unwrap_or(Order::SwitchOff),
            never = line.listen() => match never {},
        };
        let outcome = match order {
            Order::SwitchOff => {
                // Best effort: a simulator that is gone has forgotten the device anyway.
                let _ = tokio::time::timeout(FAREWELL, line.unregister()).await;
                return;
            }
            Order::Rotate(kind) => line.rotate(kind).await,
            Order::Reinstall => line.unregister().await,
        };
        if let Err(error) = outcome {
            lost(&phone, &error);
        }
    }
}

impl Line<'_> {
    /// Listens, for as long as it is let.
    async fn listen(&mut self) -> Infallible {
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match self.open().await {
                Ok(Some(response)) => {
                    pause = FIRST_PAUSE;
                    self.phone
                        .with(|device| device.record(Happening::SimulatorConnected));
                    self.read(response).await
                }
                Ok(None) => {
                    self.device = None;
                    PhoneError::Simulator("it does not know this phone (any more)".to_owned())
                }
                Err(error) => error,
            };
            lost(self.phone, &error);
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    async fn open(&mut self) -> Result<Option<Response>, PhoneError> {
        let device = match &self.device {
            Some(device) => device.clone(),
            None => self.register().await?,
        };
        self.control.pushes(&device, &self.last).await
    }

    async fn register(&mut self) -> Result<String, PhoneError> {
        let options = &self.phone.options;
        let (id, tokens) = self
            .control
            .register(&options.bundle_id, options.signing.environment())
            .await?;
        self.device = Some(id.clone());
        NO_PUSH.clone_into(&mut self.last);
        self.phone.with(|device| {
            device.tokens = tokens;
            for kind in [TokenKind::Apns, TokenKind::Voip] {
                tokens::issue(self.phone, device, kind);
            }
        });
        Ok(id)
    }

    async fn read(&mut self, mut response: Response) -> PhoneError {
        let mut reader = Reader::default();
        loop {
            let piece = match response.chunk().await {
                Ok(Some(piece)) => piece,
                Ok(None) => {
                    return PhoneError::Simulator("it closed the stream of pushes".to_owned());
                }
                Err(error) => return failed(&error),
            };
            for event in reader.feed(&piece) {
                if let Some(id) = event.id {
                    self.last = id;
                }
                // What is no push is a keep-alive.
                if let Ok(Push { kind, payload }) = serde_json::from_str(&event.data) {
                    self.phone.enqueue(Job::Push {
                        kind,
                        payload: payload.to_string().into_bytes(),
                    });
                }
            }
        }
    }

    async fn rotate(&self, kind: TokenKind) -> Result<(), PhoneError> {
        let Some(id) = &self.device else {
            return Ok(());
        };
        let token = self.control.rotate(id, kind).await?;
        self.phone.with(|device| {
            device.tokens.set(kind, token);
            tokens::issue(self.phone, device, kind);
        });
        Ok(())
    }

    async fn unregister(&mut self) -> Result<(), PhoneError> {
        let Some(id) = self.device.take() else {
            return Ok(());
        };
        NO_PUSH.clone_into(&mut self.last);
        self.phone.with(|device| device.tokens = Tokens::default());
        self.control.unregister(&id).await
    }
}

fn lost(phone: &Phone, error: &PhoneError) {
    phone.with(|device| {
        device.record(Happening::SimulatorLost {
            message: error.to_string(),
        })
    });
}
