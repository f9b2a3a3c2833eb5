# shellcheck shell=bash
# The part "apple": what builds and links the Rust core for iOS without a Mac. Sourced by install.sh.

install_apple() {
  ensure_packages "clang-$LLVM_MAJOR" "lld-$LLVM_MAJOR" "llvm-$LLVM_MAJOR"
  install_cross_rust
  install_apple_sdk
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
