#!/usr/bin/env bash
# Runs a command (swift build, swift test …) inside the Swift tree, with this repository and Cargo's target folder at
# their own paths. Its mounts are its own and end with it; its exit code is the command's.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
for piece in env fail tree; do
  # shellcheck source=/dev/null
  source "$here/$piece.sh"
done
repository="$(cd "$here/../.." && pwd -P)"

usage() {
  cat <<TEXT
usage: swift-run.sh [--bind DIR]… CMD [ARG…]

Runs CMD in the Swift tree, in the present folder if that is inside the repository (or a --bind), else in the repository.
Bound at their own paths: the repository, CARGO_TARGET_DIR if set, every --bind. /tmp is empty and private.
The environment is passed on but for PATH, HOME, LANG, and CC, CXX, SDKROOT, TMPDIR, which mean other things inside.

example: swift-run.sh swift test --package-path ios
TEXT
}

binds=("$repository")
[[ -z "${CARGO_TARGET_DIR:-}" ]] || { mkdir -p "$CARGO_TARGET_DIR" && binds+=("$(cd "$CARGO_TARGET_DIR" && pwd -P)"); }
while (($# > 0)); do
  case "$1" in
    --bind)
      [[ -d "${2:-}" ]] || fail "--bind wants a folder, not '${2:-}'"
      binds+=("$(cd "$2" && pwd -P)")
      shift 2
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    --)
      shift
      break
      ;;
    -*) fail "unknown argument '$1'" "see swift-run.sh --help" ;;
    *) break ;;
  esac
done
(($# > 0)) || fail "no command to run" "see swift-run.sh --help"
swift_is_installed || fail "Swift is not installed in $SWIFT_TREE" "run: make toolchains"
find_namespace || fail "this machine lets us make no mounts, and the Swift tree needs /proc and the repository" "${MOUNT_HINTS[@]}"

cwd="$repository"
for dir in "${binds[@]}"; do
  case "$(pwd -P)/" in
    "$dir"/*) cwd="$(pwd -P)" ;;
  esac
done
enter_tree "$SWIFT_TREE" "$cwd" "${binds[@]}" -- "$@"
