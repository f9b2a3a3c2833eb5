//! What JavaScript may ask for: the methods of `invoke`, as one table, and how their parameters are read.

use serde::de::DeserializeOwned;
use uuid::Uuid;
use zpns_protocol::parse_uuid;

use crate::error::Error;
use crate::json_path::path_of;

macro_rules! methods {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// A method of `invoke`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Method {
            $($(#[$doc])* $variant,)*
        }

        impl Method {
            /// All methods.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

methods! {
    /// Which gateway, which app, who the user is.
    Configure = "configure";
    /// What `getUserToken` brought: a fresh user token, none, or that it failed.
    SetUserToken = "setUserToken";
    /// This library's version.
    GetVersion = "getVersion";
    /// Development (`true`) or production (`false`).
    EnableDebug = "enableDebug";
    /// Kept for compatibility: vendor settings of other platforms.
    SetPushConfig = "setPushConfig";
    /// Ask the user for permission to notify.
    ApplyNotificationPermission = "applyNotificationPermission";
    /// Get tokens and a pushID.
    RegisterPush = "registerPush";
    /// A native app brings its own VoIP token.
    SetVoipToken = "setVoipToken";
    /// Give them up.
    UnregisterPush = "unregisterPush";
    /// Show a notification.
    AddLocalNotification = "addLocalNotification";
    /// Tell the gateway what the badge shows.
    SetServerBadge = "setServerBadge";
    /// Set the badge.
    SetLocalBadge = "setLocalBadge";
    /// A background notification was handled.
    CompleteThroughMessage = "completeThroughMessage";
    /// Tokens, environment, pushID.
    GetRegistration = "getRegistration";
    /// Everything that helps to find out why a phone does not ring.
    Diagnose = "diagnose";
    /// An event came when JavaScript no longer listened to its type: it waits again. For this package's own use.
    ReturnEvent = "returnEvent";
    /// Configure CallKit's provider.
    SetInitConfiguration = "setInitConfiguration";
    /// Use CallKit or not, from now on.
    SetCallKitEnabled = "setCallKitEnabled";
    /// Report an incoming call.
    ReportIncomingCall = "reportIncomingCall";
    /// An outgoing call is connected.
    ReportOutgoingCall = "reportOutgoingCall";
    /// An outgoing call began to connect.
    ReportOutgoingCallStarted = "reportOutgoingCallStarted";
    /// Something about a call changed.
    ReportCallUpdate = "reportCallUpdate";
    /// A call is over.
    ReportCallEnded = "reportCallEnded";
    /// Fulfil or fail an action.
    CompleteAction = "completeAction";
    /// Start a call.
    StartCall = "startCall";
    /// Answer a call from the app's own screen.
    AnswerCall = "answerCall";
    /// Hang up from the app's own screen.
    EndCall = "endCall";
    /// Mute.
    SetMuted = "setMuted";
    /// Hold.
    SetHeld = "setHeld";
    /// Group a call with another, or take it out of its group.
    SetGroup = "setGroup";
    /// Play tones.
    PlayDtmf = "playDTMF";
    /// The calls there are.
    GetCalls = "getCalls";
    /// The UUID of a call ID.
    CallUuid = "callUUID";
    /// Invite users to a call.
    CallInvite = "callInvite";
    /// Take an invitation back.
    CallCancel = "callCancel";
    /// Accept an invitation.
    CallAccept = "callAccept";
    /// Decline an invitation.
    CallReject = "callReject";
    /// End an accepted call.
    CallEnd = "callEnd";
    /// Ask the gateway how a call stands.
    QueryCallInvitation = "queryCallInvitation";
}

impl Method {
    /// The method with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|method| method.name() == name)
    }

    /// Whether it is of no use without the gateway, where there is one.
    pub(crate) const fn is_for_gateway(self) -> bool {
        matches!(
            self,
            Self::RegisterPush
                | Self::UnregisterPush
                | Self::SetServerBadge
                | Self::CallInvite
                | Self::CallAccept
                | Self::CallReject
                | Self::CallCancel
                | Self::CallEnd
                | Self::QueryCallInvitation
        )
    }
}

/// Reads a method's parameters; the error names the method and the field.
pub(crate) fn parse<T: DeserializeOwned>(method: Method, params: &str) -> Result<T, Error> {
    let text = object_in(method, params)?;
    serde_json::from_slice(text.as_bytes()).map_err(|error| unusable(method, text, &error))
}

/// The parameters, if they can be an object: serde would take an array for a struct.
fn object_in(method: Method, params: &str) -> Result<&str, Error> {
    match params.trim() {
        "" => Ok("{}"),
        text if text.starts_with('{') => Ok(text),
        _ => Err(Error::invalid(format!(
            "{}: the parameters must be a JSON object",
            method.name()
        ))),
    }
}

fn unusable(method: Method, text: &str, error: &serde_json::Error) -> Error {
    let path = path_of(text, error);
    // Without a path it is the parameters as a whole: what is missing there is named by the error itself.
    let field = if path.is_empty() {
        path
    } else {
        brief(path, 80) + ": "
    };
    let words = brief(in_words(error), 200);
    Error::invalid(format!("{}: {field}{words}", method.name()))
}

/// What serde says, for readers of JavaScript: without the names of Rust's types, and without a place in JSON that the caller never saw.
fn in_words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if !error.is_data() {
        return text;
    }
    let text = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(text, _)| text);
    let Some((before, expected)) = text.rsplit_once("expected ") else {
        return text.to_owned();
    };
    let expected = match expected {
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "f64" => "a number",
        _ if expected.starts_with("struct ") => "an object",
        _ => expected,
    };
    format!("{before}expected {expected}")
}

