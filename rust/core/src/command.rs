//! What JavaScript may ask for: the methods of `invoke`, as one table, and how their parameters are read.

use serde::de::DeserializeOwned;
use uuid::Uuid;
use zpns_protocol::parse_uuid;

use crate::error::Error;

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
        Self::ALL.iter().copied().find(|method| method.name() == name)
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
    let params = params.trim();
    let text = if params.is_empty() { "{}" } else { params };
    // serde would take an array for a struct.
    if !text.starts_with('{') {
        return Err(Error::invalid(format!("{}: the parameters must be a JSON object", method.name())));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let params = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        // "." is the parameters as a whole: what is missing there is named by the error itself.
        let field = if path == "." { String::new() } else { brief(path, 80) + ": " };
        Error::invalid(format!("{}: {field}{}", method.name(), brief(error.inner().to_string(), 200)))
    })?;
    json.end().map_err(|error| Error::invalid(format!("{}: {error}", method.name())))?;
    Ok(params)
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
        parse::<Params>(Method::ReportIncomingCall, params).unwrap_err().message
    }

    #[test]
    fn an_error_stays_short_whatever_the_app_gave() {
        let (long, deep) = ("x".repeat(1_000_000), "[".repeat(100) + &"]".repeat(100));
        for params in [format!(r#"{{"uuid":"u","update":"{long}"}}"#), format!(r#"{{"uuid":{deep}}}"#), format!(r#"{{"{long}":1}}"#)] {
            assert!(problem(&params).len() < 400, "{}", problem(&params));
        }
    }

    #[test]
    fn an_error_names_the_method_and_the_field_however_deep() {
        for (params, field) in [
            (r#"{"uuid":5}"#, "reportIncomingCall: uuid: "),
            (r#"{"uuid":"u","update":{"remoteHandle":{"type":2,"value":[]}}}"#, "reportIncomingCall: update.remoteHandle.value: "),
            ("{}", "reportIncomingCall: missing field `uuid`"),
            ("[]", "reportIncomingCall: the parameters must be a JSON object"),
            (r#"{"uuid":"u"} x"#, "reportIncomingCall: trailing characters"),
        ] {
            assert!(problem(params).starts_with(field), "{}", problem(params));
        }
    }
}
