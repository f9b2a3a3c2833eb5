// What Swift's compiler writes for ZpnsModule (ios/Sources/ZpnsKit/ZpnsModule.swift) on Apple's platforms; on Linux it can't, so this is
// written by hand and follows that file.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

@interface ZpnsModule : NSObject
+ (void)launch;
- (instancetype)initWithEmit:(BOOL (^)(NSString *type, double seq, double at, BOOL flushed, NSString *body))emit;
- (void)invalidate;
- (void)invoke:(NSString *)method
        params:(NSString *)params
       resolve:(void (^)(NSString *answer))resolve
        reject:(void (^)(NSString *code, NSString *message))reject;
- (void)listen:(NSString *)type;
- (void)unlisten:(NSString *)type;
@end

NS_ASSUME_NONNULL_END
