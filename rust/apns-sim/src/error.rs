/// What a simulator cannot do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulatorError {
    /// A port cannot be listened on.
    #[error("cannot listen on 127.0.0.1:{port}: {error}; choose another port, or 0 for a free one")]
    Bind {
        /// The port that was asked for.
        port: u16,
        /// What the system says.
        error: std::io::Error,
    },
    /// A key or certificate cannot be made.
    #[error("cannot make a key or certificate: {0}")]
    Mint(String),
    /// An identifier is not ten letters and digits.
    #[error("{what} must be 10 letters and digits")]
    BadIdentifier {
        /// Which one.
        what: &'static str,
    },
    /// The device was not registered here, or was deleted.
    #[error("no such device: register it first")]
    UnknownDevice,
    /// The token does not belong to any device here.
    #[error("no such token: it must come from a device that was registered here")]
    UnknownToken,
    /// A request to the control API, or a value given to a method, that makes no sense.
    #[error("{0}")]
    BadRequest(String),
}

impl SimulatorError {
    /// A stable name of the error, for the control API.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Bind { .. } => "bind",
            Self::Mint(_) => "mint",
            Self::BadIdentifier { .. } => "badIdentifier",
            Self::UnknownDevice => "unknownDevice",
            Self::UnknownToken => "unknownToken",
            Self::BadRequest(_) => "badRequest",
        }
    }
}
