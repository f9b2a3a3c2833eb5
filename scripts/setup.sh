#!/usr/bin/env bash
# Installs what building and testing need, beyond Rust and Node: a C compiler, Python and OpenSSL (tests only), Rust's part for
# WebAssembly, and the npm packages. Quick when everything is there. Where root is needed and missing, it says what to run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "${1:-}" = --help ]; then
  sed -n '2,3s/^# //p' "$0"
  exit 0
fi

# Where rustup puts cargo, for shells that have not read its profile.
case ":$PATH:" in *":$HOME/.cargo/bin:"*) ;; *) PATH="$HOME/.cargo/bin:$PATH" ;; esac

fail() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

command -v cargo >/dev/null || fail "cargo is missing: install Rust 1.95 or newer with rustup, then run this again"
command -v node >/dev/null || fail "node is missing: install Node 20.19 or newer, then run this again"
node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' ||
  fail "Node $(node --version) is too old: 20.19 or newer is needed"

packages=()
command -v cc >/dev/null || packages+=(gcc libc6-dev)
command -v python3 >/dev/null || packages+=(python3)
command -v openssl >/dev/null || packages+=(openssl)
if [ ${#packages[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: installing ${packages[*]}"
    DEBIAN_FRONTEND=noninteractive apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
  else
    fail "missing: ${packages[*]}" "run: sudo apt-get install ${packages[*]}"
  fi
fi

if ! scripts/toolchains/have.sh wasm; then
  echo "setup: installing what builds the kit for WebAssembly"
  scripts/toolchains/install.sh --only wasm ||
    fail "the kit can't be built here yet" "run: rustup target add wasm32-unknown-unknown" \
      "or, on Debian and without rustup: sudo $PWD/scripts/toolchains/install.sh --only wasm"
fi

# npm writes this file when an installation is complete.
installed=node_modules/.package-lock.json
if [ ! -f "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  echo "setup: installing npm packages"
  npm ci --no-audit --no-fund --loglevel=error
  touch "$installed"
fi
