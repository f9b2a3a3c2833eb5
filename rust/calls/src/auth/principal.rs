//! Who asks.

/// A server with an API key, a user with a token of the app's backend, or a device with the token that its push carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A server of the app.
    Server {
        /// The app.
        app: String,
        /// ID of the key.
        key: String,
    },
    /// A user of the app.
    User {
        /// The app.
        app: String,
        /// `sub` of the token.
        user: String,
        /// `exp` of the token, Unix seconds.
        expires_at: u64,
    },
    /// A device that was sent an invitation, for that one call.
    Follower {
        /// The app.
        app: String,
        /// The call.
        call: String,
        /// Whose device.
        user: String,
        /// The device.
        installation: String,
    },
}

impl Principal {
    /// The app it belongs to.
    pub fn app(&self) -> &str {
        match self {
            Self::Server { app, .. } | Self::User { app, .. } | Self::Follower { app, .. } => app,
        }
    }
}
