#!/usr/bin/env bash
# Builds every slice and lays out ZpnsFFI.xcframework: one dynamic framework for phones, one for simulators. The folder is what
# Xcode's own tool writes, so no Xcode is needed.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=slices.sh
source "$(dirname "${BASH_SOURCE[0]}")/slices.sh"

usage() {
  cat <<TEXT
usage: xcframework.sh OUT --headers DIR [--modulemap FILE] [--profile NAME] [--limit BYTES] [--no-build]

Writes OUT/$FRAMEWORK.xcframework, replacing an older one. Every slice is checked with check.sh first.
  --headers    folder with the C header that uniffi generated (${FRAMEWORK}.h)
  --modulemap  the module map for a framework: uniffi-bindgen-swift --xcframework   (default: module.modulemap in DIR)
  --profile    a profile of the root Cargo.toml                                     (default: ship)
  --limit      the most bytes a slice for phones may have                           (default: check.sh's)
  --no-build   take the slices that build.sh and link.sh left
TEXT
}

out='' headers='' modulemap='' profile=ship limit='' build=yes
while (($# > 0)); do
  case "$1" in
    --headers) headers="${2:?--headers wants a folder}" && shift 2 ;;
    --modulemap) modulemap="${2:?--modulemap wants a file}" && shift 2 ;;
    --profile) profile="${2:?--profile wants a name}" && shift 2 ;;
    --limit) limit="${2:?--limit wants a number of bytes}" && shift 2 ;;
    --no-build) build=no && shift ;;
    -h | --help) usage && exit 0 ;;
    -*) fail "unknown argument '$1'" "see xcframework.sh --help" ;;
    *) out="$1" && shift ;;
  esac
done
require_tools
[[ -n "$out" ]] || fail "no folder to write to" "see xcframework.sh --help"
header="$headers/$FRAMEWORK.h"
[[ -f "$header" ]] || fail "there is no header '$header'" "generate the bindings, then give their folder with --headers"
modulemap="${modulemap:-$headers/module.modulemap}"
grep -qsE "^framework module $FRAMEWORK\b" "$modulemap" ||
  fail "'$modulemap' does not declare 'framework module $FRAMEWORK'" \
    "generate it with uniffi-bindgen-swift --modulemap --xcframework --module-name $FRAMEWORK"

version="$(sed -n '/^\[workspace.package\]/,/^\[/s/^version *= *"\([0-9.]*\).*/\1/p' "$REPOSITORY/Cargo.toml")"
[[ -n "$version" ]] || fail "the root Cargo.toml names no version in [workspace.package]"

for target in "${TARGETS[@]}"; do
  if [[ $build == yes ]]; then
    "$apple_here/build.sh" --profile "$profile" --target "$target"
    "$apple_here/link.sh" --profile "$profile" --target "$target"
  fi
  limits=()
  [[ -z "$limit" || "$target" != "${TARGETS[0]}" ]] || limits=(--limit "$limit")
  "$apple_here/check.sh" --profile "$profile" --target "$target" --header "$header" ${limits[@]+"${limits[@]}"}
done

# fill TEMPLATE PLATFORM: the template with its places filled.
fill() {
  sed -e "s/@NAME@/$FRAMEWORK/g" -e "s/@IDENTIFIER@/dev.zpns.$FRAMEWORK/g" -e "s/@VERSION@/$version/g" \
    -e "s/@MINIMUM_IOS@/$MINIMUM_IOS/g" -e "s/@PLATFORM@/$2/g" "$apple_here/framework/$1"
}

# lay_out SLICE PLATFORM BINARY…: one framework. Several binaries are joined; one alone stays thin.
lay_out() {
  local framework="$new/$1/$FRAMEWORK.framework" platform="$2"
  shift 2
  mkdir -p "$framework/Headers" "$framework/Modules"
  if (($# == 1)); then
    cp "$1" "$framework/$FRAMEWORK"
  else
    "${LIPO[@]}" -create "$@" -output "$framework/$FRAMEWORK"
  fi
  chmod 755 "$framework/$FRAMEWORK"
  cp "$header" "$framework/Headers/"
  cp "$modulemap" "$framework/Modules/module.modulemap"
  cp "$apple_here/framework/PrivacyInfo.xcprivacy" "$framework/"
  fill Info.plist.in "$platform" >"$framework/Info.plist"
}

mkdir -p "$out"
# Built aside and moved at the end, so that what stands there is always whole.
new="$(mktemp -d "$out/.$FRAMEWORK.XXXXXX")"
trap 'rm -rf "$new"' EXIT
chmod 755 "$new"
lay_out ios-arm64 iPhoneOS "$(framework_binary aarch64-apple-ios "$profile")"
lay_out ios-arm64_x86_64-simulator iPhoneSimulator \
  "$(framework_binary aarch64-apple-ios-sim "$profile")" "$(framework_binary x86_64-apple-ios "$profile")"
fill XCFramework.plist.in '' >"$new/Info.plist"
rm -rf "$out/$FRAMEWORK.xcframework"
mv "$new" "$out/$FRAMEWORK.xcframework"
printf '%s: %s\n' "$out/$FRAMEWORK.xcframework" "$(du -sh "$out/$FRAMEWORK.xcframework" | cut -f 1)"
