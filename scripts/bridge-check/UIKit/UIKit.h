#pragma once

#import <CoreGraphics/CoreGraphics.h>
#import <Foundation/Foundation.h>

@class UIView;

extern NSString *const UIApplicationDidFinishLaunchingNotification;
