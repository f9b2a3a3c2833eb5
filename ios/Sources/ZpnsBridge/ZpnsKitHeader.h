// The header that Swift's compiler writes for ZpnsKit's Objective-C classes: where it is depends on how the app links its libraries.

// What that header names. It imports these itself, but not in Objective-C++ without C++ modules, which is how pods are built.
#import <Foundation/Foundation.h>
#import <Intents/Intents.h>
#import <PushKit/PushKit.h>
#import <UIKit/UIKit.h>
#import <UserNotifications/UserNotifications.h>

#if __has_include(<react_native_zpns/react_native_zpns-Swift.h>)
// CocoaPods, use_frameworks!
#import <react_native_zpns/react_native_zpns-Swift.h>
#else
// CocoaPods, static libraries.
#import "react_native_zpns-Swift.h"
#endif
