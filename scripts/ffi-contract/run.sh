#!/usr/bin/env bash
# Drives rust/ffi from another language, for real: uniffi's Python bindings of the built library, and Python's own unittest.
# Arguments go to unittest, as in: run.sh -k panic
set -euo pipefail

repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

cd "$repository" # the generator looks up crates from here
cargo build --quiet --package zpns-ffi --features contract-test --package zpns-bindgen
built="${CARGO_TARGET_DIR:-$repository/target}/debug"
library=libzpns_ffi.so
[[ "$(uname)" != Darwin ]] || library=libzpns_ffi.dylib
# The bindings look for the library beside themselves.
cp "$built/$library" "$folder/"
"$built/zpns-bindgen" generate --language python --no-format --config uniffi.toml --out-dir "$folder" "$folder/$library"

cd "$repository/scripts/ffi-contract"
# The panic on purpose needs no backtrace.
PYTHONPATH="$folder" PYTHONDONTWRITEBYTECODE=1 RUST_BACKTRACE=0 python3 -m unittest "$@"
