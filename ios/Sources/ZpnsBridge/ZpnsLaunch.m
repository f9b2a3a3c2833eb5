#import "ZpnsKitHeader.h"

/// Starts the library when the app has launched, so that an app needs no line for it.
@interface ZpnsLaunch : NSObject
@end

@implementation ZpnsLaunch

// Nothing but the observer: iOS may run this long before launch, on a locked device (prewarming).
+ (void)load
{
  [NSNotificationCenter.defaultCenter addObserverForName:UIApplicationDidFinishLaunchingNotification
                                                  object:nil
                                                   queue:nil
                                              usingBlock:^(NSNotification *notification) {
                                                [ZpnsModule launch];
                                              }];
}

@end
