//! The class.
#![expect(
    clippy::needless_pass_by_value,
    reason = "Node-API hands over values, not references"
)]

use std::sync::{Arc, Mutex, PoisonError};

use napi::bindgen_prelude::{Function, Status};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use zpns_phone::{Others, PhoneError, PhoneOptions, PushKind, TokenKind, VirtualPhone};

use crate::message::Message;

/// Hears messages on Node's thread. Weak, and never waited for.
type Listener = ThreadsafeFunction<String, (), String, Status, false, true>;

/// A virtual iPhone. Methods that fail throw an `Error` whose message says what to do.
#[napi]
pub struct NativePhone {
    phone: Mutex<Option<Arc<VirtualPhone>>>,
    listener: Arc<Listener>,
}

#[napi]
impl NativePhone {
    /// Switches a phone on. `options` is the JSON of `PhoneOptions`; `listener` hears every message, as JSON.
    #[napi(constructor, catch_unwind)]
    pub fn new(options: String, listener: Function<'_, String, ()>) -> napi::Result<Self> {
        let listener = Arc::new(
            listener
                .build_threadsafe_function::<String>()
                .weak::<true>()
                .build()?,
        );
        let phone = VirtualPhone::new(PhoneOptions::from_json(&options).map_err(thrown)?)
            .map_err(thrown)?;
        let observer = Arc::clone(&listener);
        phone.timeline().observe(Box::new(move |entry| {
            say(&observer, &Message::Entry(entry))
        }));
        Ok(Self {
            phone: Mutex::new(Some(Arc::new(phone))),
            listener,
        })
    }

    /// The user opens the app.
    #[napi(catch_unwind)]
    pub fn launch(&self) -> napi::Result<()> {
        self.phone()?.launch().map_err(thrown)
    }

    /// The app's process ends at once.
    #[napi(catch_unwind)]
    pub fn kill(&self) -> napi::Result<()> {
        self.phone()?.kill().map_err(thrown)
    }

    /// The app comes to the foreground.
    #[napi(catch_unwind)]
    pub fn foreground(&self) -> napi::Result<()> {
        self.phone()?.foreground().map_err(thrown)
    }

    /// The app goes to the background.
    #[napi(catch_unwind)]
    pub fn background(&self) -> napi::Result<()> {
        self.phone()?.background().map_err(thrown)
    }

    /// The app's JavaScript starts. Messages for it carry this number.
    #[napi(catch_unwind)]
    pub fn start_js(&self, context: u32) -> napi::Result<()> {
        let listener = Arc::clone(&self.listener);
        let sink = Arc::new(move |message| say(&listener, &Message::to_js(context, message)));
        self.phone()?.start_js(sink).map_err(thrown)
    }

    /// The app's JavaScript is gone.
    #[napi(catch_unwind)]
    pub fn stop_js(&self) -> napi::Result<()> {
        self.phone()?.stop_js();
        Ok(())
    }

    /// JavaScript asks for something: number of the invocation, which its answer carries.
    #[napi(catch_unwind)]
    pub fn invoke(&self, method: String, params: String) -> napi::Result<f64> {
        number(self.phone()?.invoke(&method, &params).map_err(thrown)?)
    }

    /// JavaScript listens to events of this type.
    #[napi(catch_unwind)]
    pub fn listen(&self, kind: String) -> napi::Result<()> {
        self.phone()?.listen(&kind).map_err(thrown)
    }

    /// It no longer does.
    #[napi(catch_unwind)]
    pub fn unlisten(&self, kind: String) -> napi::Result<()> {
        self.phone()?.unlisten(&kind).map_err(thrown)
    }

    /// A push arrives. `kind` is `voip`, `alert` or `background`; `payload` any text.
    #[napi(catch_unwind)]
    pub fn deliver_push(&self, kind: String, payload: String) -> napi::Result<()> {
        self.phone()?
            .deliver_push(named::<PushKind>("push", &kind)?, payload);
        Ok(())
    }

    /// The phone at this moment, as JSON.
    #[napi(catch_unwind)]
    pub fn snapshot(&self) -> napi::Result<String> {
        serde_json::to_string(&self.phone()?.snapshot())
            .map_err(|error| napi::Error::from_reason(error.to_string()))
    }

    /// The tokens of this installation, as JSON: hex or null.
    #[napi(catch_unwind)]
    pub fn tokens(&self) -> napi::Result<String> {
        let tokens = self.phone()?.tokens();
        Ok(json!({ "apns": tokens.apns.as_deref().map(hex), "voip": tokens.voip.as_deref().map(hex) }).to_string())
    }

    /// The user answers. `others` is `hold` or `end`: what becomes of the calls that they are in.
    #[napi(catch_unwind)]
    pub fn answer(&self, uuid: String, others: String) -> napi::Result<()> {
        self.phone()?
            .answer_and(
                call(&uuid)?,
                named::<Others>("choice for other calls", &others)?,
            )
            .map_err(thrown)
    }

    /// The user declines or hangs up.
    #[napi(catch_unwind)]
    pub fn end(&self, uuid: String) -> napi::Result<()> {
        self.phone()?.end(call(&uuid)?).map_err(thrown)
    }

    /// The user puts a call on hold or resumes it.
    #[napi(catch_unwind)]
    pub fn set_held(&self, uuid: String, on_hold: bool) -> napi::Result<()> {
        self.phone()?
            .set_held(call(&uuid)?, on_hold)
            .map_err(thrown)
    }

    /// The user mutes a call or not.
    #[napi(catch_unwind)]
    pub fn set_muted(&self, uuid: String, muted: bool) -> napi::Result<()> {
        self.phone()?.set_muted(call(&uuid)?, muted).map_err(thrown)
    }

