# shellcheck shell=bash disable=SC2034,SC2154
# The tools on Linux: Debian's Rust compiler with the sources of std, clang, lld and LLVM, headers and stubs in place of Apple's SDK.
# Sourced by slices.sh; hosts/darwin.sh offers the same names.

NM=("llvm-nm-$LLVM_MAJOR")
OTOOL=("llvm-otool-$LLVM_MAJOR")
LIPO=("llvm-lipo-$LLVM_MAJOR")
STRIP=("llvm-strip-$LLVM_MAJOR")

require_tools() {
  apple_is_installed || fail "the tools to build for iOS are not installed in $ZPNS_TOOLCHAINS" "run: make toolchains"
}

cargo_for_ios() { "$apple_here/../toolchains/cross-cargo.sh" "$@"; }

std_sources() { printf '%s\n' "$CROSS_RUST/usr/lib/rustlib/src/rust"; }

# export_c_compiler SUFFIX TRIPLE FLAG…: what the cc crate reads for the target whose name with underscores is SUFFIX.
export_c_compiler() {
  local suffix="$1" triple="$2"
  shift 2
  export SDKROOT="$APPLE_SDK"
  export "CC_$suffix=clang-$LLVM_MAJOR" "AR_$suffix=llvm-ar-$LLVM_MAJOR" "CFLAGS_$suffix=--target=$triple $*"
}

# link_dylib OUT FLAG…: for the target that describe_target described. The stubs list all that may be imported, so anything else is
# an undefined symbol. Functions that turned out the same are folded, as Apple's linker does by itself.
link_dylib() {
  "ld64.lld-$LLVM_MAJOR" -dylib -arch "$ARCH" -platform_version "$PLATFORM" "$MINIMUM_IOS" "$SDK_VERSION" \
    -application_extension -dead_strip --icf=safe -fixup_chains -o "$@" "$apple_here"/sdk/*.tbd
}
