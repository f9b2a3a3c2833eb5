//! The events that JavaScript can hear, as one table: name, and what may happen to one that waits for a listener.

/// What the mailbox may do with a waiting event when it is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keep {
    /// Never waits: it tells how things stand, and whoever begins to listen is told anew.
    Never,
    /// Goes first: of no use when late (audio, tones, notifications).
    Droppable,
    /// Goes when nothing droppable is left.
    Useful,
    /// Never goes: what the user did (answer, end, start).
    Always,
}

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $keep:ident;)*) => {
        /// A type of event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum EventKind {
            $($(#[$doc])* $variant,)*
        }

        impl EventKind {
            /// All types.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name that JavaScript uses.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What the mailbox may do with it.
            pub const fn keep(self) -> Keep {
                match self { $(Self::$variant => Keep::$keep,)* }
            }
        }
    };
}

events! {
    /// `ZPNs`: a pushID is there, or why not.
    Registered = "registered", Useful;
    /// `ZPNs`: a notification arrived in the foreground.
    NotificationArrived = "notificationArrived", Droppable;
    /// `ZPNs`: the user opened a notification.
    NotificationClicked = "notificationClicked", Useful;
    /// `ZPNs`: a background notification; completed by `completeThroughMessage`.
    ThroughMessageReceived = "throughMessageReceived", Useful;
    /// `ZPNs`: PushKit took a token back.
    TokenInvalidated = "tokenInvalidated", Useful;
    /// Internal to this package: the gateway wants a fresh user token, answered by `setUserToken`.
    UserTokenNeeded = "userTokenNeeded", Useful;
    /// `CallKit`: a call came by push and was reported.
    DidReceiveIncomingPush = "didReceiveIncomingPush", Useful;
    /// `CallKit`: the provider was reset, all calls are gone.
    ProviderDidReset = "providerDidReset", Useful;
    /// `CallKit`: the provider is ready.
    ProviderDidBegin = "providerDidBegin", Droppable;
    /// `CallKit`: media may start.
    DidActivateAudioSession = "didActivateAudioSession", Droppable;
    /// `CallKit`: media must stop.
    DidDeactivateAudioSession = "didDeactivateAudioSession", Droppable;
    /// `CallKit`: an action was not settled in time.
    TimedOutPerformingAction = "timedOutPerformingAction", Useful;
    /// `CallKit`: start a call.
    PerformStartCallAction = "performStartCallAction", Always;
    /// `CallKit`: the user answered.
    PerformAnswerCallAction = "performAnswerCallAction", Always;
    /// `CallKit`: the user declined or hung up.
    PerformEndCallAction = "performEndCallAction", Always;
    /// `CallKit`: hold or resume.
    PerformSetHeldCallAction = "performSetHeldCallAction", Useful;
    /// `CallKit`: mute or unmute.
    PerformSetMutedCallAction = "performSetMutedCallAction", Useful;
    /// `CallKit`: group or ungroup.
    PerformSetGroupCallAction = "performSetGroupCallAction", Useful;
    /// `CallKit`: play tones.
    PerformPlayDtmfCallAction = "performPlayDTMFCallAction", Droppable;
    /// `CallKit`: a call is over for a reason other than the user's own action.
    DidEndCall = "didEndCall", Useful;
    /// `CallKit`: the calls there are, when JavaScript begins to listen and after every change.
    CallsChanged = "callsChanged", Never;
    /// `CallKit`: Recents, Siri or Contacts ask for a call.
    DidReceiveStartCallIntent = "didReceiveStartCallIntent", Useful;
    /// `CallInvitation`: this user invited.
    CallInvitationCreated = "callInvitationCreated", Useful;
    /// `CallInvitation`: this user is invited.
    CallInvitationReceived = "callInvitationReceived", Useful;
    /// `CallInvitation`: the invitation was taken back.
    CallInvitationCancelled = "callInvitationCancelled", Useful;
    /// `CallInvitation`: this user did not answer in time.
    CallInvitationTimeout = "callInvitationTimeout", Useful;
    /// `CallInvitation`: an invitee accepted.
    CallInvitationAccepted = "callInvitationAccepted", Useful;
    /// `CallInvitation`: an invitee declined.
    CallInvitationRejected = "callInvitationRejected", Useful;
    /// `CallInvitation`: nobody answered the caller in time.
    CallInviteesAnsweredTimeout = "callInviteesAnsweredTimeout", Useful;
    /// `CallInvitation`: the call is over.
    CallInvitationEnded = "callInvitationEnded", Useful;
    /// `CallInvitation`: what participants did.
    CallUserStateChanged = "callUserStateChanged", Useful;
}

impl EventKind {
    /// Whether it is of no use once the action that it tells of is settled. An end is told all the same: with it the call is over.
    pub(crate) const fn ends_with_its_action(self) -> bool {
        matches!(
            self,
            Self::PerformStartCallAction
                | Self::PerformAnswerCallAction
                | Self::PerformSetHeldCallAction
                | Self::PerformSetMutedCallAction
                | Self::PerformSetGroupCallAction
                | Self::PerformPlayDtmfCallAction
        )
    }

    /// The type with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}
