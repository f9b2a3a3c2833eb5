import CallKit
import Foundation
import Testing

@testable import ZpnsKit

/// What the app asks of CallKit.
@Suite struct OutgoingTests {
  /// An app with a provider that its controller speaks to.
  func configured() async throws -> App {
    let app = App()
    app.startJavaScript(listeningTo: "performStartCallAction", "performSetMutedCallAction", "providerDidBegin")
    _ = try await app.invoke("setInitConfiguration", #"{"localizedName":"Example","maximumCallGroups":3,"supportsVideo":true}"#)
    app.engine.calls.controller.stubProvider = try app.provider
    return app
  }

  @Test func the_configuration_reaches_CallKit() async throws {
    let app = try await configured()
    let configuration = try app.provider.configuration
    #expect(configuration.maximumCallGroups == 3)
    #expect(configuration.supportsVideo)
    #expect(configuration.maximumCallsPerCallGroup == 5, "what is not given stays CallKit's")
    _ = try await app.event("providerDidBegin")
  }

  @Test func a_new_configuration_changes_the_provider_that_is_there() async throws {
    let app = try await configured()
    let before = try app.provider
    _ = try await app.invoke("setInitConfiguration", #"{"localizedName":"Example","maximumCallGroups":1}"#)
    let after = try app.provider
    #expect(after === before)
    #expect(before.configuration.maximumCallGroups == 1)
  }

  @Test func an_icon_that_the_bundle_does_not_have_leaves_the_rest_of_the_configuration() async throws {
    let app = App()
    app.startJavaScript()
    let answer = try await app.invoke(
      "setInitConfiguration", #"{"localizedName":"Example","iconTemplateImageName":"missing","maximumCallGroups":4}"#)
    #expect(answer.ok.isPresent)
    #expect(try app.provider.configuration.iconTemplateImageData == nil)
    #expect(try app.provider.configuration.maximumCallGroups == 4)
  }

  @Test func the_configuration_survives_the_process() async throws {
    let first = try await configured()
    first.terminate()
    let second = App(container: first.container)
    try second.push(["call_id": "call-42"])
    #expect(try second.provider.configuration.maximumCallGroups == 3)
  }

  @Test func a_call_that_the_app_starts_comes_back_as_its_own_action() async throws {
    let app = try await configured()
    let started = try await app.invoke("startCall", #"{"handle":{"type":1,"value":"li-hua"},"video":true}"#)
    let uuid = try #require(started.ok.uuid.string)
    let (_, body) = try await app.event("performStartCallAction")
    #expect(body.source.string == "app")
    #expect(body.action.callUUID.string == uuid)
    #expect(body.action.video.bool == true)
    #expect(body.action.handle.value.string == "li-hua")
  }

  @Test func an_outgoing_call_is_reported_as_connecting_and_connected() async throws {
    let app = try await configured()
    let started = try await app.invoke("startCall", #"{"handle":{"type":1,"value":"li-hua"}}"#)
    let uuid = try #require(started.ok.uuid.string.flatMap(UUID.init(uuidString:)))
    #expect(try await app.invoke("reportOutgoingCallStarted", #"{"uuid":"\#(uuid)"}"#).ok.isPresent)
    #expect(try await app.invoke("reportOutgoingCall", #"{"uuid":"\#(uuid)"}"#).ok.isPresent)
    let reports = try app.provider.stubReports
    #expect(reports.contains(.startedConnecting(uuid)))
    #expect(reports.last == .connected(uuid))
  }

  @Test func what_CallKit_refuses_carries_its_domain_and_number() async throws {
    let app = try await configured()
    try await app.push(["call_id": "call-42"]).completed()
    app.engine.calls.controller.stubProvider = nil
    let answer = try await app.invoke("setMuted", #"{"uuid":"F918FA96-D863-5F2C-9BA5-A60EA3CF90A8","muted":true}"#)
    #expect(answer.error.domain.string == CXErrorDomainRequestTransaction)
    #expect(answer.error.code.string == "2")
    #expect(answer.error.message.string?.isEmpty == false)
  }

  @Test func an_incoming_call_that_the_app_reports_settles_with_CallKits_refusal() async throws {
    let app = try await configured()
    try app.provider.stubIncomingError = CXErrorCodeIncomingCallError(.filteredByDoNotDisturb)
    let answer = try await app.invoke("reportIncomingCall", #"{"uuid":"\#(UUID())","update":{"localizedCallerName":"Li Hua"}}"#)
    #expect(answer.error.domain.string == CXErrorDomainIncomingCall)
    #expect(answer.error.code.string == "3")
  }

  @Test func an_update_reaches_CallKit() async throws {
    let app = try await configured()
    try await app.push(["call_id": "call-42"]).completed()
    let uuid = try #require(UUID(uuidString: "F918FA96-D863-5F2C-9BA5-A60EA3CF90A8"))
    #expect(try await app.invoke("reportCallUpdate", #"{"uuid":"\#(uuid)","update":{"localizedCallerName":"Li Hua"}}"#).ok.isPresent)
    #expect(try app.provider.stubReports.last == .updated(uuid, name: "Li Hua"))
  }

  @Test func an_end_that_the_app_reports_carries_its_reason() async throws {
    let app = try await configured()
    try await app.push(["call_id": "call-42"]).completed()
    let uuid = try #require(UUID(uuidString: "F918FA96-D863-5F2C-9BA5-A60EA3CF90A8"))
    #expect(try await app.invoke("reportCallEnded", #"{"uuid":"\#(uuid)","reason":4}"#).ok.isPresent)
    #expect(try app.provider.stubReports.last == .ended(uuid, .answeredElsewhere))
  }

  @Test func calls_of_other_apps_are_observed_while_CallKit_is_in_use() async throws {
    let app = App()
    app.startJavaScript()
    let otherCalls = { try await app.invoke("diagnose").ok.otherCalls.int }
    _ = try await app.invoke("getVersion")
    app.engine.calls.controller.callObserver.stubObserve([
      CXCall(stubUUID: UUID()), CXCall(stubUUID: UUID()), CXCall(stubUUID: UUID(), hasEnded: true),
    ])
    #expect(try await otherCalls() == 2)
    #expect(try await app.invoke("setCallKitEnabled", #"{"enabled":false}"#).ok.isPresent)
    #expect(try await otherCalls() == 0)
    #expect(try await app.invoke("setCallKitEnabled", #"{"enabled":true}"#).ok.isPresent)
    #expect(try await otherCalls() == 2)
  }
}
