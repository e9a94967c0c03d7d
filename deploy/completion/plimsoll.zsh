#compdef plimsoll
# zsh completion of plimsoll(1). tests/docs/flags_test.py holds it equal to --help.

_plimsoll() {
  local state line
  local -a commands=(
    'check-config:say every fault of a configuration file'
    'export:write the history as OpenMetrics'
    'rules:write the alert rules for Prometheus'
    'backtest:replay history through the alert rules'
    'top:show containers live'
    'doctor:say what this host allows'
    'compare:compare with a running cAdvisor'
  )
  _arguments -C \
    '--version[print the version]' \
    '--help[print the flags]' \
    '--config.file=[YAML configuration]:file:_files' \
    '*--web.listen-address=[host\:port or \:port]:address:' \
    '--web.config.file=[TLS and authentication]:file:_files' \
    '--web.telemetry-path=[path of the metrics]:path:' \
    '--web.enable-lifecycle[allow /-/reload and /-/quit]' \
    '--web.enable-admin-api[allow requests that change state]' \
    '--storage.path=[SQLite file of the history]:file:_files' \
    '--collector.interval=[how often containers are read]:duration:' \
    '--path.procfs=[/proc of the host]:directory:_files -/' \
    '--path.sysfs=[/sys of the host]:directory:_files -/' \
    '--path.rootfs=[/ of the host]:directory:_files -/' \
    '--log.level=[what is logged]:level:(debug info warn error)' \
    '--log.format=[how it is logged]:format:(logfmt json)' \
    '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $line[1] in
        check-config) _arguments '--help[print the flags]' '--config.file=[the file]:file:_files' '1:file:_files' ;;
        export)
          _arguments \
            '--help[print the flags]' \
            '--storage.path=[the SQLite file]:file:_files' \
            '--config.file=[whose container_labels]:file:_files' \
            '--from=[time, or duration back]:time:' \
            '--to=[time, or duration back]:time:' \
            '*--label=[NAME=VALUE for every series]:label:' \
            '--only-gaps[leave out what was scraped]' \
            '--shortest-gap=[what counts as a gap]:duration:'
          ;;
        rules)
          _arguments \
            '--help[print the flags]' \
            '--config=[YAML configuration]:file:_files' \
            '--config.file=[YAML configuration]:file:_files' \
            '--collector.interval=[how often Prometheus reads]:duration:'
          ;;
        backtest)
          _arguments \
            '--help[print the flags]' \
            '--config=[YAML configuration]:file:_files' \
            '--config.file=[YAML configuration]:file:_files' \
            '--storage.path=[the SQLite file]:file:_files' \
            '--since=[time, or duration back]:time:' \
            '*--rule=[a rule to try]:name:' \
            '*--container=[pattern of names]:pattern:' \
            '--at-most=[alerts that may be]:count:' \
            '--format=[how it is printed]:format:(table json)' \
            '--host-cores=[cores of the host]:count:'
          ;;
        top)
          _arguments \
            '--help[print the flags]' \
            '--url=[the Plimsoll to ask]:url:' \
            '--sort=[by what]:column:(cpu memory pressure net block name)' \
            '--once[one table as plain text]' \
            '--interval=[how often it is asked]:duration:' \
            '--user=[user for basic authentication]:name:' \
            '--password-file=[file with the password]:file:_files' \
            '--ca-file=[PEM file to trust instead of the systems own]:file:_files'
          ;;
        doctor)
          _arguments \
            '--help[print the flags]' \
            '--config.file=[YAML configuration to check and go by]:file:_files' \
            '--web.config.file=[web configuration to check]:file:_files' \
            '*--web.listen-address=[host\:port or \:port that must be free]:host:' \
            '--storage.path=[where the history shall be kept]:file:_files' \
            '--path.procfs=[where the hosts /proc is mounted]:directory:_files -/' \
            '--path.sysfs=[where the hosts /sys is mounted]:directory:_files -/' \
            '--path.rootfs=[where the hosts / is mounted]:directory:_files -/' \
            '--format=[table or json]:format:(table json)'
          ;;
        compare)
          _arguments \
            '--help[print the flags]' \
            '--url=[the Plimsoll to ask]:url:' \
            '--tolerance=[percent by which values may be apart]:percent:' \
            '--wait=[between two readings of ours]:duration:' \
            '--all[every series that differs]' \
            '--format=[table or json]:format:(table json)' \
            '--user=[user for basic authentication]:name:' \
            '--password-file=[file with the password]:file:_files' \
            '--ca-file=[PEM file to trust instead of the systems own]:file:_files' \
            '--cadvisor-user=[its user]:name:' \
            '--cadvisor-password-file=[file with its password]:file:_files' \
            '1:cAdvisor or file:_files'
          ;;
      esac
      ;;
  esac
}
_plimsoll "$@"
