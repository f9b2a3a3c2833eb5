#!/usr/bin/env bash
# Plays random interleavings against the core's invariants for a time, in release mode, and says every few seconds how far it is.
#
#   scripts/soak.sh [MINUTES]     1 to 60; 5 if left out. ZPNS_SOAK_SEED=N repeats a run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH="$HOME/.cargo/bin:$PATH"

case "${1:-5}" in
--help)
  sed -n '2,4s/^# \{0,1\}//p' "$0"
  exit 0
  ;;
[1-9] | [1-5][0-9] | 60) minutes=${1:-5} ;;
*)
  echo "soak.sh: '$1' is no number of minutes from 1 to 60" >&2
  exit 2
  ;;
esac
ZPNS_SOAK=$((minutes * 60)) exec cargo test --quiet --release -p zpns-core --test properties soak -- --ignored --nocapture
