# shellcheck shell=bash
# Unit tests under the sanitizers.

sanitized() { # NAME SANITIZERS ctest-arguments...
  local name=$1 sanitizers=$2 directory=$root/build/$1
  shift 2
  require_tests
  build_everything "$directory" -DCMAKE_BUILD_TYPE=RelWithDebInfo "-DPLIMSOLL_SANITIZE=$sanitizers"
  export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}
  export UBSAN_OPTIONS=print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}
  export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1${TSAN_OPTIONS:+:$TSAN_OPTIONS}
  run_ctest "$directory" -j "$(nproc)" -L '^unit$' "$@"
}
cmd_asan() { sanitized asan address,undefined "$@"; }
cmd_tsan() {
  # gcc 12's TSan finds no room under the address randomisation of newer kernels.
  if [[ -z ${PLIMSOLL_FIXED_ADDRESSES:-} ]] && setarch "$(uname -m)" -R true 2>/dev/null; then
    PLIMSOLL_FIXED_ADDRESSES=1 exec setarch "$(uname -m)" -R "$root/dev" tsan "$@"
  fi
  sanitized tsan thread "$@"
}
