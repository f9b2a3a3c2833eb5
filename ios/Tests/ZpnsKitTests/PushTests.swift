import CallKit
import Foundation
import PushKit
import Testing

@testable import ZpnsKit

/// What every VoIP push must lead to, with no JavaScript anywhere.
@Suite struct PushTests {
  /// What every part of the system makes of the call ID `call-42`.
  let call42: UUID
  let invitation: [AnyHashable: Any] = [
    "aps": ["alert": ["title": "Li Hua", "body": "calls"]],
    "zego": ["version": 1, "voip_has_video": true, "voip_handle_type": 1, "voip_handle_value": "li-hua"],
    "call_id": "call-42", "payload": "passed through",
  ]

  init() throws { call42 = try #require(UUID(uuidString: "F918FA96-D863-5F2C-9BA5-A60EA3CF90A8")) }

  @Test func a_push_is_reported_before_the_delegate_returns() throws {
    let app = App()
    let delivery = try app.push(invitation)
    #expect(delivery.reportsAtReturn == [.incoming(call42, handle: "li-hua", name: "Li Hua", video: true)])
  }

  @Test func a_push_of_iOS_26_4_is_reported_before_the_delegate_returns() throws {
    let app = App()
    #expect(try app.push(invitation, mustReport: true).reportsAtReturn.count == 1)
  }

  @Test func a_push_is_completed_once() async throws {
    let app = App()
    let delivery = try app.push(invitation)
    try await delivery.completed()
    app.engine.core.queue.sync {}
    #expect(delivery.completions.withLock { $0 } == 1)
  }

  @Test func a_malformed_push_is_reported_with_a_handle_and_completed() async throws {
    let app = App()
    let delivery = try app.push(["zego": "no dictionary", "aps": 7, "call_id": ["x"]])
    guard case .incoming(_, let handle, _, _)? = delivery.reportsAtReturn.first else {
      Issue.record("nothing was reported")
      return
    }
    #expect(handle?.isEmpty == false)
    try await delivery.completed()
  }

  @Test func what_is_no_JSON_is_reported_ended_and_completed() async throws {
    let app = App()
    let delivery = try app.push(["when": Date()])
    guard case .incoming(let uuid, _, _, _)? = delivery.reportsAtReturn.first else {
      Issue.record("nothing was reported")
      return
    }
    try await delivery.completed()
    try await eventually("the end of what is no call") {
      try app.provider.stubReports.contains(.ended(uuid, .failed)) ? true : nil
    }
  }

  @Test func a_second_push_for_a_live_call_reports_the_same_uuid() async throws {
    let app = App()
    try await app.push(invitation).completed()
    let again = try app.push(invitation)
    #expect(again.reportsAtReturn.count == 2)
    #expect(again.reportsAtReturn.last == again.reportsAtReturn.first)
    try await again.completed()
    #expect(try app.provider.stubCalls.count == 1)
  }

  @Test func a_push_of_another_type_is_completed_and_not_reported() async throws {
    let app = App()
    let delivery = try app.push(invitation, type: PKPushType(rawValue: "PKPushTypeFileProvider"))
    #expect(delivery.reportsAtReturn.isEmpty)
    try await delivery.completed()
  }

  @Test func a_push_that_the_core_can_not_take_is_reported_ended_and_completed() async throws {
    let app = App()
    _ = try app.push(invitation)
    app.terminate()
    let delivery = try app.push(["call_id": "call-43"])
    guard case .incoming(let uuid, "Example", _, _)? = delivery.reportsAtReturn.last else {
      Issue.record("the placeholder was not reported")
      return
    }
    try await delivery.completed()
    #expect(try app.provider.stubReports.last == .ended(uuid, .failed))
  }

  @Test func a_call_that_CallKit_refuses_completes_the_push() async throws {
    let app = App()
    try await app.push(invitation).completed()
    try app.provider.stubIncomingError = CXErrorCodeIncomingCallError(.filteredByDoNotDisturb)
    try await app.push(["call_id": "call-43"]).completed()
  }

  @Test func javascript_that_starts_late_hears_of_the_push() async throws {
    let app = App()
    try app.push(invitation)
    app.startJavaScript(listeningTo: "didReceiveIncomingPush")
    let (event, body) = try await app.event("didReceiveIncomingPush")
    #expect(event.flushed)
    #expect(body.uuid.string == call42.uuidString)
    #expect(body.payload.payload.string == "passed through")
  }

  @Test func the_provider_gets_its_configuration_again_for_each_call() throws {
    let app = App()
    try app.push(invitation)
    #expect(try app.provider.stubConfigurations >= 1)
  }

  @Test func a_stale_push_that_need_not_be_reported_is_completed() async throws {
    let app = App()
    let stale: [AnyHashable: Any] = ["call_id": "call-44", "zpns": ["v": 1, "kind": "invite", "expiresAt": 1_000]]
    let delivery = try app.push(stale, mustReport: false)
    #expect(delivery.reportsAtReturn.isEmpty)
    try await delivery.completed()
  }

  @Test func a_native_app_hands_pushes_over_from_any_queue() async throws {
    let app = App(info: ["ZPNSPushRegistryEnabled": "NO"])
    let completions = Locked(0)
    app.zpns.didReceiveIncomingPush(PKPushPayload(stubType: .voIP, dictionaryPayload: invitation), mustReport: true) {
      completions.withLock { $0 += 1 }
    }
    #expect(try app.provider.stubReports.count == 1)
    try await eventually("the completion") { completions.withLock { $0 } == 1 ? true : nil }
  }

  @Test func a_disabled_CallKit_takes_no_calls_until_it_is_configured_again() throws {
    let app = App()
    try app.push(invitation)
    let provider = try app.provider
    try app.engine.call(request: .disable)
    #expect(!provider.stubIsValid)
    #expect(throws: PortError.self) { try app.engine.call(request: .reportEnded(uuid: call42, reason: .failed)) }
    #expect(app.engine.calls.state.withLock { $0.provider } == nil)
    try app.engine.call(
      request: .configure(
        ProviderConfiguration(
          localizedName: nil, supportsVideo: nil, maximumCallsPerCallGroup: nil, maximumCallGroups: nil, supportedHandleTypes: nil,
          iconTemplateImageName: nil, ringtoneSound: nil, includesCallsInRecents: nil)))
    #expect(try app.provider.stubIsValid)
  }

  @Test(.timeLimit(.minutes(1))) func pushes_and_javascript_at_the_same_time_leave_nothing_undone() async throws {
    let app = App()
    app.startJavaScript(listeningTo: "didReceiveIncomingPush")
    let deliveries = try await withThrowingTaskGroup(of: Delivery.self) { group in
      for number in 0..<50 {
        group.addTask {
          _ = try await app.invoke("getCalls")
          return try app.push(["call_id": "call-\(number)"])
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for delivery in deliveries { try await delivery.completed() }
    try await eventually("all events") { app.events.count == 50 ? true : nil }
    #expect(app.events.map(\.seq) == app.events.map(\.seq).sorted())
    #expect(try app.provider.stubReports.count == 50)
  }

  @Test func pushes_are_not_registered_where_CallKit_is_disabled() async throws {
    let app = App(info: ["ZPNSCallKitDisabled": true, "ZPNSEnableVoIP": true])
    app.startJavaScript()
    let answer = try await app.invoke("registerPush", #"{"enableIOSVoIP":true}"#)
    #expect(answer.error.code.string == nil, "alerts go on")
    #expect(app.engine.pushes.registry == nil)
  }
}
