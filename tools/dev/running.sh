# shellcheck shell=bash
# Starts what was built.

cmd_run() {
  require_build
  build_program
  local argument config=(--config.file "$root/config/plimsoll.yaml") page=http://127.0.0.1:9797/
  for argument in "$@"; do
    case $argument in
      --config.file | --config.file=*) config=() ;;
      --version | --help | -h | check-config) config=() page= ;;
      --web.*) page= ;;
    esac
  done
  step "starting plimsoll ${config[*]} $*"
  [[ -z $page ]] || step "look at $page; Ctrl-C ends it"
  exec "$release/plimsoll" "${config[@]}" "$@"
}
