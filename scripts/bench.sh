#!/usr/bin/env bash
# Measures and writes bench/results/NAME.json beside the tables that it prints. Exits with 1 if a bar is missed.
#
#   scripts/bench.sh               everything
#   scripts/bench.sh core          from a VoIP push to its report, start-up, memory
#   scripts/bench.sh kit           the kit: size, load time, phones a second, how long the scenarios take
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH="$HOME/.cargo/bin:$PATH"

case "${1:-all}" in
  all) parts=(core kit) ;;
  core | kit) parts=("$1") ;;
  --help)
    sed -n '2,6s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
  *)
    echo "bench.sh: there is no part '$1': see bench.sh --help" >&2
    exit 2
    ;;
esac

for part in "${parts[@]}"; do
  case "$part" in
    core) cargo run --release -p zpns-bench -- core ;;
    kit)
      scripts/kit/build.sh
      cargo build --bin zpns
      npm run --silent build
      node bench/kit.mjs
      ;;
  esac
done
