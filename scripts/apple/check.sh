#!/usr/bin/env bash
# Checks a linked, stripped framework binary: the right machine, exports what the generated header declares and nothing else,
# imports only what sdk/*.tbd allows, small, and free of paths and debug data of the machine that built it.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=slices.sh
source "$(dirname "${BASH_SOURCE[0]}")/slices.sh"

# Every user of an app downloads the slice for phones. Those for simulators stay with developers, and x86-64 code is larger.
phone_limit=1900000 simulator_limit=2200000

usage() {
  cat <<TEXT
usage: check.sh --header FILE [--binary FILE] [--target TARGET] [--profile NAME] [--limit BYTES]

  --header   the C header of the bindings that uniffi generated
  --binary   what to check                     (default: what link.sh left for the target and profile)
  --target   ${TARGETS[*]}   (default: ${TARGETS[0]})
  --profile  as given to link.sh               (default: ship)
  --limit    the most bytes it may have        (default: $phone_limit for phones, $simulator_limit for simulators)
TEXT
}

header='' binary='' target="${TARGETS[0]}" profile=ship limit=''
while (($# > 0)); do
  case "$1" in
    --header) header="${2:?--header wants a file}" && shift 2 ;;
    --binary) binary="${2:?--binary wants a file}" && shift 2 ;;
    --target) target="${2:?--target wants a target}" && shift 2 ;;
    --profile) profile="${2:?--profile wants a name}" && shift 2 ;;
    --limit) limit="${2:?--limit wants a number of bytes}" && shift 2 ;;
    -h | --help) usage && exit 0 ;;
    *) fail "unknown argument '$1'" "see check.sh --help" ;;
  esac
done
require_tools
describe_target "$target"
if [[ -z "$limit" ]]; then
  [[ "$PLATFORM" == ios ]] && limit=$phone_limit || limit=$simulator_limit
fi
[[ -n "$binary" ]] || binary="$(framework_binary "$target" "$profile")"
[[ -f "$binary" ]] || fail "there is no $binary" "run: build.sh and link.sh for $target"
[[ -f "$header" ]] || fail "there is no header '$header'" "give the generated one with --header"

scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# verdict NAME EXPECTED FOUND: one line for each check; what differs is shown.
verdict() {
  if [[ "$2" == "$3" ]]; then
    passed=$((passed + 1))
    printf 'ok      %s%s\n' "$1" "${3:+: $3}"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s\n  expected: %s\n  found:    %s\n' "$1" "${2:-nothing}" "${3//$'\n'/ }"
  fi
}

# load_command NAME FIELD: the values of a field of all load commands of a kind, one a line.
load_command() {
  awk -v kind="$1" -v field="$2" '$1 == "cmd" { here = ($2 == kind) } here && $1 == field { print $2 }' "$scratch/load-commands"
}

# Symbol tables as sorted lists of names.
symbols() { "${NM[@]}" --just-symbol-name "$@" "$binary" 2>/dev/null | LC_ALL=C sort -u; }

"${OTOOL[@]}" -l "$binary" >"$scratch/load-commands"
symbols --defined-only --extern-only >"$scratch/exports"
symbols --undefined-only >"$scratch/imports"
grep -oE '\b(ffi|uniffi)_[A-Za-z0-9_]+ *\(' "$header" | tr -d ' (' | sed 's/^/_/' | LC_ALL=C sort -u >"$scratch/declared"
grep -hoE '\b_[A-Za-z0-9_$]+' "$apple_here"/sdk/*.tbd | LC_ALL=C sort -u >"$scratch/allowed"
sed -n "s/^install-name: *'\(.*\)'/\1/p" "$apple_here"/sdk/*.tbd | LC_ALL=C sort -u >"$scratch/libraries"

verdict "architecture" "$ARCH" "$("${LIPO[@]}" -archs "$binary" | sed 's/ *$//')"
verdict "platform (2: iOS, 7: its simulator)" "$PLATFORM_NUMBER" "$(load_command LC_BUILD_VERSION platform)"
verdict "oldest iOS" "$MINIMUM_IOS" "$(load_command LC_BUILD_VERSION minos)"
verdict "install name" "@rpath/$FRAMEWORK.framework/$FRAMEWORK" "$(load_command LC_ID_DYLIB name)"
verdict "the header declares functions" yes "$([[ -s "$scratch/declared" ]] && echo yes || echo no)"
verdict "declared but not exported" "" "$(LC_ALL=C comm -23 "$scratch/declared" "$scratch/exports")"
verdict "exported but not declared" "" "$(LC_ALL=C comm -13 "$scratch/declared" "$scratch/exports")"
verdict "imports outside the allow-list" "" "$(LC_ALL=C comm -13 "$scratch/allowed" "$scratch/imports")"
verdict "libraries outside the allow-list" "" \
  "$(load_command LC_LOAD_DYLIB name | LC_ALL=C sort -u | LC_ALL=C comm -13 "$scratch/libraries" -)"
verdict "debug sections" "" "$(grep -oE '__DWARF|__debug_[a-z]+' "$scratch/load-commands" | sort -u || true)"
verdict "debug and local symbols" 0 \
  "$("${NM[@]}" --debug-syms "$binary" | awk '$(NF - 1) ~ /^[-a-z]$/' | grep -c . || true)"
# Remapped paths are relative, so a slash with nothing before it begins a path of the machine that built this.
verdict "absolute paths of sources" "" \
  "$(perl -0777 -ne 'print "$1\n" while m{(?<![\w.+~-])(/[\w.+~-]+/[\w.+~/-]*\.(?:rs|c|cc|cpp|h|m|S))\b}g' "$binary" | sort -u | head -n 5)"
verdict "paths of this machine" "" \
  "$(for path in "$REPOSITORY/" "${CARGO_HOME:-$HOME/.cargo}/" "$ZPNS_TOOLCHAINS/" "$APPLE_TARGET_DIR/" "$HOME/"; do
    [[ "$path" == / ]] || ! LC_ALL=C grep -aqF -- "$path" "$binary" || printf '%s\n' "$path"
  done)"
size="$(size_of "$binary")"
verdict "at most $limit bytes ($size)" yes "$( ((size <= limit)) && echo yes || echo no)"

printf '%s %s: %s bytes, %s imports, %s exports\n' "$FRAMEWORK" "$target" "$size" \
  "$(wc -l <"$scratch/imports")" "$(wc -l <"$scratch/exports")"
printf 'check: %s passed, %s failed\n' "$passed" "$failed"
((failed == 0))
