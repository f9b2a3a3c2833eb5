#!/usr/bin/env bash
# Checks the Objective-C++ of ios/Sources/ZpnsBridge on Linux: against React Native's own headers, the module's interface as codegen
# makes it from src/NativeZpns.ts, and GNUstep's Foundation. A method that the interface has and the module lacks is an error.
set -euo pipefail

scripts="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
# shellcheck source-path=SCRIPTDIR source=toolchains/fail.sh
source "$scripts/toolchains/fail.sh"
repository="$(cd "$scripts/.." && pwd -P)"
react="$repository/node_modules/react-native"
gnustep="${GNUSTEP_HEADERS:-/usr/include/GNUstep}"
clang="clang++-19"

usage() {
  cat <<TEXT
usage: bridge-check.sh [--missing]

  --missing  only say what this machine lacks for it, on one line; nothing if it has everything

Needs node_modules, $clang, and the headers of Debian's libgnustep-base-dev and libobjc-12-dev (installed, or GNUstep's unpacked where
GNUSTEP_HEADERS says).
TEXT
}

# The headers of GCC's Objective-C runtime, next to GCC's own.
objc_headers() { find /usr/lib/gcc -path '*/include/objc/runtime.h' -printf '%h\n' 2>/dev/null | sort -V | tail -n 1; }

missing() {
  if [[ ! -d "$react" ]]; then
    echo "React Native is not installed: run npm ci"
  elif ! command -v "$clang" >/dev/null; then
    echo "$clang is not installed: run apt-get install clang-19"
  elif [[ ! -f "$gnustep/Foundation/Foundation.h" || -z "$(objc_headers)" ]]; then
    echo "GNUstep's headers are not installed: run apt-get install libgnustep-base-dev libobjc-12-dev"
  fi
}

case "${1:-}" in
  '') ;;
  --missing) missing && exit 0 ;;
  -h | --help) usage && exit 0 ;;
  *) fail "unknown argument '$1'" "see bridge-check.sh --help" ;;
esac
lack="$(missing)"
[[ -z "$lack" ]] || fail "${lack%%: run *}" "run: ${lack##*: run }"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

node "$react/scripts/generate-codegen-artifacts.js" --path "$repository" --outputPath "$work" --targetPlatform ios --source library \
  >"$work/codegen.log" 2>&1 || fail "React Native's codegen failed" "$(tail -n 5 "$work/codegen.log")"
spec="$work/build/generated/ios/ReactCodegen"

# React Native's headers lie in other folders than they are included from.
headers="$work/headers"
expose() {
  mkdir -p "$headers/$1"
  ln -sf "$react/$2"/*.h "$headers/$1/"
}
for folder in Base Modules CxxModule CxxUtils; do expose React "React/$folder"; done
expose RCTRequired Libraries/Required
expose RCTTypeSafety Libraries/TypeSafety
expose FBLazyVector Libraries/FBLazyVector/FBLazyVector
expose RCTDeprecation ReactApple/Libraries/RCTFoundation/RCTDeprecation/Exported
expose ReactCommon ReactCommon/react/nativemodule/core/ReactCommon
expose ReactCommon ReactCommon/react/nativemodule/core/platform/ios/ReactCommon

# GCC's runtime header reads an object's class in a way that automatic reference counting forbids: declare what it defines.
mkdir -p "$work/runtime/objc"
cp "$(objc_headers)"/*.h "$work/runtime/objc/"
sed -i '/^static inline Class$/,/^}$/c\extern Class object_getClass(id object);' "$work/runtime/objc/runtime.h"

includes=(-I "$scripts/bridge-check" -isystem "$work/runtime" -isystem "$headers" -isystem "$gnustep" -isystem "$spec")
for folder in . callinvoker jsi runtimeexecutor runtimeexecutor/platform/ios react/nativemodule/core; do
  includes+=(-isystem "$react/ReactCommon/$folder")
done

check() {
  "$clang" -fsyntax-only -x objective-c++ -std=c++20 -fobjc-arc -fblocks -fobjc-runtime=gnustep-2.0 -Wall -Wextra -Werror \
    -Wno-unused-parameter -include "$scripts/bridge-check/prefix.h" "${includes[@]}" "$1"
}
for file in "$repository"/ios/Sources/ZpnsBridge/*.m*; do
  check "$file"
  printf '%s: ok\n' "${file#"$repository"/}"
done
