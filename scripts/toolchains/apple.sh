# shellcheck shell=bash
# The part "apple": what builds and links the Rust core for iOS without a Mac. Sourced by install.sh.

install_apple() {
  ensure_packages "clang-$LLVM_MAJOR" "lld-$LLVM_MAJOR" "llvm-$LLVM_MAJOR"
  install_apple_rust
  install_apple_sdk
}

# Debian's second Rust compiler is made for building browsers. Its packages conflict with the ordinary ones, so they are
# unpacked into a folder of their own and never installed.
install_apple_rust() {
  if part_is_complete "$APPLE_RUST" "$APPLE_RUST_RECIPE"; then
    say "apple-rust: already there ($(sed -n 2p "$APPLE_RUST/$MARKER")) in $APPLE_RUST"
    return
  fi
  local began=$SECONDS version debs="$APPLE_RUST/debs" name packages runtime
  version="$(apple_rust_version)"
  mapfile -t packages < <(apple_rust_packages "$version")
  ((${#packages[@]} == 6)) || fail "rustc-web $version consists of other packages than expected: ${packages[*]}" \
    "pin the version in env.sh that was tried, or mend apple_rust_packages"
  say "apple-rust: downloading ${packages[*]}"
  begin_part "$APPLE_RUST"
  mkdir "$debs"
  retry logged apple-rust-download env -C "$debs" "${APT[@]}" download "${packages[@]}" ||
    fail "could not download the Rust compiler for Apple targets" "check the network, then run this again"
  for name in "$debs"/*.deb; do
    dpkg -x "$name" "$APPLE_RUST"
  done
  rm -r "$debs"
  # Of the sources only std is compiled.
  rm -r "$APPLE_RUST"/usr/src/rustc-*/{compiler,src/doc,src/tools}
  # What these packages need of the rest of Debian, which may be installed as usual.
  mapfile -t runtime < <(for name in "${packages[@]}"; do
    package_dependencies "${name%%=*}" "${name#*=}"
  done | sort -u | grep -vE '^(rustc-web|libstd-rust-web|libllvm)')
  ensure_packages "${runtime[@]}"
  logged apple-rust-smoke "$(dirname "${BASH_SOURCE[0]}")/../apple/cargo.sh" --version ||
    fail "the unpacked cargo does not start" "see the lines above"
  finish_part "$APPLE_RUST" "$APPLE_RUST_RECIPE" "rustc-web $version"
  say "apple-rust: rustc-web $version ready in $((SECONDS - began))s, $(du -sh "$APPLE_RUST" | cut -f 1)"
}

# The version wanted if the archive has it, else the newest, which must not be too old.
apple_rust_version() {
  local version
  version="$(package_version rustc-web "$APPLE_RUST_VERSION+")"
  if [[ -z "$version" ]]; then
    apt_update >&2
    version="$(package_version rustc-web "$APPLE_RUST_VERSION+")"
  fi
  if [[ -z "$version" ]]; then
    version="$(package_version rustc-web '')"
    if ! dpkg --compare-versions "${version:-0}" ge "$APPLE_RUST_MINIMUM"; then
      fail "Debian's archive offers rustc-web ${version:-not at all}, at least $APPLE_RUST_MINIMUM is needed" \
        "add the security archive of this release to apt's sources and run this again"
    fi
    say "apple-rust: the archive has no $APPLE_RUST_VERSION, taking $version" >&2
  fi
  printf '%s\n' "$version"
}

# name=version of everything that makes up the compiler: the libraries carry version numbers in their names.
apple_rust_packages() {
  local version="$1" std llvm
  std="$(package_dependencies libstd-rust-web-dev "$version" | grep '^libstd-rust-web-')"
  llvm="$(package_dependencies "$std" "$version" | grep '^libllvm')"
  printf '%s\n' "cargo-web=$version" "rustc-web=$version" "rust-web-src=$version" "libstd-rust-web-dev=$version" \
    "$std=$version" "$llvm=$(package_version "$llvm" '')"
}

# A folder that serves as SDKROOT for clang: headers only, nothing to link against.
install_apple_sdk() {
  if part_is_complete "$APPLE_SDK" "$APPLE_SDK_RECIPE"; then
    say "apple-sdk: already there ($(sed -n 2p "$APPLE_SDK/$MARKER")) in $APPLE_SDK"
    return
  fi
  local began=$SECONDS python=python3 wheel download="$APPLE_SDK/download"
  if ! "$python" -m pip --version >/dev/null 2>&1; then
    ensure_packages python3 python3-pip
    python=/usr/bin/python3
  fi
  say "apple-sdk: downloading the Darwin headers (ziglang $ZIGLANG_VERSION, 100 MB)"
  begin_part "$APPLE_SDK"
  mkdir "$download"
  printf 'ziglang==%s --hash=sha256:%s\n' "$ZIGLANG_VERSION" "$ZIGLANG_SHA256" >"$download/requirements.txt"
  retry logged apple-sdk-download "$python" -m pip --no-input --disable-pip-version-check download --no-deps --require-hashes \
    --only-binary :all: --platform "$ZIGLANG_PLATFORM" --dest "$download" -r "$download/requirements.txt" ||
    fail "could not download the ziglang wheel" "check the network and pip's configuration, then run this again"
  wheel="$(find "$download" -name '*.whl')"
  "$python" - "$wheel" "$APPLE_SDK/usr/include" <<'PYTHON'
import pathlib, sys, zipfile

prefix = "ziglang/lib/libc/include/any-darwin-any/"
target = pathlib.Path(sys.argv[2])
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for name in wheel.namelist():
        if name.startswith(prefix) and not name.endswith("/"):
            path = target / name.removeprefix(prefix)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wheel.read(name))
PYTHON
  rm -r "$download"
  [[ -f "$APPLE_SDK/usr/include/TargetConditionals.h" ]] ||
    fail "the ziglang wheel no longer keeps Darwin's headers where they were" "pin the version in env.sh that was tried"
  finish_part "$APPLE_SDK" "$APPLE_SDK_RECIPE" "ziglang $ZIGLANG_VERSION"
  say "apple-sdk: Darwin headers ready in $((SECONDS - began))s, $(du -sh "$APPLE_SDK" | cut -f 1)"
}
