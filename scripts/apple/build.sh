#!/usr/bin/env bash
# Compiles the Rust core as a static library for iOS, standard library included, without a Mac.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=slices.sh
source "$(dirname "${BASH_SOURCE[0]}")/slices.sh"
# shellcheck source-path=SCRIPTDIR source=../toolchains/paths.sh
source "$apple_here/../toolchains/paths.sh"

usage() {
  cat <<TEXT
usage: build.sh [--profile NAME] [--target TARGET]…

Builds $PACKAGE as $STATIC_LIBRARY below $APPLE_TARGET_DIR/TARGET/PROFILE/.
  --profile  a profile of the root Cargo.toml                    (default: ship)
  --target   ${TARGETS[*]}; may be repeated (default: ${TARGETS[0]})
TEXT
}

profile=ship targets=()
while (($# > 0)); do
  case "$1" in
    --profile) profile="${2:?--profile wants a name}" && shift 2 ;;
    --target) targets+=("${2:?--target wants a target}") && shift 2 ;;
    -h | --help) usage && exit 0 ;;
    *) fail "unknown argument '$1'" "see build.sh --help" ;;
  esac
done
((${#targets[@]} > 0)) || targets=("${TARGETS[0]}")
require_tools

# No path of this machine may end up in the library: Rust keeps them in panic messages, C in assertions.
map_paths "$REPOSITORY" "$APPLE_TARGET_DIR" "$(std_sources)"
rust_flags=() c_flags=()
for i in "${!path_of[@]}"; do
  rust_flags+=("--remap-path-prefix=${path_of[i]}=${name_of[i]}")
  c_flags+=("-ffile-prefix-map=${path_of[i]}=${name_of[i]}")
done
export_rust_flags "${rust_flags[@]}"

# std is built here, small and without what turns a backtrace into names (130 KB that a stripped library has no use for). Cargo
# offers that as -Z flags only, which a stable compiler takes when told that it is building itself.
export RUSTC_BOOTSTRAP=1
std_flags=("-Zbuild-std=std,panic_unwind" "-Zbuild-std-features=panic-unwind,optimize_for_size")

# For the crate that all others are optimised into. By default LLVM describes functions that clean up after a panic in DWARF unless
# they are C++'s or Objective-C's; Apple's unwinder reads the compact form of any language, which takes a tenth.
codegen_flags=(-Cllvm-args=-emit-compact-unwind-non-canonical)

export IPHONEOS_DEPLOYMENT_TARGET="$MINIMUM_IOS" CARGO_TARGET_DIR="$APPLE_TARGET_DIR"
for target in "${targets[@]}"; do
  describe_target "$target"
  began=$SECONDS
  export_c_compiler "${target//-/_}" "$TRIPLE" "${c_flags[@]}"
  # Only the static library: a cdylib would be linked by Cargo, without the list of exports.
  cargo_for_ios rustc --locked --manifest-path "$REPOSITORY/Cargo.toml" -p "$PACKAGE" --lib --crate-type staticlib \
    --profile "$profile" --target "$target" "${std_flags[@]}" -- "${codegen_flags[@]}"
  library="$(static_library "$target" "$profile")"
  printf '%s: %s bytes, %ss\n' "$library" "$(size_of "$library")" "$((SECONDS - began))"
done
