# shellcheck shell=bash
# The Debian archive as this machine already uses it: its mirror, its packages. Sourced by install.sh.

APT=(env DEBIAN_FRONTEND=noninteractive apt-get -y -q
  -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 -o APT::Sandbox::User=root)

apt_update_done=no

# At most once a run. apt answers 0 although some source failed; what matters is whether a package is then found.
apt_update() {
  [[ $apt_update_done == no ]] || return 0
  say "reading the package lists (apt-get update)"
  retry logged apt-update "${APT[@]}" update ||
    fail "apt-get update fails" "check the network and the sources below /etc/apt, then run this again: it goes on where it stopped"
  apt_update_done=yes
}

package_is_installed() {
  [[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

# True when apt's present lists know every package.
packages_are_known() {
  local name
  for name in "$@"; do
    apt-cache show "$name" >/dev/null 2>&1 || return 1
  done
}

# ensure_packages NAME…: installs those that are missing. Lists are read anew only if they do not know a package or are out of date.
ensure_packages() {
  local name missing=()
  for name in "$@"; do
    package_is_installed "$name" || missing+=("$name")
  done
  ((${#missing[@]} > 0)) || return 0
  packages_are_known "${missing[@]}" || apt_update
  say "installing ${missing[*]}"
  logged apt-install "${APT[@]}" install --no-install-recommends "${missing[@]}" && return 0
  apt_update
  retry logged apt-install "${APT[@]}" install --no-install-recommends "${missing[@]}" ||
    fail "apt-get could not install: ${missing[*]}" \
      "see the lines above; 'apt-get -f install' mends a broken state, then run this again"
}

# package_version NAME PREFIX: the newest version that begins with PREFIX, or nothing.
package_version() {
  apt-cache madison "$1" 2>/dev/null | awk -F ' *[|] *' -v prefix="$2" 'index($2, prefix) == 1 { print $2; exit }'
}

# package_dependencies NAME VERSION: the names it depends on, first alternatives only, one a line.
package_dependencies() {
  apt-cache show "$1=$2" | sed -n 's/^Depends: //p' | head -n 1 |
    tr ',' '\n' | sed -E 's/^ *([^ :(|]+).*/\1/' | sort -u
}

# The mirror that serves this machine's own release: apt parses its sources (one-line and deb822 alike) and tells.
# Entries that say they are Debian's come first; before the first update apt does not know who they are.
debian_mirror() {
  if [[ -n "${ZPNS_DEBIAN_MIRROR:-}" ]]; then
    printf '%s\n' "$ZPNS_DEBIAN_MIRROR"
    return
  fi
  local codename
  codename="$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release | tr -d '"')"
  # The $(…) are apt's own fields.
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' |
    awk -F '|' -v codename="$codename" '
      $4 != "main" || $5 !~ /^(https?|file|copy):/ { next }
      $3 != codename && $3 !~ /^(stable|oldstable|testing)$/ { next }
      $1 == "Debian" && $2 == "Debian" { print $5; found = 1; exit }
      first == "" { first = $5 }
      END { if (!found && first != "") print first }'
}

# debootstrap fetches by itself, so it must be told of the proxy that apt was told of.
export_apt_proxy() {
  local APT_HTTP_PROXY='' APT_HTTPS_PROXY=''
  eval "$(apt-config shell APT_HTTP_PROXY Acquire::http::Proxy APT_HTTPS_PROXY Acquire::https::Proxy)"
  [[ -z "$APT_HTTP_PROXY" || "$APT_HTTP_PROXY" == DIRECT ]] || export http_proxy="$APT_HTTP_PROXY"
  [[ -z "$APT_HTTPS_PROXY" || "$APT_HTTPS_PROXY" == DIRECT ]] || export https_proxy="$APT_HTTPS_PROXY"
}
