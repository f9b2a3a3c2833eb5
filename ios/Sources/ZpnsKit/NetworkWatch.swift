/// Tells another way to the network from the same one told again: the device also tells of what does not change the way.
struct NetworkPaths {
  struct Path: Equatable {
    /// Whether the network can be reached.
    let isSatisfied: Bool
    /// Names of the interfaces, the preferred one first, and then of the gateways: one Wi-Fi has another gateway than the next.
    let hops: [String]
  }

  private var last: Path?

  /// Takes the path of now. True if there is a way to the network that is another one than before; the first path says how things stand,
  /// and is no change.
  mutating func change(to path: Path) -> Bool {
    defer { last = path }
    guard let last else { return false }
    return path.isSatisfied && path != last
  }
}

// Apple's Network framework is nowhere else.
#if canImport(Network)
  import Network

  /// Tells the core of each new way to the network, so that what is under way or waits need not wait for its next try. Looks at the device's
  /// own state only; sends nothing.
  final class NetworkWatch: @unchecked Sendable {
    private let monitor = NWPathMonitor()
    private let paths = Locked(NetworkPaths())

    func start(_ core: CoreEntry) {
      monitor.pathUpdateHandler = { [paths] path in
        let hops = path.availableInterfaces.map(\.name) + path.gateways.map { "\($0)" }
        let now = NetworkPaths.Path(isSatisfied: path.status == .satisfied, hops: hops)
        if paths.withLock({ $0.change(to: now) }) { core.tell(.networkChanged) }
      }
      monitor.start(queue: core.queue)
    }
  }
#endif
