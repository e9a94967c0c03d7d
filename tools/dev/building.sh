# shellcheck shell=bash
# Trees below build/, each of its own kind.

configure() { # DIRECTORY cmake-arguments...
  local directory=$1
  shift
  cmake -S "$root" -B "$directory" -G Ninja -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "$@" >"$directory.log" 2>&1 || {
    cat "$directory.log" >&2
    die "cmake failed; its words are above and in $directory.log"
  }
}

build() { # DIRECTORY targets...
  local directory=$1
  shift
  cmake --build "$directory" --target "$@" >&2
}

# The program alone. A tree that was configured for tests stays so.
build_program() {
  mkdir -p "$root/build"
  local arguments=(-DCMAKE_BUILD_TYPE=Release)
  [[ -e $release/CMakeCache.txt ]] || arguments+=(-DPLIMSOLL_TESTS=OFF)
  step "building build/release/plimsoll"
  configure "$release" "${arguments[@]}"
  build "$release" plimsoll
}

build_everything() { # DIRECTORY cmake-arguments...
  mkdir -p "$root/build"
  step "building ${1#"$root"/} with its tests"
  configure "$@" -DPLIMSOLL_TESTS=ON
  build "$1" all
}

cmd_build() {
  require_build
  build_program
  step "build/release/plimsoll is ready"
}

cmd_clean() { rm -rf "$root/build"; }
