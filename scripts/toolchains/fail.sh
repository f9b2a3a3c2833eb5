# shellcheck shell=bash
# How every script here ends when it cannot go on. Sourced, never run.

# fail MESSAGE [HINT…]: says what is wrong and what to do next, and stops.
fail() {
  printf 'error: %s\n' "$1" >&2
  shift
  (($# == 0)) || printf '  -> %s\n' "$@" >&2
  exit 1
}
