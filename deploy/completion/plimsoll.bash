# bash completion of plimsoll(1). tests/docs/flags_test.py holds it equal to --help.

_plimsoll() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' word flags
  # Readline splits at "=": of --flag=VALUE the flag stands two words back.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $previous == '=' && $COMP_CWORD -ge 2 ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in check-config | export | rules | backtest | top | doctor | compare) command=$word ;; esac
  done

  case $previous in
    --config | --config.file | --web.config.file | --storage.path | --path.procfs | --path.sysfs | --path.rootfs)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      compopt -o filenames
      return
      ;;
    --password-file | --ca-file | --cadvisor-password-file)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      compopt -o filenames
      return
      ;;
    --log.level)
      mapfile -t COMPREPLY < <(compgen -W 'debug info warn error' -- "$current")
      return
      ;;
    --log.format)
      mapfile -t COMPREPLY < <(compgen -W 'logfmt json' -- "$current")
      return
      ;;
    --sort)
      mapfile -t COMPREPLY < <(compgen -W 'cpu memory pressure net block name' -- "$current")
      return
      ;;
    --format)
      mapfile -t COMPREPLY < <(compgen -W 'table json' -- "$current")
      return
      ;;
  esac

  case $command in
    check-config)
      if [[ $current != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        compopt -o filenames
        return
      fi
      flags='--help --config.file'
      ;;
    export) flags='--help --storage.path --config.file --from --to --label --only-gaps --shortest-gap' ;;
    rules) flags='--help --config --config.file --collector.interval' ;;
    backtest)
      flags='--help --config --config.file --storage.path --since --rule --container --at-most --format --host-cores'
      ;;
    top)
      flags='--help --url --sort --once --interval --user --password-file --ca-file'
      ;;
    doctor)
      flags='--help --config.file --web.config.file --web.listen-address --storage.path --path.procfs
        --path.sysfs --path.rootfs --format'
      ;;
    compare)
      flags='--help --url --tolerance --wait --all --format --user --password-file --ca-file --cadvisor-user
        --cadvisor-password-file'
      ;;
    *)
      flags='--version --help --config.file --web.listen-address --web.config.file --web.telemetry-path
        --web.enable-lifecycle --web.enable-admin-api --storage.path --collector.interval --path.procfs --path.sysfs
        --path.rootfs --log.level --log.format'
      if [[ $current != -* ]]; then flags='check-config export rules backtest top doctor compare'; fi
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$current")
}
complete -F _plimsoll plimsoll
