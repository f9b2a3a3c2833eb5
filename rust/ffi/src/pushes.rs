//! What PushKit, UIKit and UserNotifications are told.

use zpns_client::{LocalNotification, PushRequest};

/// Something to tell PushKit, UIKit or UserNotifications.
#[uniffi::remote(Enum)]
pub enum PushRequest {
    /// Ask for tokens: `registerForRemoteNotifications`, and `PKPushRegistry.desiredPushTypes`.
    Register { apns: bool, voip: bool },
    /// Give tokens up.
    Unregister { apns: bool, voip: bool },
    /// The VoIP token or the environment that it belongs to is new: hand both to whoever else in the process sends pushes, as
    /// `setVoipToken(_:isProduct:)` of ZEGO's SDK.
    HandOverVoipToken { token: Vec<u8>, is_product: bool },
    /// Ask the user for permission to notify; answer with `SystemEvent.permissionAnswered`.
    RequestPermission { id: u64 },
    /// How notifications are shown while the app is in the foreground, from now on.
    SetPresentation {
        badge: bool,
        sound: bool,
        alert: bool,
    },
    /// Show a notification now; answer with `SystemEvent.requestAnswered`.
    AddNotification {
        id: u64,
        notification: LocalNotification,
    },
    /// From now on, keep the app running in the background (`beginBackgroundTask(withName:expirationHandler:)`), or let it be suspended
    /// (`endBackgroundTask`). Told only when it changes. In the expiration handler say `SystemEvent.backgroundTimeExpired`.
    KeepAwake { on: bool },
    /// Set the app's badge, 0 clears it; answer with `SystemEvent.requestAnswered`.
    SetBadge { id: u64, badge: u32 },
    /// Call the completion handler of the background notification with this number, with `.newData` or `.noData`.
    CompleteNotification { id: u64, new_data: bool },
}

/// A notification that the app itself shows.
#[uniffi::remote(Record)]
pub struct LocalNotification {
    /// `UNNotificationRequest.identifier`.
    pub identifier: String,
    /// Title.
    pub title: String,
    /// Body.
    pub body: String,
    /// `UNNotificationContent.userInfo` as a JSON object.
    pub user_info: Vec<u8>,
    /// Sound file in the bundle; empty for the default sound.
    pub sound: String,
}
