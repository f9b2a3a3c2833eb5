#!/usr/bin/env bash
# Proves that the core builds for iOS: compiles, links and checks one slice as it would ship. xcframework.sh does it for all.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=slices.sh
source "$(dirname "${BASH_SOURCE[0]}")/slices.sh"

usage() {
  cat <<TEXT
usage: test.sh [--target TARGET]

Runs build.sh, link.sh and check.sh with the committed header of the bindings.
  --target   ${TARGETS[*]}   (default: ${TARGETS[0]})
TEXT
}

target="${TARGETS[0]}"
while (($# > 0)); do
  case "$1" in
    --target) target="${2:?--target wants a target}" && shift 2 ;;
    -h | --help) usage && exit 0 ;;
    *) fail "unknown argument '$1'" "see test.sh --help" ;;
  esac
done

header="$(find "$REPOSITORY/ios/Sources" -name "$FRAMEWORK.h")"
[[ -f "$header" ]] || fail "there must be one $FRAMEWORK.h below ios/Sources, found: ${header:-none}" "run: make bindings"
"$apple_here/build.sh" --target "$target"
"$apple_here/link.sh" --target "$target"
"$apple_here/check.sh" --target "$target" --header "$header"
