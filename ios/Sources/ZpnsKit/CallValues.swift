import CallKit
import Foundation
import UIKit

// The core's words for calls in CallKit's classes, and back. Numbers are Apple's on both sides.

extension CXHandle {
  convenience init(_ handle: Handle) {
    self.init(type: HandleType(handle.kind), value: handle.value)
  }
}

extension CXHandle.HandleType {
  init(_ kind: HandleType) {
    switch kind {
    case .generic: self = .generic
    case .phoneNumber: self = .phoneNumber
    case .emailAddress: self = .emailAddress
    }
  }
}

extension Handle {
  init(_ handle: CXHandle) {
    self.init(kind: HandleType(handle.type), value: handle.value)
  }
}

extension HandleType {
  init(_ type: CXHandle.HandleType) {
    switch type {
    case .phoneNumber: self = .phoneNumber
    case .emailAddress: self = .emailAddress
    default: self = .generic
    }
  }
}

extension CXCallUpdate {
  /// What the core leaves open stays as CallKit has it.
  convenience init(_ update: CallUpdate) {
    self.init()
    if let handle = update.remoteHandle { remoteHandle = CXHandle(handle) }
    if let name = update.localizedCallerName { localizedCallerName = name }
    if let holding = update.supportsHolding { supportsHolding = holding }
    if let grouping = update.supportsGrouping { supportsGrouping = grouping }
    if let ungrouping = update.supportsUngrouping { supportsUngrouping = ungrouping }
    if let dtmf = update.supportsDtmf { supportsDTMF = dtmf }
    if let video = update.hasVideo { hasVideo = video }
  }
}

extension CXProviderConfiguration {
  /// What the core leaves open stays as CallKit has it. `localizedName` is not used: since iOS 14 the name is `CFBundleDisplayName`.
  convenience init(_ configuration: ProviderConfiguration) {
    self.init()
    if let video = configuration.supportsVideo { supportsVideo = video }
    if let calls = configuration.maximumCallsPerCallGroup { maximumCallsPerCallGroup = Int(calls) }
    if let groups = configuration.maximumCallGroups { maximumCallGroups = Int(groups) }
    if let kinds = configuration.supportedHandleTypes { supportedHandleTypes = Set(kinds.map(CXHandle.HandleType.init)) }
    if let icon = configuration.iconTemplateImageName { iconTemplateImageData = Self.image(named: icon) }
    if let sound = configuration.ringtoneSound { ringtoneSound = sound }
    if let recents = configuration.includesCallsInRecents { includesCallsInRecents = recents }
  }

  private static func image(named name: String) -> Data? {
    let data = UIImage(named: name)?.pngData()
    if data == nil { Log.write(.warning, "iconTemplateImageName: the app's bundle has no image '\(name)'") }
    return data
  }
}

extension CXCallEndedReason {
  init(_ reason: EndedReason) {
    switch reason {
    case .failed: self = .failed
    case .remoteEnded: self = .remoteEnded
    case .unanswered: self = .unanswered
    case .answeredElsewhere: self = .answeredElsewhere
    case .declinedElsewhere: self = .declinedElsewhere
    }
  }
}

extension CXPlayDTMFCallAction.ActionType {
  init(_ kind: DtmfKind) {
    switch kind {
    case .singleTone: self = .singleTone
    case .softPause: self = .softPause
    case .hardPause: self = .hardPause
    }
  }
}

extension DtmfKind {
  init(_ type: CXPlayDTMFCallAction.ActionType) {
    switch type {
    case .softPause: self = .softPause
    case .hardPause: self = .hardPause
    default: self = .singleTone
    }
  }
}

extension CXCallAction {
  /// The action that the core asks for.
  static func requested(_ action: RequestedAction) -> CXCallAction {
    switch action {
    case .start(let uuid, let handle, let video):
      let start = CXStartCallAction(call: uuid, handle: CXHandle(handle))
      start.isVideo = video
      return start
    case .answer(let uuid): return CXAnswerCallAction(call: uuid)
    case .end(let uuid): return CXEndCallAction(call: uuid)
    case .setHeld(let uuid, let onHold): return CXSetHeldCallAction(call: uuid, onHold: onHold)
    case .setMuted(let uuid, let muted): return CXSetMutedCallAction(call: uuid, muted: muted)
    case .setGroup(let uuid, let other): return CXSetGroupCallAction(call: uuid, callUUIDToGroupWith: other)
    case .playDtmf(let uuid, let digits, let kind):
      return CXPlayDTMFCallAction(call: uuid, digits: digits, type: CXPlayDTMFCallAction.ActionType(kind))
    }
  }
}
