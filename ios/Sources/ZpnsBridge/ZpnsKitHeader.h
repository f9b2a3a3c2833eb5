// The header that Swift's compiler writes for ZpnsKit's Objective-C classes: where it is depends on how the app links its libraries.
#if __has_include(<react_native_zpns/react_native_zpns-Swift.h>)
// CocoaPods, use_frameworks!
#import <react_native_zpns/react_native_zpns-Swift.h>
#elif __has_include("react_native_zpns-Swift.h")
// CocoaPods, static libraries.
#import "react_native_zpns-Swift.h"
#else
// Swift packages.
@import ZpnsKit;
#endif
