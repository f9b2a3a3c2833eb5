#import "RCTZpns.h"

#import <React/RCTInvalidating.h>

#include <memory>
#include <mutex>

#import "ZpnsKitHeader.h"

@interface RCTZpns () <RCTInvalidating>
@end

@implementation RCTZpns {
  ZpnsModule *_module;
  // Held while emitting, so that nothing is under way when React Native destroys what the emitter points to.
  std::mutex _emitting;
  BOOL _canEmit;
}

+ (NSString *)moduleName
{
  return @"Zpns";
}

// Without this, React Native waits for the main thread to make a module that has an initialiser.
+ (BOOL)requiresMainQueueSetup
{
  return NO;
}

- (instancetype)init
{
  if (self = [super init]) {
    __weak RCTZpns *weakSelf = self;
    _module = [[ZpnsModule alloc]
        initWithEmit:^BOOL(NSString *type, double seq, double at, BOOL flushed, NSString *body) {
          return [weakSelf emitType:type seq:seq at:at flushed:flushed body:body];
        }];
  }
  return self;
}

- (std::shared_ptr<facebook::react::TurboModule>)getTurboModule:
    (const facebook::react::ObjCTurboModule::InitParams &)params
{
  return std::make_shared<facebook::react::NativeZpnsSpecJSI>(params);
}

// Up to React Native 0.87 the generated emitter calls an empty function, which ends the process, until JavaScript has asked for the module.
- (void)setEventEmitterCallback:(EventEmitterCallbackWrapper *)eventEmitterCallbackWrapper
{
  std::lock_guard<std::mutex> lock(_emitting);
  [super setEventEmitterCallback:eventEmitterCallbackWrapper];
  _canEmit = YES;
}

- (BOOL)emitType:(NSString *)type seq:(double)seq at:(double)at flushed:(BOOL)flushed body:(NSString *)body
{
  std::lock_guard<std::mutex> lock(_emitting);
  if (!_canEmit) {
    return NO;
  }
  [self emitOnEvent:@{@"type" : type, @"seq" : @(seq), @"at" : @(at), @"flushed" : @(flushed), @"body" : body}];
  return YES;
}

- (void)invoke:(NSString *)method
        params:(NSString *)params
       resolve:(RCTPromiseResolveBlock)resolve
        reject:(RCTPromiseRejectBlock)reject
{
  [_module invoke:method
      params:params
      resolve:^(NSString *answer) {
        resolve(answer);
      }
      reject:^(NSString *code, NSString *message) {
        reject(code, message, nil);
      }];
}

- (void)listen:(NSString *)type
{
  [_module listen:type];
}

- (void)unlisten:(NSString *)type
{
  [_module unlisten:type];
}

- (void)invalidate
{
  {
    std::lock_guard<std::mutex> lock(_emitting);
    _canEmit = NO;
  }
  [_module invalidate];
}

@end
