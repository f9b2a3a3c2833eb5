//! What a world can be told, as JSON: `{"op": "answer", "phone": 0, "uuid": "…"}`.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;
use zpns_driver::{Handle, HttpFailure};
use zpns_phone::{Others, PhoneOptions, PushKind};

/// One command.
#[derive(Clone, Debug)]
pub enum Command {
    /// To the phone with this number.
    Phone(usize, PhoneCommand),
    /// To the world.
    World(WorldCommand),
}

impl Command {
    /// Reads a command. One that names a `phone` is for that phone.
    pub fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        let mut command: Value = serde_json::from_str(json)?;
        let phone = command
            .as_object_mut()
            .and_then(|fields| fields.remove("phone"));
        Ok(match phone {
            Some(phone) => Self::Phone(
                serde_json::from_value(phone)?,
                serde_json::from_value(command)?,
            ),
            None => Self::World(serde_json::from_value(command)?),
        })
    }
}

/// To the world: its phones, its clock, its gateway.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    tag = "op",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum WorldCommand {
    /// Switches a phone on: its number.
    NewPhone {
        /// What kind of phone.
        #[serde(default)]
        options: Box<PhoneOptions>,
        /// Where its requests go.
        #[serde(default)]
        network: NetworkRoute,
        /// Decides its tokens and numbers; the phone's own number if left out.
        seed: Option<u64>,
    },
    /// Sets the clock, which every phone and the gateway share, and does what is due.
    SetTime {
        /// Unix milliseconds.
        at: u64,
    },
    /// Moves the clock on; everything on the way happens at its time.
    Advance {
        /// Milliseconds.
        by: u64,
    },
    /// When something is due next.
    NextDue,
    /// Somebody acts on the gateway.
    Gateway(GatewayCommand),
}

/// On the gateway in memory.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    tag = "do",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum GatewayCommand {
    /// Its URL and the app that it knows.
    Describe,
    /// A request of the HTTP API: `{status, retryAfter, body}`.
    Request {
        /// As `POST`.
        method: String,
        /// As `/v1/calls`.
        path: String,
        /// Bearer token.
        #[serde(default)]
        token: String,
        /// JSON.
        #[serde(default)]
        body: Value,
        /// `Idempotency-Key`.
        idempotency_key: Option<String>,
    },
    /// A request in the name of a user, or of the app's server: the body of the answer. A refusal is an error.
    Act {
        /// The user; the app's server if left out.
        user: Option<String>,
        /// As `POST`.
        method: String,
        /// As `/v1/calls`.
        path: String,
        /// JSON.
        #[serde(default)]
        body: Value,
    },
    /// A user token as the app's backend mints it.
    UserToken {
        /// `sub`.
        user: String,
        /// `aud`; the gateway's app if left out.
        #[serde(rename = "appID")]
        app_id: Option<String>,
        /// Seconds from now until it expires; an hour if left out.
        lifetime: Option<i64>,
    },
    /// Sets up a resource.
    Resource {
        /// Its `resourcesID`.
        id: String,
        /// Its strategy.
        strategy: Value,
    },
    /// A call as it stands.
    Call {
        /// Its ID.
        #[serde(rename = "callID")]
        call_id: String,
    },
    /// Every device that is registered.
    Devices,
    /// What happens to a call in the words of its event: carried out as what its users do, refused where the gateway would not have it so.
    Change {
        /// The call.
        #[serde(rename = "callID")]
        call_id: String,
        /// What.
        change: Value,
    },
}

/// Where a phone's requests go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NetworkRoute {
    /// To the gateway in memory.
    #[default]
    Memory,
    /// To the host, which carries them to a real gateway.
    Outside,
}

