import Foundation

#if canImport(os)
  import os
#endif

/// The system's log, subsystem `zpns`. What is written never holds a token, handle or payload, so it may be read in the clear.
enum Log {
  static func write(_ level: LogLevel, _ message: String) {
    #if canImport(os)
      logger.log(level: type(of: level), "\(message, privacy: .public)")
    #else
      FileHandle.standardError.write(Data("zpns: \(message)\n".utf8))
    #endif
  }

  #if canImport(os)
    private static let logger = Logger(subsystem: "zpns", category: "zpns")

    private static func type(of level: LogLevel) -> OSLogType {
      switch level {
      case .debug: .debug
      case .info: .info
      case .warning: .default
      case .error: .error
      }
    }
  #endif
}
