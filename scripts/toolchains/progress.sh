# shellcheck shell=bash
# How the installation speaks and retries: progress lines with seconds, logs of noisy commands, markers of what is done.
# Sourced by install.sh.

say() {
  printf '[toolchains %4ss] %s\n' "$SECONDS" "$*"
}

# logged NAME CMD…: runs one command with its output in log/NAME.log; shows the end of the log when it fails.
logged() {
  local log="$ZPNS_TOOLCHAINS/log/$1.log" status=0
  shift
  mkdir -p "${log%/*}"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if ((status != 0)); then
    printf -- '--- exit %s: %s\n--- end of %s:\n' "$status" "$*" "$log" >&2
    tail -n 12 "$log" >&2
  fi
  return "$status"
}

# retry CMD…: up to four tries, 3, 6 and 12 seconds apart, for what depends on a network.
retry() {
  local attempt pause=3
  for attempt in 1 2 3 4; do
    "$@" && return 0
    ((attempt < 4)) || break
    say "attempt $attempt failed; again in ${pause}s"
    sleep "$pause"
    pause=$((pause * 2))
  done
  return 1
}

# begin_part DIR / finish_part DIR RECIPE [LINE…]: a part that was begun and not finished has no marker and is rebuilt.
begin_part() {
  # Never across a mount: a killed run may have left one below the folder.
  rm -rf --one-file-system "$1" || fail "cannot remove the half-built $1" "see what holds it: findmnt -R '$1'"
  mkdir -p "$1"
}

finish_part() {
  local dir="$1"
  shift
  printf '%s\n' "$@" >"$dir/$MARKER.new"
  mv "$dir/$MARKER.new" "$dir/$MARKER"
}