    /// The user merges a call with another, or takes it out of its group.
    #[napi(catch_unwind)]
    pub fn set_group(&self, uuid: String, with: Option<String>) -> napi::Result<()> {
        let with = with.as_deref().map(call).transpose()?;
        self.phone()?.set_group(call(&uuid)?, with).map_err(thrown)
    }

    /// The user types on the keypad.
    #[napi(catch_unwind, js_name = "playDTMF")]
    pub fn play_dtmf(&self, uuid: String, digits: String) -> napi::Result<()> {
        self.phone()?
            .play_dtmf(call(&uuid)?, &digits)
            .map_err(thrown)
    }

    /// The user swaps the active call and the one on hold.
    #[napi(catch_unwind)]
    pub fn swap(&self) -> napi::Result<()> {
        self.phone()?.swap();
        Ok(())
    }

    /// The time for everything that the app still has to do with this call is up.
    #[napi(catch_unwind)]
    pub fn time_out_actions(&self, uuid: String) -> napi::Result<()> {
        self.phone()?.time_out_actions(call(&uuid)?);
        Ok(())
    }

    /// The user calls back from Recents.
    #[napi(catch_unwind)]
    pub fn tap_recent(&self, recent: u32) -> napi::Result<()> {
        self.phone()?.tap_recent(recent.into()).map_err(thrown)
    }

    /// The user opens a notification.
    #[napi(catch_unwind)]
    pub fn tap_notification(&self, notification: u32) -> napi::Result<()> {
        self.phone()?
            .tap_notification(notification.into())
            .map_err(thrown)
    }

    /// The connection to the call service is lost.
    #[napi(catch_unwind)]
    pub fn reset_provider(&self) -> napi::Result<()> {
        self.phone()?.reset_provider();
        Ok(())
    }

    /// A Focus silences calls, or not.
    #[napi(catch_unwind)]
    pub fn set_do_not_disturb(&self, on: bool) -> napi::Result<()> {
        self.phone()?.set_do_not_disturb(on);
        Ok(())
    }

    /// The user blocks a caller.
    #[napi(catch_unwind)]
    pub fn block(&self, handle: String) -> napi::Result<()> {
        self.phone()?.block(&handle);
        Ok(())
    }

    /// The phone is unlocked for the first time.
    #[napi(catch_unwind)]
    pub fn unlock(&self) -> napi::Result<()> {
        self.phone()?.unlock();
        Ok(())
    }

    /// Apple gives the app another token. `kind` is `voip` or `apns`.
    #[napi(catch_unwind)]
    pub fn rotate_token(&self, kind: String) -> napi::Result<()> {
        self.phone()?.rotate_token(token_kind(&kind)?);
        Ok(())
    }

    /// Apple says that the token is no longer good. `kind` is `voip` or `apns`.
    #[napi(catch_unwind)]
    pub fn invalidate_token(&self, kind: String) -> napi::Result<()> {
        self.phone()?.invalidate_token(token_kind(&kind)?);
        Ok(())
    }

    /// The app is deleted and installed anew.
    #[napi(catch_unwind)]
    pub fn reinstall(&self) -> napi::Result<()> {
        self.phone()?.reinstall();
        Ok(())
    }

    /// Moves a manual clock on.
    #[napi(catch_unwind)]
    pub fn advance(&self, milliseconds: u32) -> napi::Result<()> {
        self.phone()?.advance(milliseconds.into()).map_err(thrown)
    }

    /// Waits until everything that is due has happened; then says this number after everything that there was to say.
    #[napi(catch_unwind)]
    pub fn settle(&self, marker: u32) -> napi::Result<()> {
        self.phone()?.settle().map_err(thrown)?;
        say(&self.listener, &Message::Settled(marker));
        Ok(())
    }

    /// Switches the phone off. Further calls throw.
    #[napi(catch_unwind)]
    pub fn switch_off(&self) {
        let phone = self
            .phone
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(phone);
    }
}

impl NativePhone {
    fn phone(&self) -> napi::Result<Arc<VirtualPhone>> {
        let phone = self.phone.lock().unwrap_or_else(PoisonError::into_inner);
        phone.clone().ok_or_else(|| thrown(PhoneError::Off))
    }
}

fn say(listener: &Listener, message: &Message<'_>) {
    // Refused only when Node is about to end.
    let _ = listener.call(message.json(), ThreadsafeFunctionCallMode::NonBlocking);
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn thrown(error: PhoneError) -> napi::Error {
    napi::Error::from_reason(error.to_string())
}

fn call(uuid: &str) -> napi::Result<uuid::Uuid> {
    uuid::Uuid::parse_str(uuid)
        .map_err(|_| thrown(PhoneError::Argument(format!("{uuid:?} is no UUID"))))
}

/// The value of an enum that has this name in JSON.
fn named<T: DeserializeOwned>(what: &str, name: &str) -> napi::Result<T> {
    serde_json::from_value(Value::String(name.to_owned()))
        .map_err(|error| thrown(PhoneError::Argument(format!("no such {what}: {error}"))))
}

fn token_kind(name: &str) -> napi::Result<TokenKind> {
    match name {
        "voip" => Ok(TokenKind::Voip),
        "apns" => Ok(TokenKind::Apns),
        _ => Err(thrown(PhoneError::Argument(format!(
            "no such token: {name:?}, use \"voip\" or \"apns\""
        )))),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(
        String::with_capacity(bytes.len().saturating_mul(2)),
        |text, byte| format!("{text}{byte:02x}"),
    )
}

/// JavaScript's numbers are exact up to 2^53.
fn number(value: u64) -> napi::Result<f64> {
    u32::try_from(value)
        .map(f64::from)
        .map_err(|_| thrown(PhoneError::Argument("too many invocations".to_owned())))
}
