#!/usr/bin/env bash
# Builds the core for an iPhone as it ships and checks what came out: symbols, imports, size, no traces of the machine.
set -euo pipefail
here="$(dirname "${BASH_SOURCE[0]}")"

if [ "${1:-}" = --help ]; then
  sed -n '2s/^# //p' "$0"
  exit 0
fi
"$here/build.sh"
"$here/link.sh"
"$here/check.sh" --header "$here/../../ios/Sources/ZpnsFFIC/ZpnsFFIC.h"
