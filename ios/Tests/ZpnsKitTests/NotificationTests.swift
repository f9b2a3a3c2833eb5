import Foundation
import Intents
import Testing
import UIKit
import UserNotifications

@testable import ZpnsKit

/// Notifications that are no VoIP pushes, and calls asked for outside the app.
@Suite struct NotificationTests {
  let userInfo: [AnyHashable: Any] = ["aps": ["alert": ["title": "Hello", "body": "there"]], "payload": "p"]

  func notification() -> UNNotification {
    let content = UNMutableNotificationContent()
    content.userInfo = userInfo
    return UNNotification(stubRequest: UNNotificationRequest(identifier: "1", content: content, trigger: nil))
  }

  /// An app whose launch is over.
  func launched() async -> App {
    let app = App()
    await app.zpns.launch(center: NotificationCenter())
    return app
  }

  @Test(arguments: [true, false]) func the_users_answer_comes_back(granted: Bool) async throws {
    let app = App()
    app.center.stubGranted = granted
    app.startJavaScript()
    #expect(try await app.invoke("applyNotificationPermission").ok.bool == granted)
  }

  @Test func what_arrives_is_told_and_shown_as_registered() async throws {
    let app = await launched()
    app.startJavaScript(listeningTo: "notificationArrived")
    _ = try await app.invoke("registerPush", #"{"iOSNotificationArrivedConfig":{"isPresentSound":true,"isPresentAlert":true}}"#)
    let shown = Locked<UNNotificationPresentationOptions?>(nil)
    app.center.delegate?.userNotificationCenter(app.center, willPresent: notification()) { options in shown.withLock { $0 = options } }
    #expect(shown.withLock { $0 } == [.sound, .banner, .list])
    let (_, body) = try await app.event("notificationArrived")
    #expect(body.title.string == "Hello")
    #expect(body.content.string == "there")
    #expect(body.payload.string == "p")
  }

  @Test func the_delegate_that_was_there_before_is_still_asked() async throws {
    let app = App()
    let other = OtherDelegate()
    app.center.delegate = other
    await app.zpns.launch(center: NotificationCenter())
    let shown = Locked<UNNotificationPresentationOptions?>(nil)
    app.center.delegate?.userNotificationCenter(app.center, willPresent: notification()) { options in shown.withLock { $0 = options } }
    #expect(shown.withLock { $0 } == [.badge])
    let done = Locked(0)
    app.center.delegate?.userNotificationCenter(
      app.center, didReceive: UNNotificationResponse(stubNotification: notification(), actionIdentifier: "open")
    ) { done.withLock { $0 += 1 } }
    app.center.delegate?.userNotificationCenter(app.center, openSettingsFor: nil)
    #expect(done.withLock { $0 } == 1)
    #expect(other.heard.withLock { $0 } == ["willPresent", "didReceive", "openSettings"])
  }

  @Test func the_delegates_are_left_alone_where_the_app_wants_to_speak_for_them() async throws {
    let app = App(info: ["ZPNSAppDelegateProxyEnabled": false])
    let other = OtherDelegate()
    app.center.delegate = other
    await app.zpns.launch(center: NotificationCenter())
    #expect(app.center.delegate === other)
    app.startJavaScript(listeningTo: "notificationArrived", "notificationClicked")
    _ = try await app.invoke("registerPush", #"{"iOSNotificationArrivedConfig":{"isPresentBadge":true}}"#)
    #expect(app.zpns.willPresent(notification()) == [.badge])
    app.zpns.didReceive(UNNotificationResponse(stubNotification: notification(), actionIdentifier: "open"))
    _ = try await app.event("notificationArrived")
    _ = try await app.event("notificationClicked")
  }

  @Test func a_click_that_launched_the_app_waits_for_javascript() async throws {
    let app = await launched()
    let response = UNNotificationResponse(stubNotification: notification(), actionIdentifier: UNNotificationDefaultActionIdentifier)
    let done = Locked(0)
    app.center.delegate?.userNotificationCenter(app.center, didReceive: response) { done.withLock { $0 += 1 } }
    #expect(done.withLock { $0 } == 1)
    app.startJavaScript(listeningTo: "notificationClicked")
    let (event, body) = try await app.event("notificationClicked")
    #expect(event.flushed)
    #expect(body.extras.payload.string == "p")
  }

  @Test func a_notification_wiped_away_is_no_click() async throws {
    let app = await launched()
    app.startJavaScript(listeningTo: "notificationClicked")
    let wiped = UNNotificationResponse(stubNotification: notification(), actionIdentifier: UNNotificationDismissActionIdentifier)
    app.center.delegate?.userNotificationCenter(app.center, didReceive: wiped) {}
    _ = try await app.invoke("getVersion")
    #expect(app.events.isEmpty)
  }

  @Test func a_local_notification_reads_like_a_remote_one() async throws {
    let app = App()
    app.startJavaScript()
    let answer = try await app.invoke("addLocalNotification", #"{"title":"Hi","content":"you","payload":"x","iOSSound":"ding.caf"}"#)
    #expect(answer.ok.isPresent)
    let request = try #require(app.center.stubRequests.first)
    #expect(request.content.title == "Hi")
    #expect(request.content.sound?.stubName?.rawValue == "ding.caf")
    #expect(!request.identifier.isEmpty)
    let read = try JSON(String(decoding: Payload.json(request.content.userInfo), as: UTF8.self))
    #expect(read.aps.alert.title.string == "Hi")
    #expect(read.payload.string == "x")
  }

  @Test func what_the_system_refuses_is_an_error_with_its_number() async throws {
    let app = App()
    app.center.stubError = NSError(domain: "UNErrorDomain", code: 1, userInfo: [NSLocalizedDescriptionKey: "not allowed"])
    app.startJavaScript()
    let answer = try await app.invoke("addLocalNotification", #"{"title":"Hi","content":"you"}"#)
    #expect(answer.error.code.string == "1")
    #expect(answer.error.domain.string == "UNErrorDomain")
  }

  @Test func the_badge_is_set() async throws {
    let app = App()
    app.startJavaScript()
    #expect(try await app.invoke("setLocalBadge", #"{"badge":7}"#).ok.isPresent)
    #expect(app.center.stubBadge == 7)
  }

  @Test func a_background_notification_is_completed_when_javascript_is_done() async throws {
    let app = App()
    app.startJavaScript(listeningTo: "throughMessageReceived")
    let results = Locked<[UIBackgroundFetchResult]>([])
    app.zpns.didReceive(remoteNotification: ["aps": ["content-available": 1], "x": "y"]) { result in
      results.withLock { $0.append(result) }
    }
    let (_, body) = try await app.event("throughMessageReceived")
    #expect(body.extras.x.string == "y")
    #expect(results.withLock { $0.isEmpty })
    let seq = try #require(body.seq.int)
    _ = try await app.invoke("completeThroughMessage", #"{"seq":\#(seq)}"#)
    _ = try await app.invoke("completeThroughMessage", #"{"seq":\#(seq)}"#)
    try await eventually("the completion") { results.withLock { $0.isEmpty } ? nil : true }
    #expect(results.withLock { $0 } == [.newData])
  }

  @Test func a_background_notification_that_can_not_be_handled_is_completed() async throws {
    let app = App()
    app.terminate()
    let results = Locked<[UIBackgroundFetchResult]>([])
    app.zpns.didReceive(remoteNotification: [:]) { result in results.withLock { $0.append(result) } }
    try await eventually("the completion") { results.withLock { $0.isEmpty } ? nil : true }
    #expect(results.withLock { $0 } == [.noData])
  }

  @Test func a_fetch_is_completed_once_when_the_app_and_the_library_are_done() {
    let results = Locked<[UIBackgroundFetchResult]>([])
    let fetch = FetchCompletion { result in results.withLock { $0.append(result) } }
    let (app, library) = (fetch.part(), fetch.part())
    app(.newData)
    app(.failed)
    fetch.partsAreGiven()
    #expect(results.withLock { $0.isEmpty })
    library(.noData)
    library(.noData)
    #expect(results.withLock { $0 } == [.newData])
  }

  @Test func a_call_asked_for_in_recents_reaches_javascript() async throws {
    let app = App()
    let person = INPerson(stubHandle: INPersonHandle(value: "+86 10", type: .phoneNumber))
    let activity = NSUserActivity(activityType: "INStartCallIntent")
    activity.interaction = INInteraction(stubIntent: INStartCallIntent(stubContacts: [person], callCapability: .videoCall))
    #expect(app.zpns.continueUserActivity(activity))
    app.startJavaScript(listeningTo: "didReceiveStartCallIntent")
    let (_, body) = try await app.event("didReceiveStartCallIntent")
    #expect(body.handle.value.string == "+86 10")
    #expect(body.handle.type.int == 2)
    #expect(body.video.bool == true)
  }

  @Test func older_intents_ask_for_a_call_too() {
    let person = INPerson(stubHandle: INPersonHandle(value: "li@example.com", type: .emailAddress))
    let activity = NSUserActivity(activityType: "INStartAudioCallIntent")
    activity.interaction = INInteraction(stubIntent: INStartAudioCallIntent(stubContacts: [person]))
    #expect(StartCallIntent(activity)?.handle == Handle(kind: .emailAddress, value: "li@example.com"))
    activity.interaction = INInteraction(stubIntent: INStartVideoCallIntent(stubContacts: [person]))
    #expect(StartCallIntent(activity)?.video == true)
  }

  @Test func another_activity_is_left_to_the_app() {
    let app = App()
    #expect(!app.zpns.continueUserActivity(NSUserActivity(activityType: "NSUserActivityTypeBrowsingWeb")))
  }

  @Test func a_call_to_nobody_is_not_asked_for() async throws {
    let app = App()
    let nobody = NSUserActivity(activityType: "INStartCallIntent")
    nobody.interaction = INInteraction(stubIntent: INStartCallIntent(stubContacts: [], callCapability: .audioCall))
    #expect(app.zpns.continueUserActivity(nobody))
    app.startJavaScript(listeningTo: "didReceiveStartCallIntent")
    _ = try await app.invoke("getVersion")
    #expect(app.events.isEmpty)
  }
}

/// Another library's delegate of the notification centre.
private final class OtherDelegate: NSObject, UNUserNotificationCenterDelegate {
  let heard = Locked<[String]>([])

  func userNotificationCenter(
    _ center: UNUserNotificationCenter, willPresent notification: UNNotification,
    withCompletionHandler completionHandler: @escaping (UNNotificationPresentationOptions) -> Void
  ) {
    heard.withLock { $0.append("willPresent") }
    completionHandler([.badge])
  }

  func userNotificationCenter(
    _ center: UNUserNotificationCenter, didReceive response: UNNotificationResponse,
    withCompletionHandler completionHandler: @escaping () -> Void
  ) {
    heard.withLock { $0.append("didReceive") }
    completionHandler()
  }

  func userNotificationCenter(_ center: UNUserNotificationCenter, openSettingsFor notification: UNNotification?) {
    heard.withLock { $0.append("openSettings") }
  }
}
