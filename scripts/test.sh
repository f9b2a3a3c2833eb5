#!/usr/bin/env bash
# Runs the test suites one after the other and closes with a summary.
#
#   scripts/test.sh               every suite that this machine can run
#   scripts/test.sh rust jest     these only
#   scripts/test.sh --list        their names
#
# A suite whose tools are missing is named in the summary with the command that brings them; with CI=true that is a failure.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH="$HOME/.cargo/bin:$PATH"
export CARGO_TERM_COLOR=never

# Name, what it is; in the order in which they run: what others build on first, what takes long last.
suites=(
  "lint        rustfmt, clippy, eslint, prettier, tsc: no warning"
  "rust        unit, property and integration tests of all crates, and their documentation's examples"
  "generated   Swift bindings and React Native codegen are as the sources say"
  "docs        the API reference can be made: nothing public without documentation, no dead link"
  "contract    the generated bindings driven for real, in Python"
  "kit         the kit built for WebAssembly: size, reproducible bytes"
  "jest        the TypeScript surface over the kit; call stories in memory and against the gateway binary"
  "example     the example app is bundled for iOS by Metro"
  "package     the npm tarball holds what it should"
  "demo        the whole flow, every step asserted"
  "swift       the iOS layer against stubs of Apple's frameworks and the real core"
  "apple       the core built for iOS: symbols, imports, size"
)

test_lint() {
  cargo fmt --all --check &&
    cargo fmt --manifest-path fuzz/Cargo.toml --check &&
    cargo clippy --quiet --workspace --all-targets -- -D warnings &&
    cargo clippy --quiet --manifest-path fuzz/Cargo.toml --target-dir target --no-default-features -- -D warnings &&
    npm run --silent lint &&
    npm run --silent typecheck
}

test_rust() {
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace --no-fail-fast --hide-progress-bar --status-level slow --final-status-level fail
  else
    cargo test --quiet --workspace --no-fail-fast --lib --bins --tests
  fi && cargo test --quiet --workspace --doc
}

test_generated() {
  scripts/bindings.sh --check && npm run --silent codegen:check
}

test_docs() {
  scripts/api-reference.sh --check
}

test_contract() {
  scripts/ffi-contract/run.sh
}

needs_kit() {
  scripts/toolchains/have.sh wasm || echo "nothing here compiles for WebAssembly: run \`make setup\`"
}
test_kit() {
  scripts/kit/build.sh --check-reproducible
}

test_jest() {
  cargo build --locked --package zpns-gateway && scripts/kit/build.sh --any-size && npm test --silent
}

test_example() {
  scripts/kit/build.sh --any-size && npm run --silent bundle:example
}

test_package() {
  scripts/kit/build.sh && npm run --silent package -- --check
}

test_demo() {
  scripts/demo.sh
}

needs_swift() {
  scripts/toolchains/have.sh swift || echo "Swift for Linux is not installed: run \`sudo make toolchains\`"
}
test_swift() {
  scripts/swift-test.sh
}

needs_apple() {
  scripts/toolchains/have.sh apple || echo "the Apple cross tools are not installed: run \`sudo make toolchains\`"
}
test_apple() {
  scripts/apple/test.sh
}

case "${1:-}" in
--help)
  sed -n '2,8s/^# \{0,1\}//p' "$0"
  exit 0
  ;;
--list)
  printf '%s\n' "${suites[@]}"
  exit 0
  ;;
esac

# A disk that fills up half-way fails in suites that have nothing wrong with them.
readonly ROOM_MB=8000
if [ ! -d target/debug ]; then
  free_mb=$(($(df -Pk . | awk 'NR == 2 { print $4 }') / 1024))
  if [ "$free_mb" -lt "$ROOM_MB" ]; then
    echo "test: $free_mb MB are free here; a first run of everything takes up to $ROOM_MB. Where it runs out, free some and run the suites again that failed" >&2
  fi
fi

names=()
for suite in "${suites[@]}"; do names+=("${suite%% *}"); done
if [ $# -gt 0 ]; then
  for name in "$@"; do
    [[ " ${names[*]} " == *" $name "* ]] || {
      echo "test.sh: there is no suite '$name'; there are: ${names[*]}" >&2
      exit 2
    }
  done
  names=("$@")
fi

passed=() failed=() skipped=() lines=()
for name in "${names[@]}"; do
  reason=""
  if declare -F "needs_$name" >/dev/null; then reason=$("needs_$name"); fi
  if [ -n "$reason" ]; then
    if [ "${CI:-}" = true ]; then failed+=("$name"); else skipped+=("$name"); fi
    lines+=("$(printf '  %-10s not run: %s' "$name" "$reason")")
    continue
  fi
  printf '\n== %s\n' "$name"
  began=$SECONDS
  if "test_$name"; then
    passed+=("$name")
    lines+=("$(printf '  %-10s passed in %d s' "$name" $((SECONDS - began)))")
  else
    failed+=("$name")
    lines+=("$(printf '  %-10s FAILED after %d s: run `make test ONLY=%s`' "$name" $((SECONDS - began)) "$name")")
  fi
done

printf '\n== summary\n'
printf '%s\n' "${lines[@]}"
printf '\nsuites: %d passed, %d failed, %d skipped, in %d s\n' ${#passed[@]} ${#failed[@]} ${#skipped[@]} "$SECONDS"
[ ${#failed[@]} -eq 0 ]
