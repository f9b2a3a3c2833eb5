import AVFAudio

/// The app's audio session, set up for a call before CallKit activates it.
///
/// Never activated here: CallKit does, with the priority of a call, and says so (`didActivateAudioSession`). Activating it oneself costs
/// the audio (error 561017449, `insufficientPriority`).
enum AudioSession {
  /// Sets the category for a call that starts or is answered.
  static func prepareForCall(video: Bool) {
    do {
      try AVAudioSession.sharedInstance().setCategory(.playAndRecord, mode: video ? .videoChat : .voiceChat, options: bluetooth)
    } catch {
      // The call goes on with the category that the app has: no sound is worse than the wrong one, but not worse than no call.
      Log.write(.warning, "could not prepare the audio session for a call: \(SystemError(error))")
    }
  }

  // Renamed by the SDK of iOS 26, which comes with Swift 6.2.
  #if compiler(>=6.2)
    private static let bluetooth: AVAudioSession.CategoryOptions = .allowBluetoothHFP
  #else
    private static let bluetooth: AVAudioSession.CategoryOptions = .allowBluetooth
  #endif
}
