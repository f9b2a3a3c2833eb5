#!/usr/bin/env bash
# Makes the API reference from the comments in the sources, or checks that they are complete.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=toolchains/fail.sh
source "$(dirname "${BASH_SOURCE[0]}")/toolchains/fail.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH="$HOME/.cargo/bin:$PATH"

usage() {
  cat <<TEXT
usage: api-reference.sh [--check]

Writes build/api/index.html, and beside it
  typescript/  the package's entry points, by typedoc (typedoc.json)
  rust/        the library crates of rust/, by rustdoc
Anything public without documentation, and any link that leads nowhere, is an error.
  --check  leave build/api as it is
TEXT
}

check=no
while (($# > 0)); do
  case "$1" in
    --check) check=yes && shift ;;
    -h | --help) usage && exit 0 ;;
    *) fail "unknown argument '$1'" "see api-reference.sh --help" ;;
  esac
done

new="$(mktemp -d)"
trap 'rm -rf "$new"' EXIT

npx typedoc --logLevel Warn --out "$new/typescript" ||
  fail "the reference of the package can't be made" "the lines above name what lacks documentation"

# Name and description of each crate with an API for Rust; the others are programs.
# shellcheck disable=SC2016 # the dollar signs are JavaScript's
crates="$(cargo metadata --no-deps --format-version 1 | node -e '
  const { packages } = JSON.parse(require("fs").readFileSync(0, "utf8"));
  const libraries = packages.filter(({ targets }) => targets.some(({ kind }) => kind.includes("lib")));
  for (const { name, description } of libraries) console.log(`${name}\t${description}`);')"
packages=()
while IFS=$'\t' read -r name _; do packages+=(--package "$name"); done <<<"$crates"
RUSTDOCFLAGS="-D warnings -D missing_docs" cargo doc --quiet --no-deps --lib "${packages[@]}" ||
  fail "the reference of the crates can't be made" "the lines above name what lacks documentation"

[[ $check == no ]] || exit 0

cp -R "${CARGO_TARGET_DIR:-target}/doc" "$new/rust"
{
  cat <<'HTML'
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>react-native-zpns: API reference</title>
<h1>react-native-zpns: API reference</h1>
<h2>TypeScript</h2>
<p><a href="typescript/index.html">The npm package</a>: <code>react-native-zpns</code>, <code>react-native-zpns/callkit</code>, <code>react-native-zpns/jest</code></p>
<h2>Rust</h2>
<ul>
HTML
  while IFS=$'\t' read -r name description; do
    printf '<li><a href="rust/%s/index.html">%s</a>: %s</li>\n' "${name//-/_}" "$name" "$description"
  done <<<"$crates"
  printf '</ul>\n</html>\n'
} >"$new/index.html"

rm -rf build/api
mkdir -p build
cp -R "$new" build/api
chmod 755 build/api
echo "build/api/index.html"
