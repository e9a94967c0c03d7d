# shellcheck shell=bash
# What ./dev says, and where.

say() { printf '%s\n' "$*" >&2; }
step() { printf '%s [%4ds] %s\n' "$(date +%H:%M:%S)" "$SECONDS" "$*" >&2; }
die() {
  say "dev: $*"
  exit 1
}
in_ci() { [[ ${CI:-} == true || ${CI:-} == 1 ]]; }