/// As much of a text as an error should carry: keys and values of the app may be of any length.
pub(crate) fn brief(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// A call UUID from JavaScript, in any case.
pub(crate) fn uuid_param(method: Method, text: &str) -> Result<Uuid, Error> {
    parse_uuid(text).ok_or_else(|| {
        Error::invalid(format!(
            "{}: uuid must be a UUID of the form 8-4-4-4-12 hex digits; for a call ID use CallKit.callUUID(callID) first",
            method.name()
        ))
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::effect::CallUpdate;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Params {
        uuid: String,
        update: Option<CallUpdate>,
    }

    fn problem(params: &str) -> String {
        parse::<Params>(Method::ReportIncomingCall, params)
            .unwrap_err()
            .message
    }

    #[test]
    fn an_error_stays_short_whatever_the_app_gave() {
        let (long, deep) = ("x".repeat(1_000_000), "[".repeat(100) + &"]".repeat(100));
        for params in [
            format!(r#"{{"uuid":"u","update":"{long}"}}"#),
            format!(r#"{{"uuid":{deep}}}"#),
            format!(r#"{{"{long}":1}}"#),
        ] {
            assert!(problem(&params).len() < 400, "{}", problem(&params));
        }
    }

    #[test]
    fn errors_speak_of_numbers_and_objects_and_not_of_rusts_types() {
        #[derive(Debug, Deserialize)]
        #[expect(dead_code, reason = "only its errors are of interest")]
        struct Config {
            timeout: Option<u32>,
            badge: Option<i64>,
        }
        #[derive(Debug, Deserialize)]
        #[expect(dead_code, reason = "only its errors are of interest")]
        struct Params {
            config: Config,
        }
        let error = |params: &str| {
            parse::<Params>(Method::CallInvite, params)
                .unwrap_err()
                .message
        };
        for (params, expected) in [
            (
                r#"{"config":{"timeout":-1}}"#,
                "config.timeout: invalid value: integer `-1`, expected a whole number, 0 or more",
            ),
            (
                r#"{"config":{"timeout":1.5}}"#,
                "config.timeout: invalid type: floating point `1.5`, expected a whole number, 0 or more",
            ),
            (
                r#"{"config":{"badge":true}}"#,
                "config.badge: invalid type: boolean `true`, expected a whole number",
            ),
            (
                r#"{"config":7}"#,
                "config: invalid type: integer `7`, expected an object",
            ),
            ("{}", "missing field `config`"),
        ] {
            assert_eq!(error(params), format!("callInvite: {expected}"));
        }
    }

    #[test]
    fn an_error_names_the_method_and_the_field_however_deep() {
        for (params, field) in [
            (r#"{"uuid":5}"#, "reportIncomingCall: uuid: "),
            (
                r#"{"uuid":"u","update":{"remoteHandle":{"type":2,"value":[]}}}"#,
                "reportIncomingCall: update.remoteHandle.value: ",
            ),
            ("{}", "reportIncomingCall: missing field `uuid`"),
            (
                "[]",
                "reportIncomingCall: the parameters must be a JSON object",
            ),
            (
                r#"{"uuid":"u"} x"#,
                "reportIncomingCall: trailing characters",
            ),
        ] {
            assert!(problem(params).starts_with(field), "{}", problem(params));
        }
    }
}
