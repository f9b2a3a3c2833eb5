// Stand-in for Apple's AVFAudio where there is none: the few names in use, with Apple's raw values.

import Foundation

open class AVAudioSession: NSObject {
  public struct Category: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let playAndRecord = Category(rawValue: "AVAudioSessionCategoryPlayAndRecord")
  }

  public struct Mode: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let voiceChat = Mode(rawValue: "AVAudioSessionModeVoiceChat")
    public static let videoChat = Mode(rawValue: "AVAudioSessionModeVideoChat")
  }

  public struct CategoryOptions: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
    /// Spelt `allowBluetoothHFP` from the SDK of iOS 26 on.
    public static let allowBluetooth = CategoryOptions(rawValue: 0x4)
    public static let allowBluetoothHFP = CategoryOptions(rawValue: 0x4)
    public static let allowBluetoothA2DP = CategoryOptions(rawValue: 0x20)
  }

  // One for the process, whatever runs in it at the same time.
  private let lock = NSLock()
  private var category: Category?
  private var changes: [Mode: Int] = [:]
  public var stubCategory: Category? { lock.withLock { category } }
  /// How often the category was set with this mode.
  public func stubCategoryChanges(mode: Mode) -> Int { lock.withLock { changes[mode, default: 0] } }

  open class func sharedInstance() -> AVAudioSession { shared }
  nonisolated(unsafe) private static let shared = AVAudioSession()

  open func setCategory(_ category: Category, mode: Mode, options: CategoryOptions = []) throws {
    lock.withLock {
      self.category = category
      changes[mode, default: 0] += 1
    }
  }
}
