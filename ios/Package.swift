// swift-tools-version:6.0
//
// Two worlds. On Apple's platforms: the library for native apps, over the XCFramework that `make package` builds. On Linux: the same
// sources against stand-ins for Apple's frameworks and against the real core, to be tested (`scripts/swift-test.sh`).

import PackageDescription

#if os(Linux)
  let strict: [SwiftSetting] = [.unsafeFlags(["-warnings-as-errors"])]
  let frameworks = ["AVFAudio", "CallKit", "Intents", "PushKit", "UIKit", "UserNotifications"]
  let core: [Target] =
    [.systemLibrary(name: "ZpnsFFI", path: "Sources/CZpnsFFI")]
    + frameworks.map { framework in
      .target(
        name: framework, dependencies: framework == "CallKit" ? ["AVFAudio"] : [], path: "Stubs/\(framework)", swiftSettings: strict)
    }
    + [
      .testTarget(
        name: "ZpnsKitTests", dependencies: ["ZpnsKit"] + frameworks.map { .target(name: $0) }, path: "Tests/ZpnsKitTests",
        swiftSettings: strict)
    ]
  let kitDependencies: [Target.Dependency] = ["ZpnsFFI"] + frameworks.map { .target(name: $0) }
#else
  let strict: [SwiftSetting] = []
  let core: [Target] = [.binaryTarget(name: "ZpnsFFI", path: "ZpnsFFI.xcframework")]
  let kitDependencies: [Target.Dependency] = ["ZpnsFFI"]
#endif

let package = Package(
  name: "ZpnsKit",
  platforms: [.iOS("15.1")],
  products: [.library(name: "ZpnsKit", targets: ["ZpnsKit"])],
  targets: core + [
    // The generated bindings are part of the module, as they are in the pod.
    .target(
      name: "ZpnsKit", dependencies: kitDependencies, path: "Sources", exclude: ["ZpnsBridge"],
      sources: ["ZpnsKit", "ZpnsFFI"], resources: [.copy("PrivacyInfo.xcprivacy")], swiftSettings: strict)
  ],
  swiftLanguageModes: [.v6]
)
