import CallKit
import Foundation
import Testing
import UIKit

@testable import ZpnsKit

/// The background task that gives the core time to tell the gateway. The gateway of these tests refuses every connection.
@Suite struct BackgroundTests {
  let first = UIBackgroundTaskIdentifier(rawValue: 1)
  let second = UIBackgroundTaskIdentifier(rawValue: 2)
  let gateway = "http://127.0.0.1:1"

  /// Waits for what was asked of the core until now, and for what that asked of the main thread.
  func settle(_ app: App) async {
    app.engine.core.queue.sync {}
    await MainActor.run {}
  }

  /// An app that was launched by the gateway's push for this call. The core tells the gateway so soon after, on a thread of its own, and a
  /// task is under way for it.
  func ringing(_ call: UUID) async throws -> App {
    let app = App()
    let follow: [String: Any] = ["v": 1, "kind": "invite", "followURL": "\(gateway)/v1/calls/x", "followToken": "t"]
    try await app.push(["aps": ["alert": "Li Hua"], "call_id": call.uuidString, "zpns": follow]).completed()
    try await eventually("the task") { app.application.stubBegun.isEmpty ? nil : true }
    return app
  }

  @Test func a_decline_begins_a_background_task_that_is_ended_once() async throws {
    let call = UUID()
    let app = try await ringing(call)
    // The time for telling of the push is used up: from here on it is the decline's own.
    await app.application.stubExpireBackgroundTasks()
    await settle(app)
    try app.user(CXEndCallAction(call: call))
    await settle(app)
    #expect(app.application.stubBegun == [first, second])
    #expect(app.application.stubEnded == [first])
    await app.application.stubExpireBackgroundTasks()
    await settle(app)
    #expect(app.application.stubBegun == [first, second])
    #expect(app.application.stubEnded == [first, second])
  }

  @Test func a_decline_while_a_task_is_under_way_begins_no_other() async throws {
    let call = UUID()
    let app = try await ringing(call)
    try app.user(CXEndCallAction(call: call))
    await settle(app)
    #expect(app.application.stubBegun == [first])
    #expect(app.application.stubEnded.isEmpty)
  }

  @Test func a_task_is_ended_when_there_is_nothing_more_to_tell() async throws {
    let app = App()
    app.startJavaScript()
    // The user token of `alice`.
    let configuration = #"{"serverURL":"\#(gateway)","appID":"app","userToken":"e30.eyJzdWIiOiJhbGljZSJ9.x"}"#
    #expect(try await app.invoke("configure", configuration).ok.isPresent)
    app.engine.invoke("callInvite", #"{"invitees":["bob"]}"#) { _ in }
    await settle(app)
    #expect(app.application.stubBegun == [first])
    // Without a user token the invitation is given up at its next try.
    _ = try await app.invoke("setUserToken", #"{"userToken":null}"#)
    try await eventually("the end of the task") { app.application.stubEnded.isEmpty ? nil : true }
    #expect(app.application.stubEnded == [first])
  }

  @Test func a_task_whose_time_is_up_is_ended_at_once_even_if_the_core_is_busy() async throws {
    let app = try await ringing(UUID())
    let busy = DispatchSemaphore(value: 0)
    app.engine.core.queue.async { busy.wait() }
    await app.application.stubExpireBackgroundTasks()
    #expect(app.application.stubEnded == [first])
    busy.signal()
    await settle(app)
    #expect(app.application.stubEnded == [first])
  }

  @Test func a_task_is_begun_and_ended_once_however_often_it_is_asked_for() async throws {
    let app = App()
    for on in [true, true, false, false, true] { try app.engine.push(request: .keepAwake(on: on)) }
    await settle(app)
    #expect(app.application.stubBegun == [first, second])
    #expect(app.application.stubEnded == [first])
  }

  @Test func a_task_that_the_system_refuses_is_never_ended() async throws {
    let app = App()
    app.application.stubRefuseBackgroundTasks()
    for on in [true, false] { try app.engine.push(request: .keepAwake(on: on)) }
    await settle(app)
    #expect(app.application.stubEnded.isEmpty)
  }

  @Test func the_core_hears_that_the_system_refuses_a_task_and_asks_again_for_the_next_thing() async throws {
    let call = UUID()
    let app = try await ringing(call)
    await app.application.stubExpireBackgroundTasks()
    await settle(app)
    app.application.stubRefuseBackgroundTasks()
    try app.user(CXEndCallAction(call: call))
    // Once for the refusal, and once for what the core makes of it.
    await settle(app)
    await settle(app)
    app.application.stubRefuseBackgroundTasks(false)
    let follow: [String: Any] = ["v": 1, "kind": "invite", "followURL": "\(gateway)/v1/calls/y", "followToken": "t"]
    try await app.push(["aps": ["alert": "Li Hua"], "call_id": UUID().uuidString, "zpns": follow]).completed()
    try await eventually("the next task") { app.application.stubBegun == [first, second] ? true : nil }
  }
}
