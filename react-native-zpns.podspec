require "json"

package = JSON.parse(File.read(File.join(__dir__, "package.json")))

Pod::Spec.new do |s|
  s.name = "react-native-zpns"
  s.version = package["version"]
  s.summary = package["description"]
  s.homepage = package["homepage"] || "file://#{File.join(__dir__, "README.md")}"
  s.license = package["license"]
  s.authors = package["author"] || package["name"]
  # Installed from node_modules by path, never from a repository.
  s.source = { :path => "." }

  s.platforms = { :ios => min_ios_version_supported }
  s.swift_version = "6.0"

  # The bindings' C module is inside the XCFramework; Stubs and Tests are for Linux.
  s.source_files = "ios/Sources/{ZpnsKit,ZpnsFFI,ZpnsBridge}/**/*.{h,m,mm,swift}"
  # React Native's headers are C++, which the umbrella header of a pod with Swift can't include.
  s.private_header_files = "ios/Sources/ZpnsBridge/**/*.h"
  s.resource_bundles = { "ReactNativeZpnsPrivacy" => ["ios/Sources/PrivacyInfo.xcprivacy"] }

  s.vendored_frameworks = "ios/ZpnsFFI.xcframework"
  s.frameworks = "AVFAudio", "CallKit", "Intents", "PushKit", "UIKit", "UserNotifications"

  s.pod_target_xcconfig = { "DEFINES_MODULE" => "YES" }
  # Merges its settings into those above, so it comes last.
  install_modules_dependencies(s)
end
