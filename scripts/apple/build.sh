#!/usr/bin/env bash
# Compiles the Rust core as a static library for iOS, standard library included, without a Mac.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=slices.sh
source "$(dirname "${BASH_SOURCE[0]}")/slices.sh"

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
require_apple_tools

# No path of this machine may end up in the library: Rust keeps them in panic messages, C in assertions. What remains names the
# crate or the part of std.
cargo_home="${CARGO_HOME:-$HOME/.cargo}"
std_link="$APPLE_RUST/usr/lib/rustlib/src/rust"
path_of=("$REPOSITORY" "$cargo_home" "$APPLE_TARGET_DIR" "$std_link" "$(cd "$std_link" && pwd -P)")
name_of=(zpns cargo build rust rust)
# The last rule that fits wins, so the crates' own folder comes after CARGO_HOME.
for registry in "$cargo_home"/registry/src/*/; do
  [[ -d "$registry" ]] || continue
  path_of+=("${registry%/}") name_of+=(crates)
done
rust_flags=() c_flags=()
for i in "${!path_of[@]}"; do
  rust_flags+=("--remap-path-prefix=${path_of[i]}=${name_of[i]}")
  c_flags+=("-ffile-prefix-map=${path_of[i]}=${name_of[i]}")
done
separator=$'\x1f'
CARGO_ENCODED_RUSTFLAGS="$(IFS=$separator && printf '%s' "${rust_flags[*]}")"
export CARGO_ENCODED_RUSTFLAGS

# -Z flags on a stable compiler: std has to be built here, since no registry carries it for iOS.
export RUSTC_BOOTSTRAP=1
export IPHONEOS_DEPLOYMENT_TARGET="$MINIMUM_IOS" SDKROOT="$APPLE_SDK" CARGO_TARGET_DIR="$APPLE_TARGET_DIR"

for target in "${targets[@]}"; do
  describe_target "$target"
  began=$SECONDS
  suffix="${target//-/_}"
  export "CC_$suffix=clang-$LLVM_MAJOR" "AR_$suffix=llvm-ar-$LLVM_MAJOR" "CFLAGS_$suffix=--target=$TRIPLE ${c_flags[*]}"
  # Only the static library: a cdylib would ask for Apple's linker.
  "$apple_here/cargo.sh" rustc --locked --manifest-path "$REPOSITORY/Cargo.toml" -p "$PACKAGE" --lib --crate-type staticlib \
    --profile "$profile" --target "$target" -Zbuild-std=std,panic_unwind
  library="$(static_library "$target" "$profile")"
  printf '%s: %s bytes, %ss\n' "$library" "$(stat -c %s "$library")" "$((SECONDS - began))"
done
