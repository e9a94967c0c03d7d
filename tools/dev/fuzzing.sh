# shellcheck shell=bash
# Fuzz targets, one after the other.

cmd_fuzz() {
  local seconds=${1:-60} only=${2:-} directory=$root/build/fuzz target name failed=() ran=0
  [[ $seconds =~ ^[0-9]+$ ]] || die "usage: ./dev fuzz [SECONDS [TARGET]]"
  require_tests
  mkdir -p "$root/build"
  step "building build/fuzz"
  configure "$directory" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ \
    -DPLIMSOLL_SANITIZE=address,undefined -DPLIMSOLL_FUZZ=ON -DPLIMSOLL_TESTS=OFF
  build "$directory" all
  for target in "$directory"/*_fuzz; do
    name=$(basename "$target")
    [[ -x $target && $name == *"$only"* ]] || continue
    # What is found goes to build/; tests/fuzz/corpus holds the seeds.
    mkdir -p "$directory/corpus/$name" "$directory/found"
    local seeds=() dictionary=()
    if [[ -d $root/tests/fuzz/corpus/$name ]]; then seeds=("$root/tests/fuzz/corpus/$name"); fi
    if [[ -e $root/tests/fuzz/$name.dict ]]; then dictionary=("-dict=$root/tests/fuzz/$name.dict"); fi
    step "$name for $seconds s"
    ran=$((ran + 1))
    "$target" "-max_total_time=$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
      "-artifact_prefix=$directory/found/$name-" "${dictionary[@]}" "$directory/corpus/$name" "${seeds[@]}" \
      >"$directory/$name.log" 2>&1 || failed+=("$name")
    grep -E '^(Done|stat::number_of_executed|stat::peak_rss)|^SUMMARY|not so:' "$directory/$name.log" >&2 || true
  done
  ((ran)) || die "no fuzz target is called *$only*"
  ((${#failed[@]} == 0)) || say "failed: ${failed[*]}; see build/fuzz/NAME.log and build/fuzz/found/"
  step "done"
  printf '%d passed, %d failed\n' "$((ran - ${#failed[@]}))" "${#failed[@]}"
  ((${#failed[@]} == 0))
}
