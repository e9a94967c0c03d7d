# shellcheck shell=bash
# What things cost on this machine.

cmd_bench() {
  local only=${1:-} program targets=()
  require_tests
  build_everything "$release" -DCMAKE_BUILD_TYPE=Release
  mapfile -t targets < <(cmake --build "$release" --target help | sed -nE 's/^([a-z_]*bench[a-z_]*): phony$/\1/p')
  ((${#targets[@]} == 0)) || build "$release" "${targets[@]}"
  mkdir -p "$root/build/bench"
  for program in "$release"/*_bench "$root"/tests/bench/*_bench.py "$root"/tests/bench/*.sh; do
    [[ -x $program && $program == *"$only"* ]] || continue
    step "$(basename "$program")"
    local arguments=()
    if [[ $program == *.py || $program == *.sh ]]; then arguments=("$release"); fi
    "$program" "${arguments[@]}" | tee "$root/build/bench/$(basename "$program").txt"
  done
  step "all of it in one table"
  python3 "$root/tests/bench/sheet.py" "$root"/build/bench/*.txt
  step "done"
}
