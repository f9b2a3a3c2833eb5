#!/usr/bin/env bash
# Brings the compilers that a plain Debian machine lacks: Rust for WebAssembly, Swift 6 to test the iOS layer, and the cross tools that
# build the Rust core for iOS. Run again at any time: what is there stays, what was cut short is made anew.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
for piece in env fail progress debian tree cross-rust swift apple; do
  # shellcheck source=/dev/null
  source "$here/$piece.sh"
done

usage() {
  cat <<TEXT
usage: install.sh [--only wasm|swift|apple]

Installs toolchains below $ZPNS_TOOLCHAINS (ZPNS_TOOLCHAINS chooses another folder):
  wasm    Rust for $WASM_TARGET: rustup's, else Rust $CROSS_RUST_VERSION with the sources of std, and lld $LLVM_MAJOR   (0.6 GB)
  swift   Swift $SWIFT_VERSION for Linux in a Debian $SWIFT_SUITE tree, entered with swift-run.sh   (1.4 GB, 1 minute)
  apple   Rust $CROSS_RUST_VERSION with the sources of std, clang/lld/llvm $LLVM_MAJOR, Darwin's C headers    (1 GB, 1 minute)

Where rustup reaches its server, wasm needs nothing else. Otherwise this needs root on Debian 12 or later, its archive (with the
security archive) and PyPI. Takes packages from the mirror that apt uses; ZPNS_DEBIAN_MIRROR names another one for the Swift tree. Logs
are kept in $ZPNS_TOOLCHAINS/log.
TEXT
}

parts=(wasm swift apple)
while (($# > 0)); do
  case "$1" in
    --only)
      case "${2:-}" in
        wasm | swift | apple) parts=("$2") ;;
        *) fail "--only wants wasm, swift or apple, not '${2:-}'" ;;
      esac
      shift 2
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) fail "unknown argument '$1'" "see install.sh --help" ;;
  esac
done

# Nothing to do needs neither root nor the lock.
missing=()
for part in "${parts[@]}"; do
  if "${part}_is_installed"; then
    say "$part: already there"
  elif [[ "$part" == wasm ]] && add_wasm_with_rustup; then
    say "wasm: rustup has installed it"
  else
    missing+=("$part")
  fi
done
((${#missing[@]} > 0)) || exit 0

command -v apt-get >/dev/null || fail "there is no apt-get here" "this script is for Debian 12 or later"
((EUID == 0)) || fail "installing needs root" "run it again as root, or with sudo"
mkdir -p "$ZPNS_TOOLCHAINS"
exec 9>"$ZPNS_TOOLCHAINS/.lock"
if ! flock -n 9; then
  say "another installation is running; waiting for it"
  flock 9
fi

for name in "${SHARED_COMMANDS[@]}"; do
  commands_exist "$name" || ensure_packages "$name"
done
for part in "${missing[@]}"; do
  "install_$part"
  "${part}_is_installed" || fail "$part was installed and is still not complete" "look into $ZPNS_TOOLCHAINS/log"
done
say "done"
