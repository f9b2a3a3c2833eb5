import Foundation
import Testing

@testable import ZpnsKit

/// JavaScript comes and goes; native apps have none.
@Suite struct LifecycleTests {
  @Test func events_wait_while_javascript_reloads() async throws {
    let app = App()
    app.startJavaScript(listeningTo: "didReceiveIncomingPush")
    app.stopJavaScript()
    try app.push(["call_id": "call-42"])
    #expect(app.events.isEmpty)
    app.startJavaScript(listeningTo: "didReceiveIncomingPush")
    #expect(try await app.event("didReceiveIncomingPush").0.flushed)
  }

  @Test func a_module_that_goes_late_does_not_silence_the_next_one() async throws {
    let app = App()
    app.startJavaScript(listeningTo: "didReceiveIncomingPush")
    let old = try #require(app.module)
    app.startJavaScript(listeningTo: "didReceiveIncomingPush")
    old.invalidate()
    try app.push(["call_id": "call-42"])
    #expect(try await !app.event("didReceiveIncomingPush").0.flushed)
  }

  @Test func an_answer_after_the_reload_is_dropped() async throws {
    let app = App()
    app.startJavaScript()
    let module = try #require(app.module)
    let settled = Locked(0)
    // The queue is held until the module is gone.
    let held = DispatchSemaphore(value: 0)
    app.engine.core.queue.async { held.wait() }
    module.invoke("getVersion", params: "{}") { _ in
      settled.withLock { $0 += 1 }
    } reject: { _, _ in
      settled.withLock { $0 += 1 }
    }
    module.invalidate()
    held.signal()
    app.engine.core.queue.sync {}
    #expect(settled.withLock { $0 } == 0)
  }

  @Test(arguments: ["", "{", "[]", "null", #"{"uuid":7}"#, #"{"uuid":"\u0000"}"#])
  func parameters_that_can_not_be_used_are_a_typed_error(params: String) async throws {
    let app = App()
    app.startJavaScript()
    let answer = try await app.invoke("endCall", params)
    #expect(answer.error.code.string == String(ZpnsError.Code.invalidArgument.rawValue))
    #expect(answer.error.domain.string == ZpnsError.domain)
  }

  @Test func an_event_type_that_does_not_exist_is_never_heard_and_harms_nothing() async throws {
    let app = App()
    app.startJavaScript(listeningTo: "noSuchEvent", "didReceiveIncomingPush")
    app.module?.unlisten("noSuchEvent")
    try app.push(["call_id": "call-42"])
    _ = try await app.event("didReceiveIncomingPush")
  }

  @Test func an_event_that_is_no_longer_listened_to_waits() async throws {
    let app = App()
    app.startJavaScript(listeningTo: "didReceiveIncomingPush")
    app.module?.unlisten("didReceiveIncomingPush")
    try app.push(["call_id": "call-42"])
    #expect(app.events.isEmpty)
    app.module?.listen("didReceiveIncomingPush")
    #expect(try await app.event("didReceiveIncomingPush").0.flushed)
  }

  @Test func a_call_into_a_core_that_is_gone_is_rejected() async throws {
    let app = App()
    app.startJavaScript()
    app.terminate()
    await #expect(throws: Rejection.self) { try await app.invoke("getVersion") }
  }

  @Test func a_native_app_gets_its_events_by_a_delegate() async throws {
    let app = App()
    let delegate = NativeDelegate()
    app.zpns.delegate = delegate
    app.zpns.listen(to: "didReceiveIncomingPush")
    try app.push(["call_id": "call-42"])
    let event = try await eventually("the event") { delegate.events.withLock { $0.first } }
    #expect(event.type == "didReceiveIncomingPush")
    #expect(try JSON(event.body).uuid.string == "F918FA96-D863-5F2C-9BA5-A60EA3CF90A8")
    #expect(app.zpns.delegate === delegate)
    app.zpns.delegate = nil
    try app.push(["call_id": "call-43"])
    #expect(delegate.events.withLock { $0.count } == 1)
  }

  @Test func a_native_app_calls_methods_with_types() async throws {
    let app = App()
    let version: String = try await app.zpns.call("getVersion", [String: String]())
    let library = try ZpnsKit.version()
    #expect(version == library)
    let uuid: String = try await app.zpns.call("callUUID", ["callID": "call-42"])
    #expect(uuid == "F918FA96-D863-5F2C-9BA5-A60EA3CF90A8")
  }

  @Test func a_native_app_gets_typed_errors() async throws {
    let app = App()
    do {
      let _: String = try await app.zpns.call("noSuchMethod", [String: String]())
      Issue.record("there is no such method")
    } catch let error as ZpnsError {
      #expect(error.code == String(ZpnsError.Code.unknownMethod.rawValue))
      #expect(error.domain == ZpnsError.domain)
      #expect(error.localizedDescription == error.message)
    }
  }

  @Test func a_native_app_without_swift_concurrency_gets_the_answers_json() async throws {
    let app = App()
    let answer: String = await withCheckedContinuation { continuation in
      app.zpns.invoke("getVersion", params: "{}") { continuation.resume(returning: $0) }
    }
    #expect(try JSON(answer).ok.isPresent)
    app.terminate()
    let failure: String = await withCheckedContinuation { continuation in
      app.zpns.invoke("getVersion", params: "{}") { continuation.resume(returning: $0) }
    }
    #expect(try JSON(failure).error.code.string == String(ZpnsError.Code.internal.rawValue))
  }

  @Test func error_codes_are_the_same_in_rust_and_swift() throws {
    let rust = try Dictionary(uniqueKeysWithValues: errorCodes().map { ($0.name.lowercased(), Int($0.number)) })
    let swift = Dictionary(uniqueKeysWithValues: ZpnsError.Code.allCases.map { ("\($0)".lowercased(), $0.rawValue) })
    #expect(swift == rust)
  }
}

private final class NativeDelegate: ZpnsDelegate {
  let events = Locked<[ZpnsEvent]>([])

  func zpns(_ zpns: Zpns, didReceive event: ZpnsEvent) {
    events.withLock { $0.append(event) }
  }
}
