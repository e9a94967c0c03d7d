# shellcheck shell=bash
# Packs what was built.

cmd_package() {
  require_package
  build_program
  build "$release" plimsoll_tls
  step "packing"
  mkdir -p "$root/build/package"
  (cd "$release" && cpack -G DEB -B "$root/build/package") >"$release.cpack.log" 2>&1 || {
    cat "$release.cpack.log" >&2
    die "cpack failed; its words are above"
  }
  rm -rf "$root/build/package/_CPack_Packages"
  step "done"
  (cd "$root" && ls build/package/*.deb)
}
