#!/usr/bin/env bash
# Generates the Swift bindings of rust/ffi, which are committed, or checks that they are what would be generated.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=toolchains/fail.sh
source "$(dirname "${BASH_SOURCE[0]}")/toolchains/fail.sh"
repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
sources="$repository/ios/Sources"
module=ZpnsFFI

usage() {
  cat <<TEXT
usage: bindings.sh [--check]

Writes, from a build of rust/ffi for this machine and uniffi.toml:
  ios/Sources/$module/$module.swift         the bindings
  ios/Sources/C$module/$module.h            the C module that they import
  ios/Sources/C$module/module.modulemap     the same as a SwiftPM system library, for tests on Linux
  ios/Sources/C$module/framework.modulemap  the same as the framework that ships
  --check  write nothing; fail if anything would change
TEXT
}

check=no
while (($# > 0)); do
  case "$1" in
    --check) check=yes && shift ;;
    -h | --help) usage && exit 0 ;;
    *) fail "unknown argument '$1'" "see bindings.sh --help" ;;
  esac
done

new="$(mktemp -d)"
trap 'rm -rf "$new"' EXIT

cd "$repository" # the generator looks up crates from here
cargo build --quiet --package zpns-ffi --package zpns-bindgen
built="${CARGO_TARGET_DIR:-$repository/target}/debug"
library="$built/libzpns_ffi.so"
[[ "$(uname)" != Darwin ]] || library="$built/libzpns_ffi.dylib"

generate() {
  "$built/zpns-bindgen-swift" --config uniffi.toml --module-name "$module" "$@"
}
generate --swift-sources "$library" "$new/$module"
generate --headers "$library" "$new/C$module"
generate --modulemap --xcframework --modulemap-filename framework.modulemap "$library" "$new/C$module"
# The generator writes modules of Darwin only.
cat >"$new/C$module/module.modulemap" <<MODULEMAP
module $module {
    header "$module.h"
    link "zpns_ffi"
    export *
}
MODULEMAP

for folder in "$module" "C$module"; do
  if [[ $check == yes ]]; then
    diff -ru "$sources/$folder" "$new/$folder" ||
      fail "ios/Sources/$folder is not what rust/ffi and uniffi.toml make" "run scripts/bindings.sh and commit what it writes"
  else
    rm -rf "${sources:?}/$folder"
    mkdir -p "$sources"
    cp -R "$new/$folder" "$sources/$folder"
  fi
done
