# shellcheck shell=bash
# How sources look.

# Our own C++ files, NUL between.
sources() {
  find "$root" -path "$root/build" -prune -o -path "$root/.git" -prune -o \
    \( -name '*.h' -o -name '*.cc' \) -type f -print0
}

cmd_fmt() {
  require "clang-format one style"
  sources | xargs -0 clang-format -i
}

cmd_lint() {
  require "python3 lint" "clang-format one style"
  step "lint"
  python3 "$root/tests/lint/lint.py" "$root"
  if command -v shellcheck >/dev/null; then shellcheck -x -a -P "$root" "$root/dev" "$root/.ci/run"; fi
}
