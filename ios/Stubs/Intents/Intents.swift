// Stand-in for the corner of Apple's Intents that the product touches, where there is none, and for `NSUserActivity`, which Foundation
// has on Apple's platforms only. Initialisers that begin with `stub` are for tests.

import Foundation

open class NSUserActivity: NSObject {
  public let activityType: String
  public var interaction: INInteraction?
  public init(activityType: String) { self.activityType = activityType }
}

open class INIntent: NSObject {}

open class INInteraction: NSObject {
  public let intent: INIntent
  public init(stubIntent: INIntent) { intent = stubIntent }
}

public enum INPersonHandleType: Int, Sendable { case unknown = 0, emailAddress = 1, phoneNumber = 2 }

open class INPersonHandle: NSObject {
  public let value: String?
  public let type: INPersonHandleType
  public init(value: String?, type: INPersonHandleType) {
    self.value = value
    self.type = type
  }
}

open class INPerson: NSObject {
  public let personHandle: INPersonHandle?
  public init(stubHandle: INPersonHandle?) { personHandle = stubHandle }
}

public enum INCallCapability: Int, Sendable { case unknown = 0, audioCall = 1, videoCall = 2 }

open class INStartCallIntent: INIntent {
  public let contacts: [INPerson]?
  public let callCapability: INCallCapability
  public init(stubContacts: [INPerson]?, callCapability: INCallCapability) {
    contacts = stubContacts
    self.callCapability = callCapability
  }
}

open class INStartAudioCallIntent: INIntent {
  public let contacts: [INPerson]?
  public init(stubContacts: [INPerson]?) { contacts = stubContacts }
}

open class INStartVideoCallIntent: INIntent {
  public let contacts: [INPerson]?
  public init(stubContacts: [INPerson]?) { contacts = stubContacts }
}
