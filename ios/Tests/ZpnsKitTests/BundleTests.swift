import Foundation
import Testing

@testable import ZpnsKit

/// What is read of the app's bundle and container.
@Suite struct BundleTests {
  @Test func facts_come_from_info_plist() {
    let facts = AppFacts(
      info: [
        "CFBundleIdentifier": "com.example.app", "CFBundleName": "example", "CFBundleShortVersionString": "1.2", "CFBundleVersion": "34",
        "UIBackgroundModes": ["voip"], "ZPNSCallKitDisabled": "YES",
      ], provisioningProfile: Data([1]), simulator: true)
    #expect(facts.bundleId == "com.example.app")
    #expect(facts.appName == "example", "without a display name")
    #expect(facts.appVersion == "1.2 (34)")
    #expect(facts.backgroundModes == ["voip"])
    #expect(facts.callKitDisabled)
    #expect(!facts.voipAtLaunch)
    #expect(facts.simulator)
    #expect(facts.provisioningProfile == Data([1]))
    #expect(!facts.systemVersion.isEmpty)
  }

  @Test func an_info_plist_of_the_wrong_types_is_read_as_an_empty_one() {
    let facts = AppFacts(
      info: ["CFBundleIdentifier": 7, "UIBackgroundModes": "voip", "ZPNSEnableVoIP": [1]], provisioningProfile: nil, simulator: false)
    #expect(facts.bundleId.isEmpty)
    #expect(facts.backgroundModes.isEmpty)
    #expect(!facts.voipAtLaunch)
  }

  @Test(arguments: [("YES", true), ("true", true), ("1", true), ("NO", false), ("", false)])
  func switches_may_be_text(text: String, on: Bool) {
    #expect(InfoPlist.flag("key", default: !on, in: ["key": text]) == on)
  }

  @Test func storage_gives_back_what_was_saved_last() throws {
    let storage = FileStorage(file: FileManager.default.temporaryDirectory.appendingPathComponent("zpns-\(UUID())/deep/state"))
    #expect(try storage.load() == nil)
    try storage.save(bytes: Data([1]))
    try storage.save(bytes: Data([2, 3]))
    #expect(try storage.load() == Data([2, 3]))
  }

  @Test func storage_that_is_there_and_can_not_be_read_is_an_error() throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("zpns-\(UUID())", isDirectory: true)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    #expect(throws: PortError.self) { try FileStorage(file: directory).load() }
  }
}
