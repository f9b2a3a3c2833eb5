#!/usr/bin/env bash
# Measures in one run, side by side with a yardstick, and writes bench/results/NAME.json beside the tables that it prints.
#
#   scripts/bench.sh               everything
#   scripts/bench.sh core          from a VoIP push to its report, start-up, memory
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH="$HOME/.cargo/bin:$PATH"

if [ "${1:-}" = --help ]; then
  sed -n '2,5s/^# \{0,1\}//p' "$0"
  exit 0
fi
exec cargo run --quiet --release -p zpns-bench -- "$@"
