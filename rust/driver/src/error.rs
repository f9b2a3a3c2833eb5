/// Why a driver did not take what it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DriverError {
    /// It was shut down.
    #[error("the client was shut down: start a new one")]
    ShutDown,
    /// A defect in this library. What was handed in is lost; the driver goes on.
    #[error(
        "a defect in react-native-zpns kept it from handling this: please report what led to it"
    )]
    Defect,
}
