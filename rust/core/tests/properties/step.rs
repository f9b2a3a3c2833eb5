//! What can happen to a phone, as data that proptest can choose, shrink and print.

use proptest::prelude::*;
use proptest::sample::select;
use zpns_core::{EventKind, TokenKind};

/// Few calls are enough for every kind of confusion: two names, a UUID, and one that is not ASCII.
pub const CALLS: [&str; 4] = [
    "call-42",
    "b",
    "1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10",
    "通话-1",
];

/// The methods that a step may call, beside those that have a step of their own.
pub const METHODS: [&str; 31] = [
    "reportIncomingCall",
    "reportOutgoingCall",
    "reportOutgoingCallStarted",
    "reportCallUpdate",
    "reportCallEnded",
    "answerCall",
    "endCall",
    "setMuted",
    "setHeld",
    "setGroup",
    "playDTMF",
    "startCall",
    "callInvite",
    "callCancel",
    "callAccept",
    "callReject",
    "callEnd",
    "queryCallInvitation",
    "setInitConfiguration",
    "getCalls",
    "callUUID",
    "applyNotificationPermission",
    "addLocalNotification",
    "setServerBadge",
    "setLocalBadge",
    "completeThroughMessage",
    "getRegistration",
    "diagnose",
    "getVersion",
    "setPushConfig",
    "noSuchMethod",
];

/// The states in which the gateway may describe a call, and this phone's user in it.
pub const STATES: [(&str, &str); 7] = [
    ("ringing", "received"),
    ("accepted", "accepted"),
    ("accepted", "received"),
    ("cancelled", "beCancelled"),
    ("timedOut", "timeout"),
    ("rejected", "rejected"),
    ("ended", "ended"),
];

/// What kind of phone and app a case is about.
#[derive(Clone, Copy, Debug)]
pub struct Build {
    pub call_kit_disabled: bool,
    /// Whether the app can be asked for a fresh user token.
    pub token_provider: bool,
    /// Whether JavaScript listens from the beginning.
    pub javascript: bool,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Step {
    Push {
        call: usize,
        kind: PushKind,
        must_report: bool,
    },
    Garbage {
        bytes: Vec<u8>,
        must_report: bool,
    },
    /// CallKit completes the report that has waited longest.
    CompleteReport {
        refusal: Option<i64>,
    },
    /// CallKit will never complete it.
    LoseReport,
    CompleteTransaction {
        refused: bool,
    },
    User {
        call: usize,
        act: Act,
    },
    /// The user swaps two calls: one is held, the other resumed, in one transaction.
    Swap {
        held: usize,
        resumed: usize,
    },
    ActionTimedOut {
        nth: usize,
    },
    Reset,
    ProviderBegan,
    Audio {
        active: bool,
    },
    Intent,
    Settle {
        seq: u64,
        fulfill: bool,
    },
    Invoke {
        call: usize,
        method: usize,
    },
    Respond {
        nth: usize,
        answer: Answer,
    },
    Stream {
        nth: usize,
        news: News,
    },
    /// For a time everything gets the same answer at once, as from a proxy or a gateway that is sick: streams are opened, bring this news,
    /// and are closed.
    Outage {
        answer: Answer,
        news: News,
        milliseconds: u64,
    },
    Listen(EventKind),
    Unlisten(EventKind),
    ListenToAll,
    Detach,
    Wait(u64),
    /// The clock is set, forwards or backwards.
    SetClock(i64),
    Awake,
    /// The phone comes from Wi-Fi into the mobile network.
    NetworkChanged,
    /// The system takes back the time that the app was given in the background.
    BackgroundTimeExpired,
    Kill(Memory),
    Unlock,
    Configure {
        gateway: bool,
        user: Option<usize>,
    },
    GiveUserToken {
        user: Option<usize>,
    },
    RegisterPush {
        voip: bool,
        environment: i64,
    },
    UnregisterPush,
    EnableDebug(bool),
    /// A native app brings its own VoIP token.
    OwnVoipToken {
        byte: u8,
        is_product: bool,
    },
    /// The app switches CallKit on or off.
    SwitchCallKit(bool),
    Token {
        kind: TokenKind,
        byte: u8,
    },
    TokenInvalidated(TokenKind),
    TokenFailed(TokenKind),
    Notification {
        background: bool,
    },
    /// The system answers the question that has waited longest.
    AnswerRequest {
        works: bool,
    },
}

/// What a push says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushKind {
    /// A call, without a gateway.
    Plain,
    /// A call that the gateway sent and tells about.
    Followed,
    /// The gateway sent a new invitation just now, perhaps to a call ID that was used before.
    FollowedAnew,
    /// A call whose time is over.
    Stale,
    /// The call was taken back.
    Cancel,
    /// A call without an ID.
    Nameless,
}

/// What the user does to a call.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    Start,
    Answer,
    End,
    Hold(bool),
    Mute(bool),
    Group(Option<usize>),
    Tones,
}

/// What comes of an HTTP request.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    Offline,
    TimedOut,
    Broken,
    Status(u16),
    /// 200 with something that is no JSON.
    Junk,
    /// What the gateway would say, the call being in this state.
    Good {
        state: usize,
        seq: u64,
    },
}

