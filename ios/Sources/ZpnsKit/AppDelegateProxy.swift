// Needs Objective-C's runtime, and with it an Apple platform.
#if canImport(ObjectiveC)
  import Foundation
  import Intents
  import UIKit

  /// Hears what iOS tells the app's delegates, without a line in them: by extending, at run time, the class of the delegate that the app
  /// really has, whatever its language and name. What the app implements itself is called first, as before.
  enum AppDelegateProxy {
    private static let extended = Locked<Set<ObjectIdentifier>>([])

    @MainActor
    static func install(for zpns: Zpns) {
      let application = UIApplication.shared
      if let delegate = application.delegate, let type = object_getClass(delegate), isNew(type) {
        hearTokens(of: type, for: zpns)
        hearNotifications(of: type, for: zpns)
        hearActivities(of: type, for: zpns)
        // UIKit looks at what a delegate implements only when it is set.
        application.delegate = nil
        application.delegate = delegate
      }
      // Apps with scenes are told of activities there.
      _ = NotificationCenter.default.addObserver(forName: UIScene.willConnectNotification, object: nil, queue: .main) { notification in
        let scene = Handover(value: notification.object as? UIScene)
        MainActor.assumeIsolated { extend(scene.value, for: zpns) }
      }
    }

    @MainActor
    private static func extend(_ scene: UIScene?, for zpns: Zpns) {
      guard let scene, let delegate = scene.delegate, let type = object_getClass(delegate), isNew(type) else { return }
      hearSceneActivities(of: type, for: zpns)
      scene.delegate = nil
      scene.delegate = delegate
    }

    private static func isNew(_ type: AnyClass) -> Bool {
      extended.withLock { $0.insert(ObjectIdentifier(type)).inserted }
    }

    private static func hearTokens(of type: AnyClass, for zpns: Zpns) {
      typealias Function = @convention(c) (NSObject, Selector, UIApplication, NSObject) -> Void

      let registered = DelegateMethod("application:didRegisterForRemoteNotificationsWithDeviceToken:", of: type, encoding: "v@:@@")
      let didRegister: @convention(block) (NSObject, UIApplication, NSData) -> Void = { delegate, application, token in
        if let (target, call) = registered.original(of: delegate, as: Function.self) {
          call(target, registered.selector, application, token)
        }
        zpns.didRegister(deviceToken: token as Data)
      }
      registered.replace(with: imp_implementationWithBlock(didRegister))

      let failed = DelegateMethod("application:didFailToRegisterForRemoteNotificationsWithError:", of: type, encoding: "v@:@@")
      let didFail: @convention(block) (NSObject, UIApplication, NSError) -> Void = { delegate, application, error in
        if let (target, call) = failed.original(of: delegate, as: Function.self) {
          call(target, failed.selector, application, error)
        }
        zpns.didFailToRegister(error: error)
      }
      failed.replace(with: imp_implementationWithBlock(didFail))
    }

    private static func hearNotifications(of type: AnyClass, for zpns: Zpns) {
      typealias Completion = @convention(block) (UIBackgroundFetchResult) -> Void
      typealias Function = @convention(c) (NSObject, Selector, UIApplication, NSDictionary, @escaping Completion) -> Void

      let method = DelegateMethod(
        "application:didReceiveRemoteNotification:fetchCompletionHandler:", of: type, encoding: "v@:@@@?")
      let block: @convention(block) (NSObject, UIApplication, NSDictionary, @escaping Completion) -> Void = {
        delegate, application, userInfo, completion in
        let fetch = FetchCompletion(completion)
        if let (target, call) = method.original(of: delegate, as: Function.self) {
          call(target, method.selector, application, userInfo, fetch.part())
        }
        zpns.engine.remote.didReceive(Payload.json(userInfo), completion: fetch.part())
        fetch.partsAreGiven()
      }
      method.replace(with: imp_implementationWithBlock(block))
    }

    private static func hearActivities(of type: AnyClass, for zpns: Zpns) {
      typealias Function = @convention(c) (NSObject, Selector, UIApplication, NSUserActivity, AnyObject) -> ObjCBool

      let method = DelegateMethod("application:continueUserActivity:restorationHandler:", of: type, encoding: "B@:@@@?")
      let block: @convention(block) (NSObject, UIApplication, NSUserActivity, AnyObject) -> ObjCBool = {
        delegate, application, activity, restore in
        var handled = false
        if let (target, call) = method.original(of: delegate, as: Function.self) {
          handled = call(target, method.selector, application, activity, restore).boolValue
        }
        return ObjCBool(zpns.continueUserActivity(activity) || handled)
      }
      method.replace(with: imp_implementationWithBlock(block))
    }

    private static func hearSceneActivities(of type: AnyClass, for zpns: Zpns) {
      typealias Function = @convention(c) (NSObject, Selector, UIScene, NSUserActivity) -> Void

      let method = DelegateMethod("scene:continueUserActivity:", of: type, encoding: "v@:@@")
      let block: @convention(block) (NSObject, UIScene, NSUserActivity) -> Void = { delegate, scene, activity in
        if let (target, call) = method.original(of: delegate, as: Function.self) {
          call(target, method.selector, scene, activity)
        }
        zpns.continueUserActivity(activity)
      }
      method.replace(with: imp_implementationWithBlock(block))
    }
  }

  /// A method of a delegate's class that is to be extended, and what it did before.
  private struct DelegateMethod: @unchecked Sendable {
    let selector: Selector
    private let type: AnyClass
    private let encoding: String
    private let before: IMP?

    init(_ name: String, of type: AnyClass, encoding: String) {
      selector = NSSelectorFromString(name)
      self.type = type
      self.encoding = encoding
      before = class_getInstanceMethod(type, selector).map(method_getImplementation)
    }

    func replace(with implementation: IMP) {
      class_replaceMethod(type, selector, implementation, encoding)
    }

    /// Whom to call, and how, for what the app did before; nil if it did nothing. A delegate may also forward to another object, as
    /// SwiftUI's does.
    func original<Function>(of delegate: NSObject, as function: Function.Type) -> (target: NSObject, call: Function)? {
      if let before { return (delegate, unsafeBitCast(before, to: function)) }
      guard let target = delegate.forwardingTarget(for: selector) as? NSObject, target !== delegate, target.responds(to: selector)
      else { return nil }
      return (target, unsafeBitCast(target.method(for: selector), to: function))
    }
  }
#endif
