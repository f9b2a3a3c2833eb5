#!/usr/bin/env bash
# Says with its exit code alone whether a toolchain is installed: 0 yes, 1 no. For the Makefile.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

case "${1:-}" in
  wasm | swift | apple) "${1}_is_installed" ;;
  -h | --help) echo "usage: have.sh wasm|swift|apple    (exit 0: installed, 1: not; install.sh installs it)" ;;
  *)
    echo "usage: have.sh wasm|swift|apple" >&2
    exit 2
    ;;
esac