/// What comes on a stream.
#[derive(Clone, Copy, Debug)]
pub enum News {
    Open,
    Call { state: usize, seq: u64 },
    Junk,
    Closed(Option<u16>),
}

/// What a process finds in storage when the one before was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// What was stored last.
    Newest,
    /// What was stored before that: the last write did not reach the disk.
    Older,
    /// Nothing can be read before the first unlock.
    Locked,
    /// The beginning of what was stored last, cut off at this byte.
    Cut(usize),
    /// What was stored last with one byte changed.
    Changed(usize, u8),
}

fn pushes() -> impl Strategy<Value = Step> {
    let kind = select(vec![
        PushKind::Plain,
        PushKind::Followed,
        PushKind::FollowedAnew,
        PushKind::Stale,
        PushKind::Cancel,
        PushKind::Nameless,
    ]);
    prop_oneof![
        9 => (0..CALLS.len(), kind, any::<bool>()).prop_map(|(call, kind, must_report)| Step::Push { call, kind, must_report }),
        1 => (proptest::collection::vec(any::<u8>(), 0..20), any::<bool>())
            .prop_map(|(bytes, must_report)| Step::Garbage { bytes, must_report }),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        1 => Just(Act::Start),
        4 => Just(Act::Answer),
        4 => Just(Act::End),
        1 => any::<bool>().prop_map(Act::Hold),
        1 => any::<bool>().prop_map(Act::Mute),
        1 => proptest::option::of(0..CALLS.len()).prop_map(Act::Group),
        1 => Just(Act::Tones),
    ]
}

fn call_kit() -> impl Strategy<Value = Step> {
    let refusal = prop_oneof![5 => Just(None), 1 => (0..8_i64).prop_map(Some)];
    prop_oneof![
        8 => refusal.prop_map(|refusal| Step::CompleteReport { refusal }),
        1 => Just(Step::LoseReport),
        4 => prop_oneof![4 => Just(false), 1 => Just(true)].prop_map(|refused| Step::CompleteTransaction { refused }),
        8 => (0..CALLS.len(), act()).prop_map(|(call, act)| Step::User { call, act }),
        1 => (0..CALLS.len(), 0..CALLS.len()).prop_map(|(held, resumed)| Step::Swap { held, resumed }),
        1 => (0..4_usize).prop_map(|nth| Step::ActionTimedOut { nth }),
        1 => Just(Step::Reset),
        1 => prop_oneof![Just(Step::ProviderBegan), any::<bool>().prop_map(|active| Step::Audio { active }), Just(Step::Intent)],
    ]
}

fn javascript() -> impl Strategy<Value = Step> {
    let kind = || select(EventKind::ALL.to_vec());
    prop_oneof![
        6 => (0..9_u64, any::<bool>()).prop_map(|(seq, fulfill)| Step::Settle { seq, fulfill }),
        8 => (0..CALLS.len(), 0..METHODS.len()).prop_map(|(call, method)| Step::Invoke { call, method }),
        1 => kind().prop_map(Step::Listen),
        1 => kind().prop_map(Step::Unlisten),
        1 => Just(Step::ListenToAll),
        1 => Just(Step::Detach),
    ]
}

fn network() -> impl Strategy<Value = Step> {
    let state = || (0..STATES.len(), 1..6_u64);
    let answer = prop_oneof![
        2 => select(vec![Answer::Offline, Answer::TimedOut, Answer::Broken, Answer::Junk]),
        3 => select(vec![401_u16, 401, 403, 404, 410, 422, 429, 503]).prop_map(Answer::Status),
        5 => state().prop_map(|(state, seq)| Answer::Good { state, seq }),
    ];
    let news = prop_oneof![
        1 => select(vec![News::Open, News::Junk]),
        4 => state().prop_map(|(state, seq)| News::Call { state, seq }),
        2 => select(vec![None, Some(401_u16), Some(403), Some(404), Some(503)]).prop_map(News::Closed),
    ];
    let outage = (
        answer.clone(),
        news.clone(),
        select(vec![5_000_u64, 70_000]),
    );
    prop_oneof![
        1 => outage.prop_map(|(answer, news, milliseconds)| Step::Outage { answer, news, milliseconds }),
        5 => (0..3_usize, answer).prop_map(|(nth, answer)| Step::Respond { nth, answer }),
        4 => (0..2_usize, news).prop_map(|(nth, news)| Step::Stream { nth, news }),
    ]
}

fn memory() -> impl Strategy<Value = Memory> {
    /// Longer than what these phones store.
    const LENGTH: usize = 2_000;
    prop_oneof![
        3 => Just(Memory::Newest),
        2 => Just(Memory::Older),
        2 => Just(Memory::Locked),
        1 => (0..LENGTH).prop_map(Memory::Cut),
        1 => (0..LENGTH, prop_oneof![any::<u8>(), select(b"0123456789abcdef\"{}[],".to_vec())])
            .prop_map(|(at, byte)| Memory::Changed(at, byte)),
    ]
}

