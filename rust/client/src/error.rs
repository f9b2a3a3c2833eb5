use zpns_driver::DriverError;

/// Why the client did not take what it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// It was shut down.
    #[error("the client was shut down: start a new one")]
    ShutDown,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes: start the client again later")]
    Entropy,
    /// A defect in this library. What was handed in is lost; the client goes on.
    #[error(
        "a defect in react-native-zpns kept it from handling this: please report what led to it"
    )]
    Defect,
}

impl From<DriverError> for ClientError {
    fn from(error: DriverError) -> Self {
        match error {
            DriverError::ShutDown => Self::ShutDown,
            DriverError::Defect => Self::Defect,
        }
    }
}
