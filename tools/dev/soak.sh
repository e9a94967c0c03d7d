# shellcheck shell=bash

# What lasts is not part of `test`: two hours unless said otherwise.
cmd_soak() {
  require_tests
  build_program
  step "everything at once for ${1:-120} minutes"
  PLIMSOLL_BINARY=${PLIMSOLL_BINARY:-$release/plimsoll} python3 "$root/tests/soak/soak.py" "$@"
}
