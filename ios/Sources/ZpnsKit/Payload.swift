import Foundation

/// What comes with a push, as JSON for the core.
enum Payload {
  /// Empty for what is no JSON, which APNs never delivers: the core takes any bytes, and knows what to make of them.
  static func json(_ payload: Any) -> Data {
    guard JSONSerialization.isValidJSONObject(payload), let json = try? JSONSerialization.data(withJSONObject: payload) else {
      Log.write(.error, "the payload of a push is no JSON object")
      return Data()
    }
    return json
  }

  /// `userInfo` of a notification that the app itself shows, as the core lays it out.
  static func userInfo(of notification: LocalNotification) -> [AnyHashable: Any] {
    let userInfo = try? JSONSerialization.jsonObject(with: notification.userInfo)
    return userInfo as? [AnyHashable: Any] ?? [:]
  }
}