fn time() -> impl Strategy<Value = Step> {
    const HOUR: i64 = 3_600_000;
    let by = select(vec![-1, -5_000, -HOUR, -24 * HOUR, 1_000, HOUR, 24 * HOUR]);
    prop_oneof![
        8 => select(vec![0_u64, 100, 5_000, 12_000, 50_000, 700_000]).prop_map(Step::Wait),
        1 => by.prop_map(Step::SetClock),
        1 => Just(Step::Awake),
        1 => Just(Step::NetworkChanged),
        1 => Just(Step::BackgroundTimeExpired),
        1 => memory().prop_map(Step::Kill),
        1 => Just(Step::Unlock),
    ]
}

fn registration() -> impl Strategy<Value = Step> {
    let token = || select(vec![TokenKind::Apns, TokenKind::Voip]);
    let user = || proptest::option::weighted(0.8, 0..2_usize);
    prop_oneof![
        2 => (any::<bool>(), user()).prop_map(|(gateway, user)| Step::Configure { gateway, user }),
        2 => user().prop_map(|user| Step::GiveUserToken { user }),
        4 => (any::<bool>(), select(vec![-1_i64, 0, 1, 2])).prop_map(|(voip, environment)| Step::RegisterPush { voip, environment }),
        1 => Just(Step::UnregisterPush),
        1 => any::<bool>().prop_map(Step::EnableDebug),
        1 => (0..3_u8, any::<bool>()).prop_map(|(byte, is_product)| Step::OwnVoipToken { byte, is_product }),
        1 => any::<bool>().prop_map(Step::SwitchCallKit),
        5 => (token(), 0..3_u8).prop_map(|(kind, byte)| Step::Token { kind, byte }),
        1 => token().prop_map(Step::TokenInvalidated),
        1 => token().prop_map(Step::TokenFailed),
        1 => any::<bool>().prop_map(|background| Step::Notification { background }),
        1 => any::<bool>().prop_map(|works| Step::AnswerRequest { works }),
    ]
}

/// Mostly calls: pushes, CallKit, JavaScript and the gateway.
pub fn about_calls() -> impl Strategy<Value = Step> {
    prop_oneof![5 => pushes(), 6 => call_kit(), 4 => javascript(), 4 => network(), 3 => time()]
}

/// Several calls at once: held, swapped, grouped and left, by the user and by the app.
pub fn about_several_calls() -> impl Strategy<Value = Step> {
    let call = || 0..CALLS.len();
    let act = prop_oneof![
        2 => Just(Act::Start),
        3 => Just(Act::Answer),
        1 => Just(Act::End),
        4 => any::<bool>().prop_map(Act::Hold),
        2 => any::<bool>().prop_map(Act::Mute),
        4 => proptest::option::weighted(0.7, call()).prop_map(Act::Group),
        1 => Just(Act::Tones),
    ];
    let by_app = select(vec![
        "startCall",
        "answerCall",
        "endCall",
        "setMuted",
        "setHeld",
        "setGroup",
        "reportOutgoingCall",
        "reportCallUpdate",
    ]);
    let method = by_app.prop_map(|name| {
        METHODS
            .iter()
            .position(|method| *method == name)
            .expect("a method")
    });
    prop_oneof![
        4 => call().prop_map(|call| Step::Push { call, kind: PushKind::Plain, must_report: true }),
        4 => Just(Step::CompleteReport { refusal: None }),
        4 => prop_oneof![4 => Just(false), 1 => Just(true)].prop_map(|refused| Step::CompleteTransaction { refused }),
        8 => (call(), act).prop_map(|(call, act)| Step::User { call, act }),
        3 => (call(), call()).prop_map(|(held, resumed)| Step::Swap { held, resumed }),
        8 => (0..20_u64, prop_oneof![4 => Just(true), 1 => Just(false)]).prop_map(|(seq, fulfill)| Step::Settle { seq, fulfill }),
        4 => (call(), method).prop_map(|(call, method)| Step::Invoke { call, method }),
        1 => (0..4_usize).prop_map(|nth| Step::ActionTimedOut { nth }),
        1 => Just(Step::Reset),
        1 => select(vec![100_u64, 5_000, 12_000]).prop_map(Step::Wait),
    ]
}

/// Mostly registration.
pub fn about_registration() -> impl Strategy<Value = Step> {
    prop_oneof![1 => pushes(), 8 => registration(), 5 => network(), 3 => time(), 1 => javascript()]
}

/// Everything, with a process that dies often.
pub fn about_everything() -> impl Strategy<Value = Step> {
    let death = memory().prop_map(Step::Kill);
    prop_oneof![
        5 => pushes(), 5 => call_kit(), 5 => javascript(), 4 => network(), 4 => time(), 4 => registration(), 2 => death, 1 => Just(Step::Unlock)
    ]
}

pub fn build() -> impl Strategy<Value = Build> {
    (
        prop_oneof![7 => Just(false), 1 => Just(true)],
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(call_kit_disabled, token_provider, javascript)| Build {
            call_kit_disabled,
            token_provider,
            javascript,
        })
}
