# shellcheck shell=bash disable=SC2034
# Keeps the folders of this machine out of what is built for others. Sourced by the scripts that cross-compile, never run; they keep to
# bash 3.2, which is a Mac's.

# map_paths REPOSITORY TARGET_DIR STD: fills path_of and name_of, a name for each folder that a compiler may write down. What remains of
# a path names the crate or the part of std. The last rule that fits wins, so the crates' own folders come after CARGO_HOME.
map_paths() {
  local cargo_home="${CARGO_HOME:-$HOME/.cargo}" registry
  path_of=("$1" "$cargo_home" "$2")
  name_of=(zpns cargo build)
  if [[ -d "$3" ]]; then
    path_of+=("$3" "$(cd "$3" && pwd -P)")
    name_of+=(rust rust)
  fi
  for registry in "$cargo_home"/registry/src/*/; do
    [[ -d "$registry" ]] || continue
    path_of+=("${registry%/}") name_of+=(crates)
  done
}

# export_rust_flags FLAG…: instead of RUSTFLAGS, which splits at spaces.
export_rust_flags() {
  local separator=$'\x1f'
  CARGO_ENCODED_RUSTFLAGS="$(IFS=$separator && printf '%s' "$*")"
  export CARGO_ENCODED_RUSTFLAGS
}
