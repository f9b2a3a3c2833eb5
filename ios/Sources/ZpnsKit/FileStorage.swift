import Foundation

/// What the core stores: one file in the app's container, replaced as a whole.
final class FileStorage: Storage {
  private let file: URL

  init(file: URL) { self.file = file }

  /// In Application Support, as Apple wants what an app keeps for itself.
  convenience init() {
    let support =
      FileManager.default.urls(for: .applicationSupportDirectory, in: .userDomainMask).first ?? FileManager.default.temporaryDirectory
    self.init(file: support.appendingPathComponent("zpns", isDirectory: true).appendingPathComponent("state"))
  }

  /// Nil if nothing was saved. Throws before the first unlock after a restart, when the file is there but can't be read.
  func load() throws -> Data? {
    do {
      return try Data(contentsOf: file)
    } catch CocoaError.fileReadNoSuchFile {
      return nil
    } catch {
      throw PortError(error)
    }
  }

  func save(bytes: Data) throws {
    do {
      try makeDirectory()
      try bytes.write(to: file, options: options)
    } catch {
      throw PortError(error)
    }
  }

  // Readable after the first unlock: a push may come at any time after that, also while the device is locked.
  #if os(iOS)
    private let options: Data.WritingOptions = [.atomic, .completeFileProtectionUntilFirstUserAuthentication]
  #else
    private let options: Data.WritingOptions = .atomic
  #endif

  /// Kept out of backups: it names this installation, and a second device restored from one must not call itself the same.
  private func makeDirectory() throws {
    var directory = file.deletingLastPathComponent()
    if FileManager.default.fileExists(atPath: directory.path) { return }
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    #if os(iOS)
      var values = URLResourceValues()
      values.isExcludedFromBackup = true
      try directory.setResourceValues(values)
    #endif
  }
}
