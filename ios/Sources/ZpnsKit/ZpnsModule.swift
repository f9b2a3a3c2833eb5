import Foundation

/// What React Native's module is made of, one for each JavaScript runtime. Carries text between JavaScript and the core.
#if canImport(ObjectiveC)
  @objcMembers
#endif
public final class ZpnsModule: NSObject, @unchecked Sendable {
  /// Emits an event; false if JavaScript can't take it.
  public typealias Emit = (_ type: String, _ seq: Double, _ at: Double, _ flushed: Bool, _ body: String) -> Bool
  public typealias Resolve = (_ answer: String) -> Void
  public typealias Reject = (_ code: String, _ message: String) -> Void

  private let zpns: Zpns
  private let emit: Locked<Handover<Emit>?>

  /// The app has launched. Called once, on the main thread, whether or not there is JavaScript.
  @MainActor
  public static func launch() { Zpns.shared.launch() }

  /// Takes the events from now on; they begin with `listen`.
  public convenience init(emit: @escaping Emit) { self.init(zpns: .shared, emit: emit) }

  init(zpns: Zpns, emit: @escaping Emit) {
    self.zpns = zpns
    self.emit = Locked(Handover(value: emit))
    super.init()
    zpns.engine.attach(self)
  }

  /// JavaScript is gone: events wait for the next module, and answers are dropped.
  public func invalidate() {
    emit.withLock { $0 = nil }
    zpns.engine.detach(self)
  }

  /// Calls a method of the core. Rejects only if the core can't be entered at all.
  public func invoke(_ method: String, params: String, resolve: @escaping Resolve, reject: @escaping Reject) {
    let settle = Handover(value: (resolve: resolve, reject: reject))
    zpns.engine.invoke(method, params) { [self] answer in
      // Nobody waits for it in the next runtime.
      guard emit.withLock({ $0 != nil }) else { return }
      switch answer {
      case .success(let answer): settle.value.resolve(answer)
      case .failure(let error):
        let error = ZpnsError(entering: error)
        settle.value.reject(error.code, error.message)
      }
    }
  }

  public func listen(_ type: String) { zpns.engine.listen(to: type) }

  public func unlisten(_ type: String) { zpns.engine.unlisten(to: type) }
}

extension ZpnsModule: EventListener {
  func receive(_ event: Event) -> Bool {
    guard let emit = emit.withLock({ $0 }) else { return false }
    return emit.value(event.kind, Double(event.seq), Double(event.at), event.flushed, event.body)
  }
}
