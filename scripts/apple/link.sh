#!/usr/bin/env bash
# Links the static library of build.sh into the dynamic library of a framework, against stubs that list the only symbols of
# Apple's it may use, and strips it.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=slices.sh
source "$(dirname "${BASH_SOURCE[0]}")/slices.sh"

usage() {
  cat <<TEXT
usage: link.sh [--profile NAME] [--target TARGET]…

Links $APPLE_TARGET_DIR/TARGET/PROFILE/$STATIC_LIBRARY to $FRAMEWORK beside it.
An undefined symbol means that the core uses something of Apple's which sdk/*.tbd does not list yet. If it is public API,
add it there, in order.
  --profile  as given to build.sh                                (default: ship)
  --target   ${TARGETS[*]}; may be repeated (default: ${TARGETS[0]})
TEXT
}

profile=ship targets=()
while (($# > 0)); do
  case "$1" in
    --profile) profile="${2:?--profile wants a name}" && shift 2 ;;
    --target) targets+=("${2:?--target wants a target}") && shift 2 ;;
    -h | --help) usage && exit 0 ;;
    *) fail "unknown argument '$1'" "see link.sh --help" ;;
  esac
done
((${#targets[@]} > 0)) || targets=("${TARGETS[0]}")
require_tools

for target in "${targets[@]}"; do
  describe_target "$target"
  library="$(static_library "$target" "$profile")"
  binary="$(framework_binary "$target" "$profile")"
  exports="$binary.exports"
  [[ -f "$library" ]] || fail "there is no $library" "run: build.sh --profile $profile --target $target"

  # The foreign-function interface and nothing else: metadata symbols serve the generator of the bindings, not the app. Bitcode,
  # which one member of the archive carries beside its code, may be of a newer LLVM than this one's.
  "${NM[@]}" --no-llvm-bc --defined-only --extern-only --just-symbol-name --quiet "$library" |
    grep -E '^_(ffi|uniffi)_zpns_ffi_' | sort -u >"$exports" ||
    fail "$library offers no symbol of the interface" "is it built from $PACKAGE with uniffi's scaffolding?"

  link_dylib "$binary.unstripped" -install_name "@rpath/$FRAMEWORK.framework/$FRAMEWORK" -exported_symbols_list "$exports" "$library"
  # Signing is Xcode's: it signs a framework anew when it embeds it in an app.
  "${STRIP[@]}" -x -o "$binary" "$binary.unstripped"
  printf '%s: %s bytes\n' "$binary" "$(size_of "$binary")"
done
