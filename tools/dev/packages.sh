# shellcheck shell=bash
# Installs what is missing, saying what and why.

as_root() {
  if ((EUID == 0)); then "$@"; else sudo -- "$@"; fi
}

# Fails unless as_root will work. sudo asks for the password here, once.
become_root() { # what to do by hand otherwise...
  ((EUID == 0)) && return 0
  command -v sudo >/dev/null || die "needs root, and there is no sudo. As root: $*"
  sudo -v || die "needs root. By hand: sudo $*"
}

spec_names() { # "a|b?prog  why" -> "a b"
  local spec=${1%% *}
  spec=${spec%%\?*}
  printf '%s' "${spec//|/ }"
}
spec_program() {
  local spec=${1%% *}
  if [[ $spec == *\?* ]]; then printf '%s' "${spec#*\?}"; fi
}
spec_reason() {
  local reason=${1#* }
  printf '%s' "${reason#"${reason%%[! ]*}"}"
}

has_program() { PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v "$1" >/dev/null; }

is_installed() {
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

spec_is_met() {
  local name program
  program=$(spec_program "$1")
  if [[ -n $program ]] && has_program "$program"; then return 0; fi
  for name in $(spec_names "$1"); do
    if is_installed "$name"; then return 0; fi
  done
  return 1
}

has_candidate() {
  local candidate
  candidate=$(LC_ALL=C apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p')
  [[ -n $candidate && $candidate != "(none)" ]]
}

# Puts into the array RESULT the package that each spec stands for: the first of
# its alternatives that can be installed. Fails, RESULT being the specs for which
# there is none.
choose() { # RESULT specs...
  local -n result=$1
  local spec name chosen unknown=()
  shift
  result=()
  for spec in "$@"; do
    chosen=
    for name in $(spec_names "$spec"); do
      if has_candidate "$name"; then
        chosen=$name
        break
      fi
    done
    if [[ -n $chosen ]]; then result+=("$chosen"); else unknown+=("$(spec_names "$spec")"); fi
  done
  ((${#unknown[@]} == 0)) || {
    result=("${unknown[@]}")
    return 1
  }
}

# A guest boots any kernel that lies in /boot with its modules: a host that has
# one of its own gets no other.
has_kernel() {
  local kernel
  for kernel in /boot/vmlinuz-*; do
    if [[ -e $kernel && -d /lib/modules/${kernel#/boot/vmlinuz-} ]]; then return 0; fi
  done
  return 1
}

update_lists() {
  step "apt-get update"
  become_root apt-get update
  as_root apt-get -q -o DPkg::Lock::Timeout=120 update >&2 || die "apt-get update failed; its words are above"
}

# Installs without starting a daemon (docker.io, prometheus and others would
# start theirs): policy-rc.d says no for as long as apt runs, unless the machine
# has one of its own. --no-remove: apt fails rather than take a package away.
# shellcheck disable=SC2016  # expanded by the inner shell
install_script='
set -eu
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ] && [ ! -L "$policy" ]; then
  trap "rm -f $policy" EXIT
  trap "exit 130" INT TERM HUP
  printf "#!/bin/sh\nexit 101\n" >"$policy"
  chmod 755 "$policy"
fi
DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
  apt-get -q -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 \
  install --no-install-recommends --no-remove "$@"
'
install_packages() { as_root sh -c "$install_script" install "$@" >&2; }

# Installs what of the given specs is not there.
require() {
  local spec i missing=() names=()
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "dev: no apt here; going on with what is installed. Needed are:"
    for spec in "$@"; do say "  $(spec_names "$spec"): $(spec_reason "$spec")"; done
    return 0
  fi
  for spec in "$@"; do
    spec_is_met "$spec" || missing+=("$spec")
  done
  ((${#missing[@]})) || return 0

  if ! choose names "${missing[@]}"; then
    update_lists
    choose names "${missing[@]}" ||
      die "this distribution has no package for: ${names[*]} (on Ubuntu, is \"universe\" enabled?)"
  fi
  step "installing ${#names[@]} packages"
  for i in "${!names[@]}"; do
    printf '  %-26s %s\n' "${names[i]}" "$(spec_reason "${missing[i]}")" >&2
  done
  become_root apt-get install --no-install-recommends "${names[@]}"
  if ! install_packages "${names[@]}"; then
    # Lists that are older than the archive name versions that are gone.
    update_lists
    install_packages "${names[@]}" || die "apt could not install: ${names[*]}"
  fi
}

require_build() { require "${build_packages[@]}"; }
require_package() { require "${build_packages[@]}" "${package_packages[@]}"; }
require_tests() {
  local specs=("${build_packages[@]}" "${test_packages[@]}")
  has_kernel || specs+=("${kernel_packages[@]}")
  require "${specs[@]}"
}

cmd_deps() {
  case ${1:-test} in
    run | build) require_build ;;
    test) require_tests ;;
    package) require_package ;;
    *) die "usage: ./dev deps [run|package|test]" ;;
  esac
  say "everything is installed"
}
