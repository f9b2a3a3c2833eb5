#!/usr/bin/env bash
# Checks the format of the Swift layer, compiles it on Linux, in Swift 6 mode with warnings as errors, against stand-ins for Apple's
# frameworks, and tests it over the real core.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=toolchains/fail.sh
source "$(dirname "${BASH_SOURCE[0]}")/toolchains/fail.sh"
repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"

usage() {
  cat <<TEXT
usage: swift-test.sh [--format | --build-only] [ARG…]

Builds the core for this machine (cargo's own target folder, or CARGO_TARGET_DIR), then ios/Package.swift, then runs its tests.
Needs the Swift that \`make toolchains\` installs. What is built goes to swift/ in cargo's target folder.
  --format      have the formatter rewrite the sources, and do nothing else
  --build-only  compile everything, tests included, and run nothing
  ARG…          passed on to \`swift test\`

example: swift-test.sh --filter PushTests
TEXT
}

swift=("$repository/scripts/toolchains/swift-run.sh")
formatted=(ios/Package.swift ios/Sources/ZpnsKit ios/Stubs ios/Tests)

cd "$repository"
command=(test)
case "${1:-}" in
  --format)
    exec "${swift[@]}" swift format --in-place --recursive "${formatted[@]}"
    ;;
  --build-only)
    command=(build --build-tests)
    shift
    ;;
  -h | --help)
    usage
    exit 0
    ;;
esac

"${swift[@]}" swift format lint --strict --recursive "${formatted[@]}" ||
  fail "the Swift sources are not as swift-format wants them" "run: scripts/swift-test.sh --format"
[[ -f ios/Sources/ZpnsFFI/ZpnsFFI.swift ]] || fail "there are no bindings in ios/Sources/ZpnsFFI" "run: scripts/bindings.sh"
cargo build --quiet --package zpns-ffi
target="$(cd "${CARGO_TARGET_DIR:-target}" && pwd -P)"
library="$target/debug"
[[ -f "$library/libzpns_ffi.so" ]] || fail "cargo left no libzpns_ffi.so in $library"

exec "${swift[@]}" --bind "$target" env LD_LIBRARY_PATH="$library" \
  swift "${command[@]}" --package-path ios --scratch-path "$target/swift" -Xlinker "-L$library" "$@"
