#!/usr/bin/env bash
# Builds the Node addon (the virtual iPhone) and puts it where jest and the demo look for it: build/zpns.node.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH="$HOME/.cargo/bin:$PATH"

cargo build --locked --package zpns-node
target=$(cargo metadata --format-version 1 --no-deps --locked | sed -E 's/.*"target_directory":"([^"]+)".*/\1/')
case "$(uname -s)" in
  Darwin) library=libzpns_node.dylib ;;
  *) library=libzpns_node.so ;;
esac

mkdir -p build
# A running Node may have the old one mapped: replace the file, do not write into it.
cp "$target/debug/$library" build/zpns.node.new
mv build/zpns.node.new build/zpns.node
