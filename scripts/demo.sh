#!/usr/bin/env bash
# Builds what the demo needs and runs it.
#
#   scripts/demo.sh            text, a line for each step
#   scripts/demo.sh --json     one JSON object a line: {"scene":…,"step":…,"ok":true,"ms":…}
#   scripts/demo.sh --scene b  one scene only (a is always played: it registers the phones)
#
# The exit code is 0 only if every step held.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH="$HOME/.cargo/bin:$PATH"

if [ "${1:-}" = --help ]; then
  sed -n '2,8s/^# \{0,1\}//p' "$0"
  exit 0
fi

# Cargo says what it compiles, on standard error: standard output is the demo's.
echo "demo: building the gateway, with the simulator of APNs" >&2
cargo build --locked --package zpns-gateway >&2
echo "demo: building the kit, whose phones it is played on" >&2
scripts/kit/build.sh --any-size >&2
exec node scripts/run-typescript.cjs example/demo/main.ts "$@"
