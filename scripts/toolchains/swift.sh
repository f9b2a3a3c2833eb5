# shellcheck shell=bash
# The part "swift": a Debian tree beside the system with Swift in it. Sourced by install.sh.

install_swift() {
  if part_is_complete "$SWIFT_TREE" "$SWIFT_RECIPE"; then
    say "swift: already there ($(sed -n 2p "$SWIFT_TREE/$MARKER")) in $SWIFT_TREE"
    return
  fi
  local began=$SECONDS version
  find_namespace || fail "this machine lets us make no mounts, and the Swift tree needs /proc and /dev" "${MOUNT_HINTS[@]}"
  ensure_packages debootstrap ca-certificates
  bootstrap_tree
  version="$(tree_package_version swiftlang "$SWIFT_VERSION")"
  [[ -n "$version" ]] || fail "Debian's $SWIFT_SUITE has no package swiftlang" "is the mirror complete? set ZPNS_DEBIAN_MIRROR to another one"
  [[ "$version" == "$SWIFT_VERSION"* ]] ||
    say "swift: the archive has no $SWIFT_VERSION any more, taking $version"
  say "swift: installing swiftlang $version (a few hundred MB, minutes on a slow line)"
  retry logged swift-packages in_tree apt-get -y -q -o Acquire::Retries=3 install --no-install-recommends \
    "swiftlang=$version" libc6-dev libstdc++-14-dev ||
    fail "could not install Swift in the tree" "if the download failed, run this again; with its packages beside it this takes about 2.5 GB in $SWIFT_TREE"
  logged swift-clean in_tree apt-get clean
  say "swift: compiling and running a first program"
  logged swift-smoke in_tree sh -c 'echo "print(\"swift works\")" > /tmp/a.swift && swiftc -o /tmp/a /tmp/a.swift && /tmp/a' ||
    fail "the new Swift cannot compile a program of one line" "see the lines above"
  finish_part "$SWIFT_TREE" "$SWIFT_RECIPE" "swiftlang $version"
  say "swift: swiftlang $version ready in $((SECONDS - began))s, $(du -sh --one-file-system "$SWIFT_TREE" | cut -f 1)"
}

# A minimal Debian of SWIFT_SUITE, from the mirror that apt uses.
bootstrap_tree() {
  local mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  mirror="$(debian_mirror)"
  [[ -n "$mirror" ]] || fail "apt's sources name no Debian mirror" "set ZPNS_DEBIAN_MIRROR=<URL of a Debian mirror>"
  export_apt_proxy
  say "swift: making a Debian $SWIFT_SUITE tree from $mirror"
  # debootstrap cannot go on from a half-made tree, so each try starts from nothing.
  retry bootstrap_once "$mirror" "$keyring" ||
    fail "debootstrap failed" \
      "does $mirror serve the release $SWIFT_SUITE? set ZPNS_DEBIAN_MIRROR to another mirror, then run this again"
  # Nothing here is worth an fsync: a tree that a crash cut short has no marker and is made again.
  echo force-unsafe-io >"$SWIFT_TREE/etc/dpkg/dpkg.cfg.d/zpns"
  printf 'path-exclude=%s\n' "${SWIFT_LEFT_OUT[@]}" >>"$SWIFT_TREE/etc/dpkg/dpkg.cfg.d/zpns"
}

bootstrap_once() {
  begin_part "$SWIFT_TREE"
  # In a mount namespace of its own: what debootstrap mounts is gone when it is, even killed.
  logged swift-debootstrap "${NAMESPACE[@]}" debootstrap --variant=minbase --include=ca-certificates \
    ${2:+--keyring="$2"} "$SWIFT_SUITE" "$SWIFT_TREE" "$1"
}

# in_tree CMD…: as a child, with the machine's names and resolver.
in_tree() {
  cp -L /etc/resolv.conf /etc/hosts "$SWIFT_TREE/etc/"
  (DEBIAN_FRONTEND=noninteractive enter_tree "$SWIFT_TREE" / -- "$@")
}

# tree_package_version NAME PREFIX: the version in the tree's archive that begins with PREFIX, else the newest one.
tree_package_version() {
  in_tree apt-cache madison "$1" | awk -F ' *[|] *' -v prefix="$2" '
    first == "" { first = $2 }
    index($2, prefix) == 1 { print $2; found = 1; exit }
    END { if (!found) print first }'
}