/// To one phone.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "op", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PhoneCommand {
    /// The user opens the app.
    Launch,
    /// The app's process ends.
    Kill,
    /// The app comes to the foreground.
    Foreground,
    /// The app goes to the background.
    Background,
    /// The app is deleted and installed anew.
    Reinstall,
    /// JavaScript starts; messages for it carry this number.
    StartJs {
        /// Its number.
        context: u32,
    },
    /// JavaScript is gone.
    StopJs,
    /// JavaScript asks for something: number of the invocation.
    Invoke {
        /// Name.
        method: String,
        /// JSON object.
        params: String,
    },
    /// JavaScript listens to these events.
    Listen {
        /// Their type.
        kind: String,
    },
    /// It no longer does.
    Unlisten {
        /// Their type.
        kind: String,
    },
    /// A push arrives as if APNs had sent it.
    Push {
        /// Kind.
        kind: PushKind,
        /// Any text.
        payload: String,
    },
    /// Somebody calls the user of this phone through the gateway in memory; with `hold_push` the push is made and given back instead of
    /// delivered.
    Invite {
        /// Who.
        invitation: Box<Invitation>,
        /// Whether the push is given back.
        #[serde(default)]
        hold_push: bool,
    },
    /// The VoIP push that takes an invitation back on this phone, made and not delivered.
    CancelPush {
        /// Which call.
        invitation: Box<Invitation>,
    },
    /// The phone at this moment.
    State,
    /// Its tokens in hex, and the ID of its installation.
    Identity,
    /// Gives it tokens from outside.
    SetTokens {
        /// Hex.
        apns: Option<String>,
        /// Hex.
        voip: Option<String>,
    },
    /// The user answers.
    Answer {
        /// The call.
        uuid: Uuid,
        /// What becomes of other calls.
        #[serde(default)]
        others: Others,
    },
    /// The user declines or hangs up.
    End {
        /// The call.
        uuid: Uuid,
    },
    /// The user holds or resumes.
    SetHeld {
        /// The call.
        uuid: Uuid,
        /// On hold or not.
        on_hold: bool,
    },
    /// The user mutes or unmutes.
    SetMuted {
        /// The call.
        uuid: Uuid,
        /// Muted or not.
        muted: bool,
    },
    /// The user groups calls.
    SetGroup {
        /// The call.
        uuid: Uuid,
        /// With which; none to leave the group.
        with: Option<Uuid>,
    },
    /// The user types on the keypad.
    PlayDtmf {
        /// The call.
        uuid: Uuid,
        /// As `12#`.
        digits: String,
    },
    /// The user swaps the active call and the one on hold.
    Swap,
    /// The time for this call's actions is up.
    TimeOutActions {
        /// The call.
        uuid: Uuid,
    },
    /// The system loses all calls.
    ResetProvider,
    /// The user calls back from Recents.
    TapRecent {
        /// Its number.
        recent: u64,
    },
    /// The user opens a notification.
    TapNotification {
        /// Its number.
        notification: u64,
    },
    /// The user asks for a call outside the app.
    AskForCall {
        /// Whom.
        handle: Handle,
        /// Whether with video.
        #[serde(default)]
        video: bool,
    },
    /// A Focus silences calls, or not.
    SetDoNotDisturb {
        /// On or off.
        on: bool,
    },
    /// The user blocks a caller.
    Block {
        /// The handle.
        handle: String,
    },
    /// The first unlock.
    Unlock,
    /// Apple gives the app another token: `apns` or `voip`.
    RotateToken {
        /// Which.
        kind: TokenName,
    },
    /// Apple takes a token back.
    InvalidateToken {
        /// Which.
        kind: TokenName,
    },
    /// The next requests of this kind are answered so, whatever the gateway would say.
    ScriptAnswers {
        /// As `register`.
        name: String,
        /// One for each request.
        answers: Vec<ScriptedAnswer>,
    },
    /// What became of a request to a gateway that is outside.
    HttpAnswer {
        /// The process that asked.
        process: u64,
        /// The request.
        id: u64,
        /// The answer.
        answer: OutsideAnswer,
    },
    /// What came on a stream from a gateway that is outside.
    StreamItem {
        /// The process that opened it.
        process: u64,
        /// The stream.
        id: u64,
        /// What.
        item: OutsideItem,
    },
    /// The phone's host is connected to an APNs simulator, or lost it.
    Simulator {
        /// Why it is lost; none if it is connected.
        lost: Option<String>,
    },
}

/// Which push token.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TokenName {
    /// For alerts.
    Apns,
    /// For calls.
    Voip,
}

/// Somebody calls.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Invitation {
    /// The call.
    #[serde(rename = "callID")]
    pub call_id: String,
    /// Who calls.
    #[serde(default = "alice")]
    pub caller: String,
    /// Whose phone this is.
    #[serde(default = "bob")]
    pub user: String,
    /// Whom else.
    #[serde(default)]
    pub others: Vec<String>,
    /// Ring time in seconds.
    #[serde(default = "ring_time")]
    pub timeout: u32,
    /// Whether with video.
    #[serde(default)]
    pub video: bool,
    /// Passed along.
    #[serde(default)]
    pub extended_data: String,
    /// The resource of its push; `voip` if left out.
    #[serde(rename = "resourcesID")]
    pub resources_id: Option<String>,
}

fn alice() -> String {
    "alice".to_owned()
}

fn bob() -> String {
    "bob".to_owned()
}

const fn ring_time() -> u32 {
    45
}

/// How a request is answered in place of the gateway.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScriptedAnswer {
    /// HTTP status; 0 for a connection that breaks. With 200 and no body the gateway answers as usual.
    pub status: u16,
    /// JSON.
    pub body: Option<Value>,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u64>,
}

/// What became of a request outside.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum OutsideAnswer {
    /// An answer came.
    Answer {
        /// HTTP status.
        status: u16,
        /// `Retry-After` in seconds.
        retry_after: Option<u64>,
        /// Text.
        body: String,
    },
    /// None did.
    Failure {
        /// Why.
        failure: FailureName,
    },
}

/// What came on a stream outside: `{"text": "data: …"}`, `"open"` or `{"closed": {"status": 503}}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OutsideItem {
    /// Bytes of an open `text/event-stream` as UTF-8 text, however it was cut.
    Text(String),
    /// It is open.
    Open,
    /// It is over.
    Closed {
        /// HTTP status, if it was refused.
        status: Option<u16>,
        /// Why, if it broke.
        failure: Option<FailureName>,
    },
}

/// Why no answer came.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FailureName {
    /// No connection.
    Unreachable,
    /// It took too long.
    TimedOut,
    /// The connection broke.
    Broken,
}

impl From<FailureName> for HttpFailure {
    fn from(name: FailureName) -> Self {
        match name {
            FailureName::Unreachable => Self::Unreachable,
            FailureName::TimedOut => Self::TimedOut,
            FailureName::Broken => Self::Broken,
        }
    }
}
