import Foundation
import Intents

/// A call that the user asked for outside the app: in Recents, by Siri or in Contacts.
struct StartCallIntent: Equatable {
  let handle: Handle
  let video: Bool

  /// Nil if the activity asks for no call. Whom it names may be nobody.
  init?(_ activity: NSUserActivity) {
    let person: INPersonHandle?
    switch activity.interaction?.intent {
    case let intent as INStartCallIntent:
      person = intent.contacts?.first?.personHandle
      video = intent.callCapability == .videoCall
    // What Recents still gives for calls made before iOS 13.
    case let intent as INStartAudioCallIntent:
      person = intent.contacts?.first?.personHandle
      video = false
    case let intent as INStartVideoCallIntent:
      person = intent.contacts?.first?.personHandle
      video = true
    default:
      return nil
    }
    handle = Handle(kind: HandleType(person?.type ?? .unknown), value: person?.value ?? "")
  }
}

extension HandleType {
  fileprivate init(_ type: INPersonHandleType) {
    switch type {
    case .phoneNumber: self = .phoneNumber
    case .emailAddress: self = .emailAddress
    default: self = .generic
    }
  }
}
