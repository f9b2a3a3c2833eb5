#!/usr/bin/env bash
# Feeds the core what libFuzzer finds: any bytes at each of its entry points, and random lives of a phone.
#
#   scripts/fuzz.sh                      every target for 60 seconds
#   scripts/fuzz.sh TARGET [SECONDS]     one of them; `all` for every one
#   scripts/fuzz.sh --list               their names
#
# Installs cargo-fuzz if it is missing (a C++ compiler is needed too). What was found goes to fuzz/corpus/TARGET and is where the next run
# begins; an input that breaks a promise goes to fuzz/artifacts/TARGET, and the closing line says how to play it again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH="$HOME/.cargo/bin:$PATH"
export CARGO_TERM_COLOR=never

version=0.13.2
targets=()
for file in fuzz/fuzz_targets/*.rs; do targets+=("$(basename "$file" .rs)"); done

case "${1:-all}" in
--help)
  sed -n '2,9s/^# \{0,1\}//p' "$0"
  exit 0
  ;;
--list)
  printf '%s\n' "${targets[@]}"
  exit 0
  ;;
all) wanted=("${targets[@]}") ;;
*)
  [[ " ${targets[*]} " == *" $1 "* ]] || {
    echo "fuzz.sh: there is no target '$1'; there are: ${targets[*]}" >&2
    exit 2
  }
  wanted=("$1")
  ;;
esac
seconds=${2:-60}
[[ $seconds =~ ^[1-9][0-9]{0,5}$ ]] || {
  echo "fuzz.sh: '$seconds' is no number of seconds" >&2
  exit 2
}

if [ "$(cargo fuzz --version 2>/dev/null)" != "cargo-fuzz $version" ]; then
  echo "fuzz.sh: installing cargo-fuzz $version"
  cargo install --quiet --locked --force --version "$version" cargo-fuzz
fi

# Instrumentation is an unstable flag of the stable compiler. Address sanitizer would add nothing: the core forbids unsafe code.
export RUSTC_BOOTSTRAP=1
build=(-s none)
export CARGO_TERM_QUIET=true
(cd fuzz && cargo fuzz build "${build[@]}")

log=$(mktemp)
trap 'rm -f "$log"' EXIT
broken=0
for target in "${wanted[@]}"; do
  mkdir -p "fuzz/corpus/$target"
  folders=("corpus/$target")
  if [ -d "fuzz/seeds/$target" ]; then folders+=("seeds/$target"); fi
  # A push that takes ten seconds or 512 MB is a defect like any other.
  status=0
  (cd fuzz && cargo fuzz run "${build[@]}" "$target" "${folders[@]}" -- \
    "-max_total_time=$seconds" -timeout=10 -rss_limit_mb=512 -max_len=8192 -print_final_stats=1) >"$log" 2>&1 || status=$?
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
  edges=$(grep -oE 'cov: [0-9]+' "$log" | tail -1 | cut -d' ' -f2 || true)
  if [ $status = 0 ]; then
    printf '%-12s %10s executions in %s s, %s edges, no crash\n' "$target" "$executions" "$seconds" "$edges"
  else
    broken=1
    printf '%-12s FAILED\n' "$target"
    grep -aA 20 -m 1 -E 'panicked at|ERROR: libFuzzer|^error' "$log" || tail -40 "$log"
    artifact=$(sed -n 's/.*Test unit written to //p' "$log" | tail -1)
    printf 'again: (cd fuzz && RUSTC_BOOTSTRAP=1 cargo fuzz run %s %s %s)\n' "${build[*]}" "$target" "$artifact"
  fi
done
exit $broken
