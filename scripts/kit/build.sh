#!/usr/bin/env bash
# Builds the kit (the crate rust/kit) for WebAssembly: build/kit/zpns-kit.wasm and, for JavaScript, src/kit/module.js. Quick when
# nothing changed.
#
#   scripts/kit/build.sh                        build what changed
#   scripts/kit/build.sh --check-reproducible   and again from nothing, in other folders: the bytes must be the same
#   scripts/kit/build.sh --any-size             one that is too large is no failure: for those who only use it
set -euo pipefail
kit_here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
PATH="$HOME/.cargo/bin:$PATH"
for piece in env fail paths; do
  # shellcheck source=/dev/null
  source "$kit_here/../toolchains/$piece.sh"
done
REPOSITORY="$(cd "$kit_here/../.." && pwd)"
PROFILE=kit

# rustup's compilers and the second one must not invalidate each other's work, nor what is built for this machine.
TARGET_DIR="${CARGO_TARGET_DIR:-$REPOSITORY/target}/wasm"

# choose_compiler: sets cargo (the command), std (its sources, if std is built here) and flags.
choose_compiler() {
  cargo=(cargo) std="" flags=()
  if rustc_has_wasm; then
    compiler="$(rustc --version)"
    return
  fi
  cross_rust_has_wasm || fail "no Rust compiler here builds for $WASM_TARGET" \
    "run: make setup" "or: rustup target add $WASM_TARGET"
  compiler="$(sed -n 2p "$CROSS_RUST/$MARKER") with a standard library built here"
  cargo=("$kit_here/../toolchains/cross-cargo.sh")
  std="$CROSS_RUST/usr/lib/rustlib/src/rust"
  # -Z flags are for nightly compilers, and for those that are told that they build themselves.
  export RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="${WASM_COMMANDS[0]}"
  flags=(-Zbuild-std=std,panic_abort -Zbuild-std-features=optimize_for_size)
}

# build ROOT TARGET_DIR: compiles the sources in ROOT; module is what came of it.
build() {
  map_paths "$1" "$2" "$std"
  local i maps=()
  for i in "${!path_of[@]}"; do maps+=("--remap-path-prefix=${path_of[i]}=${name_of[i]}"); done
  # SHA-256 as a loop: the unrolled one is faster and 7 KB larger.
  export_rust_flags "${maps[@]}" --cfg 'sha2_backend_soft="compact"'
  # Only the cdylib: beside a lib, Cargo would leave out the optimisation across crates.
  (cd "$1" && CARGO_TARGET_DIR="$2" "${cargo[@]}" rustc --locked --package zpns-kit --lib --crate-type cdylib \
    --profile "$PROFILE" --target "$WASM_TARGET" ${flags[@]+"${flags[@]}"})
  module="$2/$WASM_TARGET/$PROFILE/zpns_kit.wasm"
}

# shrink: what Binaryen makes of module is a tenth smaller; done again only where the compiler made another. module is the small one then.
shrink() {
  local whole="$module" optimizer="$REPOSITORY/node_modules/binaryen/bin/wasm-opt"
  module="${whole%.wasm}.small.wasm"
  [[ ! $module -nt $whole ]] || return 0
  [[ -f $optimizer ]] || fail "wasm-opt of the npm package binaryen is missing" "run: make setup"
  echo "kit: making the module smaller"
  local feature features=()
  for feature in bulk-memory sign-ext mutable-globals nontrapping-float-to-int multivalue reference-types; do
    features+=("--enable-$feature")
  done
  node "$optimizer" -Oz --converge --strip-debug --strip-producers "${features[@]}" "$whole" -o "$module.new"
  mv "$module.new" "$module"
}

# The same sources, crates and target in folders of other names.
check_reproducible() {
  local first="$compiled"
  elsewhere="$(mktemp -d)"
  trap 'rm -rf "$elsewhere"' EXIT
  echo "kit: building again in other folders"
  mkdir "$elsewhere/sources"
  tar -C "$REPOSITORY" -cf - Cargo.toml Cargo.lock rust bench | tar -C "$elsewhere/sources" -xf -
  ln -s "${CARGO_HOME:-$HOME/.cargo}" "$elsewhere/cargo"
  export RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}" CARGO_HOME="$elsewhere/cargo"
  build "$elsewhere/sources" "$elsewhere/target"
  cmp "$first" "$module" || fail "two builds of the same sources differ" "compare $first with one made elsewhere; is a path or a time in it?"
  echo "kit: built twice in different folders, the bytes are the same"
}

check=no options=()
case "${1:-}" in
  "") ;;
  --check-reproducible) check=yes ;;
  --any-size) options=(--any-size) ;;
  -h | --help)
    sed -n '2,7s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
  *) fail "unknown argument '$1'" "see build.sh --help" ;;
esac

choose_compiler
echo "kit: building for $WASM_TARGET with $compiler"
build "$REPOSITORY" "$TARGET_DIR"
compiled="$module"
shrink
node "$kit_here/write.mjs" ${options[@]+"${options[@]}"} "$module" "${path_of[@]}" "$HOME"
[[ $check == no ]] || check_reproducible
