import Foundation
import PushKit
import Testing
import UIKit

@testable import ZpnsKit

/// Tokens, environment and pushID.
@Suite struct RegistrationTests {
  let voipToken = Data([0xAB, 0x01, 0xFF])
  let deviceToken = Data(repeating: 0x11, count: 32)

  /// Asks for both tokens and gives them.
  func register(_ app: App, _ params: String = #"{"enableIOSVoIP":true}"#) async throws -> JSON {
    app.startJavaScript(listeningTo: "registered", "tokenInvalidated")
    #expect(try await app.invoke("registerPush", params).ok.isPresent)
    let registry = try await eventually("the registry") { app.engine.pushes.registry }
    registry.stubDeliver(token: voipToken)
    app.zpns.didRegister(deviceToken: deviceToken)
    return try await app.event("registered").1
  }

  @Test func both_tokens_make_a_pushID() async throws {
    let app = App()
    let registered = try await register(app)
    #expect(registered.errorCode.int == 0)
    #expect(registered.pushID.string?.hasPrefix("zpl_") == true)
    let tokens = try await app.invoke("getRegistration").ok.tokens
    #expect(tokens.voip.string == "ab01ff")
    #expect(tokens.apns.string == String(repeating: "11", count: 32))
    #expect(await app.application.stubIsRegistered)
  }

  @Test func the_environment_follows_the_provisioning_profile() async throws {
    let profile = Data(
      "\u{1}<?xml version=\"1.0\"?><plist version=\"1.0\"><dict><key>Entitlements</key><dict><key>aps-environment</key><string>development</string></dict></dict></plist>\u{2}"
        .utf8)
    #expect(try await register(App(profile: profile)).environment.string == "development")
    #expect(try await register(App()).environment.string == "production")
    #expect(try await register(App(simulator: true)).environment.string == "development")
  }

  @Test func no_token_is_the_systems_own_error() async throws {
    let app = App()
    app.startJavaScript(listeningTo: "registered")
    _ = try await app.invoke("registerPush")
    app.zpns.didFailToRegister(
      error: NSError(domain: NSCocoaErrorDomain, code: 3000, userInfo: [NSLocalizedDescriptionKey: "no valid aps-environment"]))
    let (_, body) = try await app.event("registered")
    #expect(body.errorCode.int == 3000)
    #expect(body.msg.string == "no valid aps-environment")
    #expect(body.pushID.string == "")
  }

  @Test func a_token_taken_back_is_told() async throws {
    let app = App()
    _ = try await register(app)
    app.engine.pushes.registry?.stubInvalidateToken()
    #expect(try await app.event("tokenInvalidated").1.kind.string == "voip")
  }

  @Test func unregistering_gives_the_tokens_up() async throws {
    let app = App()
    _ = try await register(app)
    #expect(try await app.invoke("unregisterPush").ok.isPresent)
    #expect(app.engine.pushes.registry?.desiredPushTypes?.isEmpty == true)
    // What was asked of the main thread is done in the order asked.
    await MainActor.run {}
    #expect(await !app.application.stubIsRegistered)
  }

  @Test func the_next_launch_asks_PushKit_by_itself() async throws {
    let first = App()
    _ = try await register(first)
    first.terminate()
    let second = App(container: first.container)
    second.engine.core.queue.sync {}
    #expect(second.engine.pushes.registry?.desiredPushTypes == [.voIP])
  }

  @Test func nothing_is_asked_of_PushKit_before_the_app_wants_it() {
    let app = App()
    app.engine.core.queue.sync {}
    #expect(app.engine.pushes.registry == nil)
  }

  @Test func info_plist_can_ask_at_the_first_launch() {
    let app = App(info: ["ZPNSEnableVoIP": "YES"])
    app.engine.core.queue.sync {}
    #expect(app.engine.pushes.registry?.desiredPushTypes == [.voIP])
  }

  @Test func storage_that_can_not_be_read_loses_nothing_and_is_read_later() async throws {
    let first = App()
    let pushID = try await register(first).pushID.string
    first.terminate()
    // Before the first unlock: the file is there and can't be read.
    let file = first.container.appendingPathComponent("state")
    let aside = first.container.appendingPathComponent("aside")
    try FileManager.default.moveItem(at: file, to: aside)
    try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)

    let second = App(container: first.container)
    #expect(try second.push(["call_id": "call-42"]).reportsAtReturn.count == 1)
    #expect(second.engine.pushes.registry != nil, "a push may have launched the app")

    try FileManager.default.removeItem(at: file)
    try FileManager.default.moveItem(at: aside, to: file)
    let center = NotificationCenter()
    await second.zpns.launch(center: center)
    center.post(name: UIApplication.protectedDataDidBecomeAvailableNotification, object: nil)
    second.startJavaScript()
    #expect(try await second.invoke("getRegistration").ok.pushID.string == pushID)
  }

  @Test func a_native_app_brings_its_own_token() async throws {
    let app = App(info: ["ZPNSPushRegistryEnabled": false])
    app.startJavaScript(listeningTo: "registered")
    app.zpns.setVoipToken(voipToken, isProduct: false)
    app.zpns.didRegister(deviceToken: deviceToken)
    let (_, body) = try await app.event("registered")
    #expect(body.environment.string == "development")
    #expect(try await app.invoke("getRegistration").ok.tokens.voip.string == "ab01ff")
    _ = try await app.invoke("registerPush", #"{"enableIOSVoIP":true}"#)
    #expect(app.engine.pushes.registry == nil)
  }

  @Test func zegos_sdk_gets_the_token_as_it_comes_and_again_with_another_environment() async throws {
    let received = Locked<[String]>([])
    let app = App(info: ["ZPNSForwardsTokenToZego": true, "ZPNSEnableVoIP": true]) { token, isProduct in
      received.withLock { $0.append("\(token.count) \(isProduct)") }
    }
    app.engine.start()
    try await eventually("the registry") { app.engine.pushes.registry }.stubDeliver(token: voipToken)
    let first = try await eventually("the token, without JavaScript") { received.withLock { $0.first } }
    #expect(first == "3 true")
    app.startJavaScript()
    _ = try await app.invoke("enableDebug", #"{"isDebug":true}"#)
    #expect(received.withLock { $0 } == ["3 true", "3 false"])
  }

  @Test func without_the_key_in_info_plist_zegos_sdk_gets_nothing() async throws {
    let received = Locked(0)
    let app = App { _, _ in received.withLock { $0 += 1 } }
    app.zpns.setVoipToken(voipToken, isProduct: true)
    app.startJavaScript()
    #expect(try await app.invoke("getRegistration").ok.tokens.voip.string == "ab01ff")
    #expect(received.withLock { $0 } == 0)
  }
}
