import CallKit
import Foundation
import PushKit
import Testing
import UIKit
import UserNotifications

@testable import ZpnsKit

/// One launch of an app on a phone: the product's own objects over the real core, with stand-ins for Apple's frameworks at the edge.
final class App: @unchecked Sendable {
  let container: URL
  let center = UNUserNotificationCenter()
  let application = UIApplication()
  let zpns: Zpns
  private(set) var module: ZpnsModule?
  private let recorded = Locked<[Event]>([])

  /// Launches the app, as iOS does: no JavaScript yet. `container` is where an earlier launch left its files.
  init(
    info: [String: Any] = [:], simulator: Bool = false, profile: Data? = nil, container: URL? = nil, zego: @escaping ZegoSDK = { _, _ in }
  ) {
    self.container =
      container ?? FileManager.default.temporaryDirectory.appendingPathComponent("zpns-\(UUID().uuidString)", isDirectory: true)
    let info = [
      "CFBundleIdentifier": "com.example.app", "CFBundleDisplayName": "Example", "UIBackgroundModes": ["voip", "audio"],
    ].merging(info) { $1 }
    zpns = Zpns(
      engine: Engine(
        facts: AppFacts(info: info, provisioningProfile: profile, simulator: simulator), info: info,
        storage: FileStorage(file: self.container.appendingPathComponent("state")), center: center,
        application: { [application] in application }, zego: zego))
  }

  deinit { engine.stop() }

  var engine: Engine { zpns.engine }

  /// Ends the process. What it stored stays in `container`.
  func terminate() { engine.stop() }

  // MARK: CallKit

  /// CallKit's provider, made by now.
  var provider: CXProvider {
    get throws { try #require(engine.calls.state.withLock { $0.provider }, "there is no CXProvider") }
  }

  /// Has the user do something, and returns the action.
  @discardableResult
  func user<Action: CXCallAction>(_ action: Action, within: TimeInterval = 30) throws -> Action {
    action.timeoutDate = Date(timeIntervalSinceNow: within)
    try provider.stubPerform(action)
    return action
  }

  // MARK: PushKit

  /// Delivers a push as PushKit does. The result tells what was reported when the delegate method returned.
  @discardableResult
  func push(_ payload: [AnyHashable: Any], type: PKPushType = .voIP, mustReport: Bool? = nil) throws -> Delivery {
    engine.core.queue.sync {}
    let registry = engine.pushes.registry ?? PKPushRegistry(queue: engine.core.queue)
    registry.delegate = engine.pushes
    let delivery = Delivery()
    registry.stubDeliver(payload, type: type, mustReport: mustReport) { [engine] in
      delivery.reportsAtReturn = engine.calls.state.withLock { $0.provider }?.stubReports ?? []
    } completion: {
      delivery.completions.withLock { $0 += 1 }
    }
    return delivery
  }

  // MARK: JavaScript

  /// Starts JavaScript, which listens to these events. Nothing is heard of the others.
  func startJavaScript(listeningTo types: String...) {
    module = ZpnsModule(zpns: zpns) { [recorded] type, seq, at, flushed, body in
      recorded.withLock { $0.append(Event(kind: type, seq: UInt64(seq), at: UInt64(at), flushed: flushed, body: body)) }
      return true
    }
    for type in types { module?.listen(type) }
  }

  /// Reloads JavaScript: the module goes, and what was heard is forgotten.
  func stopJavaScript() {
    module?.invalidate()
    engine.core.queue.sync {}
    module = nil
    recorded.withLock { $0 = [] }
  }

  /// What JavaScript heard, in order.
  var events: [Event] { recorded.withLock { $0 } }

  /// The first event of this type, when it comes.
  func event(_ type: String) async throws -> (Event, JSON) {
    try await eventually("the event \(type)") { self.events.first { $0.kind == type } }.withBody()
  }

  /// Calls a method as JavaScript does.
  func invoke(_ method: String, _ params: String = "{}") async throws -> JSON {
    let module = try #require(self.module, "JavaScript is not running")
    let answer: String = try await withCheckedThrowingContinuation { continuation in
      module.invoke(method, params: params) {
        continuation.resume(returning: $0)
      } reject: {
        continuation.resume(throwing: Rejection(code: $0, message: $1))
      }
    }
    return try JSON(answer)
  }
}

/// A promise that JavaScript saw rejected.
struct Rejection: Error, Equatable {
  let code: String
  let message: String
}

/// What became of a push.
final class Delivery: @unchecked Sendable {
  /// What CallKit had been told when PushKit's delegate method returned.
  var reportsAtReturn: [CXProvider.StubReport] = []
  let completions = Locked(0)

  /// When PushKit's completion handler was called.
  func completed() async throws {
    try await eventually("the push's completion") { self.completions.withLock { $0 > 0 } ? true : nil }
  }
}

/// A JSON value, to look into.
@dynamicMemberLookup
struct JSON: @unchecked Sendable {
  let raw: Any?

  init(_ text: String) throws { raw = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed) }
  private init(raw: Any?) { self.raw = raw }

  subscript(dynamicMember key: String) -> JSON { JSON(raw: (raw as? [String: Any])?[key]) }

  var string: String? { raw as? String }
  var int: Int? { (raw as? NSNumber)?.intValue }
  var bool: Bool? { raw as? Bool }
  var isPresent: Bool { raw != nil }
}

extension Event {
  func withBody() throws -> (Event, JSON) { (self, try JSON(body)) }
}

/// What was waited for did not come.
struct Overdue: Error, CustomStringConvertible {
  let description: String
}

/// The first value that is not nil, looked for until it is there or 10 s have passed.
@discardableResult
func eventually<Value>(_ what: String, _ look: () throws -> Value?) async throws -> Value {
  let deadline = Date(timeIntervalSinceNow: 10)
  while Date() < deadline {
    if let value = try look() { return value }
    try await Task.sleep(nanoseconds: 2_000_000)
  }
  throw Overdue(description: "\(what) did not come")
}
