# shellcheck shell=bash
# Enters the Swift tree: a private mount namespace, so that the mounts vanish with the process however it ends and two
# entries at the same time never meet. Sourced by install.sh and swift-run.sh.

# Chosen by find_namespace: how this machine lets us have mounts of our own.
NAMESPACE=()

# Prefers plain mount namespaces (root with CAP_SYS_ADMIN), else asks the kernel for a user namespace as well.
find_namespace() {
  local candidate
  for candidate in '--mount' '--user --map-root-user --mount'; do
    read -r -a NAMESPACE <<<"unshare $candidate --propagation private"
    # A namespace is not enough: in some containers it may be made, but nothing may be mounted in it.
    "${NAMESPACE[@]}" mount --bind /proc /proc 2>/dev/null && return 0
  done
  return 1
}

# What to do when find_namespace says no; one line each.
# shellcheck disable=SC2034
MOUNT_HINTS=(
  "a container needs the right to mount: start it with --privileged, or with --cap-add SYS_ADMIN --security-opt apparmor=unconfined --security-opt seccomp=unconfined"
  "not root? user namespaces must be allowed: sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0"
)

# enter_tree TREE CWD DIR… -- CMD…: runs CMD with TREE as its root, /proc, /dev and every DIR bound to the same path inside, a /tmp of
# its own. Replaces the calling process, so signals and the exit code are CMD's.
enter_tree() {
  # Any step that fails ends the inner script: a command must never run with a mount missing.
  # shellcheck disable=SC2016
  local inner='
    set -euo pipefail
    tree=$1 cwd=$2
    shift 2
    mount --rbind /proc "$tree/proc"
    mount --rbind /dev "$tree/dev"
    mount -t tmpfs -o mode=1777 tmp "$tree/tmp"
    while [[ $1 != -- ]]; do
      mkdir -p "$tree$1"
      mount --rbind "$1" "$tree$1"
      shift
    done
    shift
    export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
    unset LC_ALL TMPDIR SDKROOT CC CXX
    exec chroot "$tree" /usr/bin/env -C "$cwd" "$@"
  '
  exec "${NAMESPACE[@]}" bash -c "$inner" enter-tree "$@"
}
