// Apple's Network framework is nowhere else.
#if canImport(Network)
  import Network

  /// Tells the core when the network comes back, so that what waits for it need not wait for its next try. Looks at the device's own
  /// state only; sends nothing.
  final class NetworkWatch: @unchecked Sendable {
    private let monitor = NWPathMonitor()

    func start(_ core: CoreEntry) {
      monitor.pathUpdateHandler = { path in
        if path.status == .satisfied { core.tell(.awake) }
      }
      monitor.start(queue: core.queue)
    }
  }
#endif
