import AVFAudio
import CallKit
import Foundation
import Testing

@testable import ZpnsKit

/// What the user does to a call: told to JavaScript, settled once.
@Suite struct ActionTests {
  let call: UUID

  init() throws { call = try #require(UUID(uuidString: "1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10")) }

  /// An app that was launched by a push for a call that rings.
  func ringing(info: [String: Any] = [:]) async throws -> App {
    let app = App(info: info)
    try await app.push(["call_id": call.uuidString, "zego": ["voip_handle_type": 1, "voip_handle_value": "li-hua"]]).completed()
    return app
  }

  @Test func an_answer_is_settled_by_javascript() async throws {
    let app = try await ringing()
    let answer = try app.user(CXAnswerCallAction(call: call))
    app.startJavaScript(listeningTo: "performAnswerCallAction")
    let (_, body) = try await app.event("performAnswerCallAction")
    #expect(body.action.callUUID.string == call.uuidString)
    #expect(answer.stubOutcome == .pending)

    let seq = try #require(body.seq.string)
    let settled = try await app.invoke("completeAction", #"{"seq":"\#(seq)","outcome":"fulfill"}"#)
    #expect(settled.ok.isPresent)
    #expect(answer.stubOutcome == .fulfilled)
  }

  @Test func settling_an_action_twice_is_an_error_and_reaches_CallKit_once() async throws {
    let app = try await ringing()
    let answer = try app.user(CXAnswerCallAction(call: call))
    app.startJavaScript(listeningTo: "performAnswerCallAction")
    let seq = try #require(try await app.event("performAnswerCallAction").1.seq.string)
    _ = try await app.invoke("completeAction", #"{"seq":"\#(seq)","outcome":"fulfill"}"#)
    let again = try await app.invoke("completeAction", #"{"seq":"\#(seq)","outcome":"fail"}"#)
    #expect(again.error.code.string == String(ZpnsError.Code.alreadySettled.rawValue))
    #expect(answer.stubCompletions == 1)
  }

  @Test func an_answer_without_javascript_fails_before_its_time_is_up_and_ends_the_call() async throws {
    let app = try await ringing()
    let answer = try app.user(CXAnswerCallAction(call: call), within: 0.6)
    try await eventually("the failure of the answer") { answer.stubOutcome == .failed ? true : nil }
    #expect(answer.timeoutDate > Date())
    try await eventually("the end of the call") { try app.provider.stubCalls.isEmpty ? true : nil }
  }

  @Test func an_end_without_javascript_is_fulfilled_before_its_time_is_up() async throws {
    let app = try await ringing()
    let end = try app.user(CXEndCallAction(call: call), within: 0.6)
    try await eventually("the fulfilment of the end") { end.stubOutcome == .fulfilled ? true : nil }
    #expect(end.timeoutDate > Date())
  }

  @Test func a_timed_out_action_is_told_and_left_alone() async throws {
    let app = try await ringing()
    let held = try app.user(CXSetHeldCallAction(call: call, onHold: true))
    app.startJavaScript(listeningTo: "performSetHeldCallAction", "timedOutPerformingAction")
    let seq = try await app.event("performSetHeldCallAction").1.seq.string
    try app.provider.stubDrive { $1.provider($0, timedOutPerforming: held) }
    let (_, body) = try await app.event("timedOutPerformingAction")
    #expect(body.seq.string == seq)
    #expect(body.action.kind.string == "held")
    #expect(body.action.callUUID.string == call.uuidString)
    #expect(held.stubCompletions == 0)
  }

  @Test func a_reset_drops_the_calls_and_leaves_their_actions_alone() async throws {
    let app = try await ringing()
    let answer = try app.user(CXAnswerCallAction(call: call))
    app.startJavaScript(listeningTo: "providerDidReset", "performAnswerCallAction")
    _ = try await app.event("performAnswerCallAction")
    try app.provider.stubReset()
    _ = try await app.event("providerDidReset")
    #expect(answer.stubCompletions == 0)
    let calls = try await app.invoke("getCalls")
    #expect((calls.ok.raw as? [Any])?.isEmpty == true)
  }

  @Test func what_the_user_does_carries_its_details() async throws {
    let app = try await ringing()
    let other = UUID()
    app.startJavaScript(
      listeningTo: "performSetHeldCallAction", "performSetMutedCallAction", "performSetGroupCallAction", "performPlayDTMFCallAction")
    try app.user(CXSetHeldCallAction(call: call, onHold: true))
    try app.user(CXSetMutedCallAction(call: call, muted: true))
    try app.user(CXSetGroupCallAction(call: call, callUUIDToGroupWith: other))
    try app.user(CXPlayDTMFCallAction(call: call, digits: "12#", type: .softPause))
    #expect(try await app.event("performSetHeldCallAction").1.action.onHold.bool == true)
    #expect(try await app.event("performSetMutedCallAction").1.action.muted.bool == true)
    #expect(try await app.event("performSetGroupCallAction").1.action.callUUIDToGroupWith.string == other.uuidString)
    let dtmf = try await app.event("performPlayDTMFCallAction").1.action
    #expect(dtmf.digits.string == "12#")
    // One less than Apple's number, as JavaScript's enum has it.
    #expect(dtmf.type.int == 1)
  }

  @Test func audio_is_told_and_prepared_but_not_activated() async throws {
    let app = try await ringing()
    let changes = AVAudioSession.sharedInstance().stubCategoryChanges(mode: .voiceChat)
    try app.user(CXAnswerCallAction(call: call))
    app.startJavaScript(listeningTo: "didActivateAudioSession", "didDeactivateAudioSession")
    try app.provider.stubDrive { $1.provider($0, didActivate: .sharedInstance()) }
    try app.provider.stubDrive { $1.provider($0, didDeactivate: .sharedInstance()) }
    _ = try await app.event("didActivateAudioSession")
    _ = try await app.event("didDeactivateAudioSession")
    #expect(AVAudioSession.sharedInstance().stubCategory == .playAndRecord)
    #expect(AVAudioSession.sharedInstance().stubCategoryChanges(mode: .voiceChat) > changes)
  }

  @Test func audio_of_a_video_call_is_prepared_for_video_when_it_is_answered() async throws {
    let app = App()
    let changes = AVAudioSession.sharedInstance().stubCategoryChanges(mode: .videoChat)
    let zego: [String: Any] = ["voip_has_video": true, "voip_handle_type": 1, "voip_handle_value": "li-hua"]
    try await app.push(["call_id": call.uuidString, "zego": zego]).completed()
    try app.user(CXAnswerCallAction(call: call))
    app.startJavaScript(listeningTo: "performAnswerCallAction")
    _ = try await app.event("performAnswerCallAction")
    #expect(AVAudioSession.sharedInstance().stubCategoryChanges(mode: .videoChat) > changes)
  }
}
