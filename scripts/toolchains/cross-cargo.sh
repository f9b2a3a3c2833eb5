#!/usr/bin/env bash
# Runs the cargo that can build std for any target (cross-rust in the toolchains' folder) with its own rustc and libraries.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

if [[ "${1:-}" == --help || "${1:-}" == -h ]]; then
  echo "usage: cross-cargo.sh ARG…    (as cargo; install it with: make toolchains)"
  exit 0
fi
if [[ ! -x "$CROSS_RUST/usr/bin/cargo" ]]; then
  printf 'error: the Rust compiler for other targets is not in %s\n  -> run: make toolchains\n' "$CROSS_RUST" >&2
  exit 1
fi

# rustup's cargo tells its children which toolchain they belong to; this one is another.
unset RUSTUP_TOOLCHAIN CARGO RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER
architecture="$(uname -m)"
export LD_LIBRARY_PATH="$CROSS_RUST/usr/lib/$architecture-linux-gnu:$CROSS_RUST/usr/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export PATH="$CROSS_RUST/usr/bin:$PATH" RUSTC="$CROSS_RUST/usr/bin/rustc"
exec "$CROSS_RUST/usr/bin/cargo" "$@"
