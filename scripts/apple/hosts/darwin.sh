# shellcheck shell=bash disable=SC2034
# The tools on a Mac, where releases are built: rustup's compiler with its component rust-src, and Xcode. Sourced by slices.sh;
# hosts/linux.sh offers the same names.

NM=(xcrun llvm-nm)
OTOOL=(xcrun llvm-otool)
LIPO=(xcrun lipo)
STRIP=(xcrun strip)

require_tools() {
  xcrun --sdk iphoneos --show-sdk-path >/dev/null 2>&1 ||
    fail "there is no SDK for iOS" "install Xcode, then: sudo xcode-select -s /Applications/Xcode.app"
  [[ -d "$(std_sources)/library/std" ]] ||
    fail "the sources of Rust's standard library are missing" "run: rustup component add rust-src"
}

cargo_for_ios() { cargo "$@"; }

std_sources() { printf '%s/lib/rustlib/src/rust\n' "$(rustc --print sysroot)"; }

# export_c_compiler SUFFIX TRIPLE FLAG…: the cc crate finds Xcode's compiler and the SDK by itself.
export_c_compiler() {
  local suffix="$1"
  shift 2
  export "CFLAGS_$suffix=$*"
}

# link_dylib OUT FLAG…: for the target that describe_target described, against the real SDK; check.sh tells what is imported.
link_dylib() {
  local sdk=iphoneos out="$1" flags=()
  shift
  [[ "$PLATFORM" == ios ]] || sdk=iphonesimulator
  while (($# > 0)); do
    case "$1" in
      -install_name | -exported_symbols_list) flags+=("-Wl,$1,$2") && shift 2 ;;
      *) flags+=("$1") && shift ;;
    esac
  done
  xcrun --sdk "$sdk" clang -target "$TRIPLE" -dynamiclib -fapplication-extension -Wl,-dead_strip \
    -framework Security -framework CoreFoundation -o "$out" "${flags[@]}"
}
