# shellcheck shell=bash
# The part "wasm": what builds the kit for WebAssembly; and the second Rust compiler, which the part "apple" needs as well. Sourced by
# install.sh.

# On Debian, when rustup could not bring the target.
install_wasm() {
  ensure_packages "lld-$LLVM_MAJOR"
  install_cross_rust
}

# The usual way to a target, which needs neither root nor Debian. It fails where rustup or its server is out of reach; then the second
# compiler builds std itself.
add_wasm_with_rustup() {
  command -v rustup >/dev/null || return 1
  local limit=()
  ! command -v timeout >/dev/null || limit=(timeout 60)
  say "wasm: asking rustup for $WASM_TARGET"
  RUSTUP_MAX_RETRIES=0 ${limit[@]+"${limit[@]}"} rustup target add "$WASM_TARGET" >/dev/null 2>&1 </dev/null && rustc_has_wasm && return 0
  say "wasm: rustup cannot bring it here"
  return 1
}

# Debian's second Rust compiler is made for building browsers. Its packages conflict with the ordinary ones, so they are
# unpacked into a folder of their own and never installed.
install_cross_rust() {
  if part_is_complete "$CROSS_RUST" "$CROSS_RUST_RECIPE"; then
    say "cross-rust: already there ($(sed -n 2p "$CROSS_RUST/$MARKER")) in $CROSS_RUST"
    return
  fi
  local old="$ZPNS_TOOLCHAINS/apple-rust"
  if part_is_complete "$old" "2 rustc-web $CROSS_RUST_VERSION"; then
    adopt_cross_rust "$old"
    return
  fi
  rm -rf --one-file-system "$old"
  local began=$SECONDS version debs="$CROSS_RUST/debs" name packages runtime
  version="$(cross_rust_version)"
  mapfile -t packages < <(cross_rust_packages "$version")
  ((${#packages[@]} == 6)) || fail "rustc-web $version consists of other packages than expected: ${packages[*]}" \
    "pin the version in env.sh that was tried, or mend cross_rust_packages"
  say "cross-rust: downloading ${packages[*]}"
  begin_part "$CROSS_RUST"
  mkdir "$debs"
  retry logged cross-rust-download env -C "$debs" "${APT[@]}" download "${packages[@]}" ||
    fail "could not download the second Rust compiler" "check the network, then run this again"
  for name in "$debs"/*.deb; do
    dpkg -x "$name" "$CROSS_RUST"
  done
  rm -r "$debs"
  # Of the sources only std is compiled.
  rm -r "$CROSS_RUST"/usr/src/rustc-*/{compiler,src/doc,src/tools}
  # What these packages need of the rest of Debian, which may be installed as usual.
  mapfile -t runtime < <(for name in "${packages[@]}"; do
    package_dependencies "${name%%=*}" "${name#*=}"
  done | sort -u | grep -vE '^(rustc-web|libstd-rust-web|libllvm)')
  ensure_packages "${runtime[@]}"
  logged cross-rust-smoke "$(dirname "${BASH_SOURCE[0]}")/cross-cargo.sh" --version ||
    fail "the unpacked cargo does not start" "see the lines above"
  finish_part "$CROSS_RUST" "$CROSS_RUST_RECIPE" "rustc-web $version"
  say "cross-rust: rustc-web $version ready in $((SECONDS - began))s, $(du -sh "$CROSS_RUST" | cut -f 1)"
}

# Until recipe 3 the same files were in apple-rust, as a piece of the part "apple": they move, nothing is downloaded again.
adopt_cross_rust() {
  local old="$1" version
  version="$(sed -n 2p "$old/$MARKER")"
  begin_part "$CROSS_RUST"
  rmdir "$CROSS_RUST"
  mv "$old" "$CROSS_RUST"
  finish_part "$CROSS_RUST" "$CROSS_RUST_RECIPE" "$version"
  say "cross-rust: taken over from $old ($version)"
}

# The version wanted if the archive has it, else the newest, which must not be too old.
cross_rust_version() {
  local version
  version="$(package_version rustc-web "$CROSS_RUST_VERSION+")"
  if [[ -z "$version" ]]; then
    apt_update >&2
    version="$(package_version rustc-web "$CROSS_RUST_VERSION+")"
  fi
  if [[ -z "$version" ]]; then
    version="$(package_version rustc-web '')"
    if ! dpkg --compare-versions "${version:-0}" ge "$CROSS_RUST_MINIMUM"; then
      fail "Debian's archive offers rustc-web ${version:-not at all}, at least $CROSS_RUST_MINIMUM is needed" \
        "add the security archive of this release to apt's sources and run this again"
    fi
    say "cross-rust: the archive has no $CROSS_RUST_VERSION, taking $version" >&2
  fi
  printf '%s\n' "$version"
}

# name=version of everything that makes up the compiler: the libraries carry version numbers in their names.
cross_rust_packages() {
  local version="$1" std llvm
  std="$(package_dependencies libstd-rust-web-dev "$version" | grep '^libstd-rust-web-')"
  llvm="$(package_dependencies "$std" "$version" | grep '^libllvm')"
  printf '%s\n' "cargo-web=$version" "rustc-web=$version" "rust-web-src=$version" "libstd-rust-web-dev=$version" \
    "$std=$version" "$llvm=$(package_version "$llvm" '')"
}
