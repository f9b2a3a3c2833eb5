#!/usr/bin/env bash
# Packs the npm tarball. With the Apple cross tools (or on a Mac) the XCFramework is built and goes in; without them it says that it is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH="$HOME/.cargo/bin:$PATH"

if [ "${1:-}" = --help ]; then
  sed -n '2s/^# //p' "$0"
  exit 0
fi

if scripts/toolchains/have.sh apple; then
  scripts/apple/xcframework.sh ios --headers ios/Sources/CZpnsFFI --modulemap ios/Sources/CZpnsFFI/framework.modulemap
else
  echo "package: without ZpnsFFI.xcframework: the Apple cross tools are not installed; run \`sudo make toolchains\` first" >&2
fi
scripts/kit/build.sh
npm run --silent package
