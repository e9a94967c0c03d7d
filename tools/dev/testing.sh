# shellcheck shell=bash
# Runs tests and tells what came of them.

# Runs ctest in DIRECTORY and tells the outcome in one last line. A test that
# skipped itself, wholly or in part, fails the run in CI.
run_ctest() { # DIRECTORY ctest-arguments...
  local directory=$1 output=$1/ctest.txt log=$1/Testing/Temporary/LastTest.log status=0
  shift
  step "ctest $*"
  ctest --test-dir "$directory" --output-on-failure --no-tests=error "$@" 2>&1 | tee "$output" || status=${PIPESTATUS[0]}

  local failed total not_run skipped=()
  read -r failed total < <(sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests? failed out of ([0-9]+)$/\1 \2/p' "$output") ||
    die "ctest gave no result"
  not_run=$(grep -cF '***Skipped' "$output" || true)
  # ctest's own, GoogleTest's, and those of Python's unittest.
  mapfile -t skipped < <(
    grep -hE '\*\*\*(Skipped|Not Run)' "$output" || true
    grep -hE '^\[  SKIPPED \] [^ ]+\.[^ ]+( \(|,)|^SKIPPED [^ ]+: |YOU HAVE [0-9]+ DISABLED' "$log" || true
  )
  if ((${#skipped[@]})); then
    say "skipped:"
    printf '  %s\n' "${skipped[@]}" >&2
    if in_ci; then
      say "with CI=true a skipped test is a failed run"
      status=1
    fi
  fi
  step "done"
  printf '%d passed, %d failed, %d skipped\n' "$((total - failed - not_run))" "$failed" "$not_run"
  return "$status"
}

cmd_test() {
  local selection=()
  if [[ ${1:-} == --quick ]]; then
    shift
    selection=(-L '^(unit|lint)$')
  fi
  require_tests
  build_everything "$release" -DCMAKE_BUILD_TYPE=Release
  run_ctest "$release" -j "$(nproc)" "${selection[@]}" "$@"
}

cmd_check() {
  require_tests
  cmd_lint
  build_everything "$root/build/dev" -DCMAKE_BUILD_TYPE=Debug
  run_ctest "$root/build/dev" -j "$(nproc)" -L '^(unit|lint)$' "$@"
}
