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

has_lists() { compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null; }

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

# A release that is known to lack libraries is named before root is asked for: no
# newer list of packages would help.
refuse_old_release() {
  local id version title oldest
  [[ -r /etc/os-release ]] || return 0
  {
    read -r id
    read -r version
    read -r title
  } < <(
    # shellcheck source=/dev/null
    source /etc/os-release
    printf '%s\n' "${ID-}" "${VERSION_ID-}" "${PRETTY_NAME-}"
  )
  case $id in
    ubuntu) oldest=24.04 ;;
    debian) oldest=12 ;;
    *) return 0 ;;
  esac
  # Debian's testing and unstable have no number.
  [[ -n $version ]] || return 0
  if dpkg --compare-versions "$version" lt "$oldest"; then
    say "dev: ${title:-this distribution} is too old to build on: Ubuntu 22.04 and Debian 11 have no prometheus-cpp and no SQLiteCpp."
    die "Plimsoll takes Debian 12, Ubuntu 24.04, or later. Here, run it in a container: deploy/README.md. Nothing was installed."
  fi
}

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
    refuse_old_release
    update_lists
    choose names "${missing[@]}" ||
      die "this distribution has no package for: ${names[*]}. Debian 12, Ubuntu 24.04 and later have it (on Ubuntu, is \"universe\" enabled?)"
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

# What is there, or can be installed. Without apt nobody can tell, and require names it.
may_be_had() { # spec
  # shellcheck disable=SC2034  # choose fills it
  local candidates
  spec_is_met "$1" && return 0
  command -v apt-cache >/dev/null || return 0
  has_lists || update_lists
  choose candidates "$1"
}

# Adds to the array SPECS the others that can be had, and says what is `lost` without the rest.
add_rare() { # SPECS lost specs...
  local -n wanted=$1
  local lost=$2 spec
  shift 2
  for spec in "$@"; do
    if may_be_had "$spec"; then
      wanted+=("$spec")
    else
      say "dev: this distribution has no package for $(spec_names "$spec"): $lost ($(spec_reason "$spec"))"
    fi
  done
}

require_with_build() { # specs...
  local specs=("${build_packages[@]}" "$@")
  add_rare specs "slower without it" "${rare_build_packages[@]}"
  require "${specs[@]}"
}

require_build() { require_with_build; }
require_package() { require_with_build "${package_packages[@]}"; }

require_tests() {
  local specs=("${test_packages[@]}")
  has_kernel || specs+=("${kernel_packages[@]}")
  add_rare specs "tests that need it are skipped" "${rare_test_packages[@]}"
  require_with_build "${specs[@]}"
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
