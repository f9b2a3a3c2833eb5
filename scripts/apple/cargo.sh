#!/usr/bin/env bash
# Runs the cargo that can build std for Apple targets (the part "apple" of the toolchains) with its own rustc and libraries.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../toolchains/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/../toolchains/env.sh"

if [[ "${1:-}" == --help || "${1:-}" == -h ]]; then
  echo "usage: cargo.sh ARG…    (as cargo; install it with: make toolchains)"
  exit 0
fi
if [[ ! -x "$APPLE_RUST/usr/bin/cargo" ]]; then
  printf 'error: the Rust compiler for Apple targets is not in %s\n  -> run: make toolchains\n' "$APPLE_RUST" >&2
  exit 1
fi

# rustup's cargo tells its children which toolchain they belong to; this one is another.
unset RUSTUP_TOOLCHAIN CARGO RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER
architecture="$(uname -m)"
export LD_LIBRARY_PATH="$APPLE_RUST/usr/lib/$architecture-linux-gnu:$APPLE_RUST/usr/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export PATH="$APPLE_RUST/usr/bin:$PATH" RUSTC="$APPLE_RUST/usr/bin/rustc"
exec "$APPLE_RUST/usr/bin/cargo" "$@"
