import AVFAudio
import CallKit
import Foundation

// What CallKit says, on the library's queue. Its objects become values here; actions are kept until the core settles them.
extension CallProvider: CXProviderDelegate {
  func providerDidBegin(_ provider: CXProvider) {
    tell(.providerBegan)
  }

  func providerDidReset(_ provider: CXProvider) {
    // Their calls are gone: completing them is an error now.
    state.withLock {
      $0.actions.removeAll()
      $0.transactions.removeAll()
    }
    tell(.providerReset)
  }

  /// False: actions come one by one.
  func provider(_ provider: CXProvider, execute transaction: CXTransaction) -> Bool { false }

  func provider(_ provider: CXProvider, perform action: CXStartCallAction) {
    deliver(
      action, .start(handle: Handle(action.handle), contact: action.contactIdentifier, video: action.isVideo))
  }

  func provider(_ provider: CXProvider, perform action: CXAnswerCallAction) {
    deliver(action, .answer)
  }

  func provider(_ provider: CXProvider, perform action: CXEndCallAction) {
    deliver(action, .end)
  }

  func provider(_ provider: CXProvider, perform action: CXSetHeldCallAction) {
    deliver(action, .setHeld(onHold: action.isOnHold))
  }

  func provider(_ provider: CXProvider, perform action: CXSetMutedCallAction) {
    deliver(action, .setMuted(muted: action.isMuted))
  }

  func provider(_ provider: CXProvider, perform action: CXSetGroupCallAction) {
    deliver(action, .setGroup(with: action.callUUIDToGroupWith))
  }

  func provider(_ provider: CXProvider, perform action: CXPlayDTMFCallAction) {
    deliver(action, .playDtmf(digits: action.digits, kind: DtmfKind(action.type)))
  }

  func provider(_ provider: CXProvider, timedOutPerforming action: CXAction) {
    let uuid = action.uuid
    state.withLock { $0.actions[uuid] = nil }
    tell(.actionTimedOut(action: uuid))
  }

  func provider(_ provider: CXProvider, didActivate audioSession: AVAudioSession) {
    tell(.audioActivated)
  }

  func provider(_ provider: CXProvider, didDeactivate audioSession: AVAudioSession) {
    tell(.audioDeactivated)
  }

  private func deliver(_ action: CXCallAction, _ kind: ActionKind) {
    let id = action.uuid
    let transaction = state.withLock {
      $0.actions[id] = action
      return $0.transactions.removeValue(forKey: id)
    }
    do {
      try core.tellNow(
        .action(
          CallAction(
            id: id, call: action.callUUID, kind: kind, deadline: action.timeoutDate.unixMilliseconds, transaction: transaction)))
    } catch {
      Log.write(.error, "an action of CallKit could not be handled and fails: \(error)")
      state.withLock { $0.actions.removeValue(forKey: id) }?.fail()
    }
  }
}

extension Date {
  /// Milliseconds since 1970; 0 before that.
  fileprivate var unixMilliseconds: UInt64 { UInt64(max(0, timeIntervalSince1970 * 1000)) }
}
