// What Apple's headers bring along and GNUstep's do not, as far as React Native's headers use it. Only ever parsed, never compiled.
#pragma once

#import <Foundation/Foundation.h>

#include <functional>
#include <memory>

#define __nullable _Nullable
#define __deprecated_msg(text)

typedef NSObject *dispatch_queue_t;
typedef void (^dispatch_block_t)(void);

extern id const kCFNull;
