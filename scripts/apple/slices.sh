# shellcheck shell=bash disable=SC2034
# What every script here must agree on: the slices, their names in each tool's language, the folders, the host's tools. Sourced,
# never run. These scripts keep to bash 3.2, which is a Mac's.

apple_here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source-path=SCRIPTDIR source=../toolchains/env.sh
source "$apple_here/../toolchains/env.sh"
# shellcheck source-path=SCRIPTDIR source=../toolchains/fail.sh
source "$apple_here/../toolchains/fail.sh"
REPOSITORY="$(cd "$apple_here/../.." && pwd)"

FRAMEWORK=ZpnsFFI
PACKAGE=zpns-ffi
STATIC_LIBRARY=libzpns_ffi.a

# React Native's own floor; and the SDK that an image linked on Linux says it was built for.
MINIMUM_IOS=15.1
SDK_VERSION=18.0

# Builds for a phone must not invalidate those for this machine: another compiler, other flags.
APPLE_TARGET_DIR="${CARGO_TARGET_DIR:-$REPOSITORY/target}/apple"

TARGETS=(aarch64-apple-ios aarch64-apple-ios-sim x86_64-apple-ios)

# describe_target TARGET: sets ARCH, PLATFORM (lld's word), TRIPLE (clang's) and PLATFORM_NUMBER (LC_BUILD_VERSION's).
describe_target() {
  case "$1" in
    aarch64-apple-ios)
      ARCH=arm64 PLATFORM=ios PLATFORM_NUMBER=2 TRIPLE="arm64-apple-ios$MINIMUM_IOS"
      ;;
    aarch64-apple-ios-sim)
      ARCH=arm64 PLATFORM=ios-simulator PLATFORM_NUMBER=7 TRIPLE="arm64-apple-ios$MINIMUM_IOS-simulator"
      ;;
    x86_64-apple-ios)
      ARCH=x86_64 PLATFORM=ios-simulator PLATFORM_NUMBER=7 TRIPLE="x86_64-apple-ios$MINIMUM_IOS-simulator"
      ;;
    *) fail "'$1' is no target of ours" "one of: ${TARGETS[*]}" ;;
  esac
}

# static_library TARGET PROFILE / framework_binary TARGET PROFILE: where build.sh and link.sh leave their result.
static_library() { printf '%s/%s/%s/%s\n' "$APPLE_TARGET_DIR" "$1" "$2" "$STATIC_LIBRARY"; }
framework_binary() { printf '%s/%s/%s/%s\n' "$APPLE_TARGET_DIR" "$1" "$2" "$FRAMEWORK"; }

size_of() { wc -c <"$1" | tr -d ' '; }

# The tools of this host, under the same names on each.
if [[ "$(uname -s)" == Darwin ]]; then
  # shellcheck source-path=SCRIPTDIR source=hosts/darwin.sh
  source "$apple_here/hosts/darwin.sh"
else
  # shellcheck source-path=SCRIPTDIR source=hosts/linux.sh
  source "$apple_here/hosts/linux.sh"
fi
