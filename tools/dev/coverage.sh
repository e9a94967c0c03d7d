# shellcheck shell=bash

# Which lines and branches of each room the unit tests run, and what is said of
# the rest: tests/coverage/README.md.
cmd_coverage() {
  local directory=$root/build/coverage
  renice -n 10 -p $$ >/dev/null # nobody waits for it
  require_tests
  require "${coverage_packages[@]}"
  build_everything "$directory" -DCMAKE_BUILD_TYPE=Debug -DPLIMSOLL_COVERAGE=ON
  find "$directory" -name '*.gcda' -delete # counts of earlier runs
  run_ctest "$directory" -j "$(nproc)" -L '^unit$' "$@" >&2
  step "gcovr"
  mkdir -p "$directory/html"
  # On the line where a lambda begins gcc puts what an exception that leaves it would run.
  (cd "$root" && gcovr --root . --exclude tests/ --exclude build/ \
    --exclude-throw-branches --exclude-unreachable-branches \
    --exclude-lines-by-pattern '.*\[[\w&=*, ]*\](\(.*\))?( mutable)?( -> [\w:<>]+)? \{$' -j "$(nproc)" \
    --json "$directory/coverage.json" --json-summary "$directory/summary.json" \
    --html-details "$directory/html/index.html" build/coverage) >"$directory/gcovr.log" 2>&1 || {
    tail -n 20 "$directory/gcovr.log" >&2
    die "gcovr failed; its words are above and in $directory/gcovr.log"
  }
  step "done; line by line: build/coverage/html/index.html"
  python3 "$root/tests/coverage/rooms.py" "$directory/summary.json"
}
