# shellcheck shell=bash disable=SC2034
# Where the toolchains live and which versions are wanted. Sourced by the other scripts, never run.
#
# A part is complete when its marker holds exactly its recipe line, so changing a version (or the number in front of it,
# when the way a part is built changes) makes `install.sh` build that part again.

# For the whole machine if they are there or may be put there, else for this user.
if [[ -z "${ZPNS_TOOLCHAINS:-}" ]]; then
  if [[ -d /opt/zpns-toolchains || -w /opt ]]; then
    ZPNS_TOOLCHAINS=/opt/zpns-toolchains
  else
    ZPNS_TOOLCHAINS="${XDG_DATA_HOME:-${HOME:-/var/lib}/.local/share}/zpns-toolchains"
  fi
fi

# Swift for Linux: the first Debian release that packages Swift 6.
SWIFT_TREE="$ZPNS_TOOLCHAINS/swift"
SWIFT_SUITE=trixie
SWIFT_VERSION=6.0.3
# What of it neither compiles nor tests anything for this machine: debugger, editor services, microcontrollers, static linking.
SWIFT_LEFT_OUT=(
  '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/locale/*'
  '/usr/libexec/swift/bin/lldb*' '/usr/libexec/swift/lib/liblldb*'
  '/usr/libexec/swift/bin/clangd' '/usr/libexec/swift/bin/docc' '/usr/libexec/swift/bin/sourcekit-lsp'
  '/usr/libexec/swift/lib/libsourcekitdInProc*' '/usr/libexec/swift/lib/libLTO*'
  '/usr/libexec/swift/lib/swift/embedded/*' '/usr/libexec/swift/lib/swift/FrameworkABIBaseline/*' '/usr/libexec/swift/lib/swift_static/*'
)
SWIFT_RECIPE="2 $SWIFT_SUITE swiftlang $SWIFT_VERSION"

# A second Rust compiler with the sources of its standard library: it builds std for the targets that rustup does not install.
CROSS_RUST="$ZPNS_TOOLCHAINS/cross-rust"
CROSS_RUST_VERSION=1.96.0
CROSS_RUST_MINIMUM=1.95.0 # rust-version in the root Cargo.toml
CROSS_RUST_RECIPE="3 rustc-web $CROSS_RUST_VERSION"

# Darwin's C headers, which ring's C code includes. One wheel serves every host, since only headers are taken from it.
APPLE_SDK="$ZPNS_TOOLCHAINS/apple-sdk"
ZIGLANG_VERSION=0.17.0
ZIGLANG_PLATFORM=manylinux_2_12_x86_64
ZIGLANG_SHA256=97079827064a7492cce5541ceb438ae8003ce1e54e399676da2d62fb7a5dc08b
APPLE_SDK_RECIPE="1 ziglang $ZIGLANG_VERSION"

# clang, lld and LLVM's object tools. Older ones do not know the flags that Apple targets need.
LLVM_MAJOR=19
APPLE_COMMANDS=(
  "clang-$LLVM_MAJOR" "ld64.lld-$LLVM_MAJOR" "llvm-ar-$LLVM_MAJOR" "llvm-lipo-$LLVM_MAJOR" "llvm-nm-$LLVM_MAJOR"
  "llvm-objdump-$LLVM_MAJOR" "llvm-otool-$LLVM_MAJOR" "llvm-strip-$LLVM_MAJOR"
)

# What the kit is built for, and what links it when the second compiler builds it (rustup's compilers bring their own linker).
WASM_TARGET=wasm32-unknown-unknown
WASM_COMMANDS=("wasm-ld-$LLVM_MAJOR")

# The tests of the bindings run Python, those of the credentials make certificates.
SHARED_COMMANDS=(python3 openssl)

MARKER=.zpns-complete

# part_is_complete DIR RECIPE
part_is_complete() {
  [[ -f "$1/$MARKER" ]] && [[ "$(head -n 1 "$1/$MARKER")" == "$2" ]]
}

# commands_exist NAME…
commands_exist() {
  local name
  for name in "$@"; do
    command -v "$name" >/dev/null || return 1
  done
}

swift_is_installed() {
  part_is_complete "$SWIFT_TREE" "$SWIFT_RECIPE" && commands_exist "${SHARED_COMMANDS[@]}"
}

# The ordinary compiler builds for WebAssembly if its standard library is there for it.
rustc_has_wasm() {
  local folder
  folder="$(rustc --print target-libdir --target "$WASM_TARGET" 2>/dev/null)" && [[ -d "$folder" ]]
}

cross_rust_has_wasm() {
  part_is_complete "$CROSS_RUST" "$CROSS_RUST_RECIPE" && commands_exist "${WASM_COMMANDS[@]}"
}

wasm_is_installed() {
  rustc_has_wasm || cross_rust_has_wasm
}

# On a Mac nothing has to be installed but Xcode.
apple_is_installed() {
  if [[ "$(uname -s)" == Darwin ]]; then
    xcrun --sdk iphoneos --show-sdk-path >/dev/null 2>&1
    return
  fi
  part_is_complete "$CROSS_RUST" "$CROSS_RUST_RECIPE" && part_is_complete "$APPLE_SDK" "$APPLE_SDK_RECIPE" &&
    commands_exist "${APPLE_COMMANDS[@]}" "${SHARED_COMMANDS[@]}"
}
