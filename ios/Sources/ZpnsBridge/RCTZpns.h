#import <RNZpnsSpec/RNZpnsSpec.h>

NS_ASSUME_NONNULL_BEGIN

/// React Native's module `Zpns`: carries text between JavaScript and `ZpnsModule`.
@interface RCTZpns : NativeZpnsSpecBase <NativeZpnsSpec>
@end

NS_ASSUME_NONNULL_END
