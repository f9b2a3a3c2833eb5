import Foundation

extension AppFacts {
  /// The facts of the app that this code runs in.
  static func ofThisApp() -> AppFacts {
    let profile = Bundle.main.url(forResource: "embedded", withExtension: "mobileprovision")
    #if targetEnvironment(simulator)
      let simulator = true
    #else
      let simulator = false
    #endif
    return AppFacts(
      info: Bundle.main.infoDictionary ?? [:], provisioningProfile: profile.flatMap { try? Data(contentsOf: $0) }, simulator: simulator)
  }

  /// The facts that an Info.plist and what lies beside it state.
  init(info: [String: Any], provisioningProfile: Data?, simulator: Bool) {
    let text = { (key: String) in info[key] as? String ?? "" }
    let version = ProcessInfo.processInfo.operatingSystemVersion
    let names = [text("CFBundleDisplayName"), text("CFBundleName")]
    self.init(
      bundleId: text("CFBundleIdentifier"),
      appName: names.first { !$0.isEmpty } ?? "",
      appVersion: "\(text("CFBundleShortVersionString")) (\(text("CFBundleVersion")))",
      systemVersion: "\(version.majorVersion).\(version.minorVersion)",
      locale: Locale.preferredLanguages.first ?? Locale.current.identifier,
      simulator: simulator,
      provisioningProfile: provisioningProfile,
      backgroundModes: info["UIBackgroundModes"] as? [String] ?? [],
      voipAtLaunch: InfoPlist.flag(InfoPlist.enableVoIP, default: false, in: info),
      callKitDisabled: InfoPlist.flag(InfoPlist.callKitDisabled, default: false, in: info))
  }
}
