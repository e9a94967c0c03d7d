# fish completion of plimsoll(1). tests/docs/flags_test.py holds it equal to --help.
set -l commands check-config export rules backtest top doctor compare
set -l serving "not __fish_seen_subcommand_from $commands"

complete -c plimsoll -f
complete -c plimsoll -n $serving -a check-config -d 'Say every fault of a configuration file'
complete -c plimsoll -n $serving -a export -d 'Write the history as OpenMetrics'
complete -c plimsoll -n $serving -a rules -d 'Write the alert rules for Prometheus'
complete -c plimsoll -n $serving -a backtest -d 'Replay history through the alert rules'
complete -c plimsoll -n $serving -a top -d 'Show containers live'
complete -c plimsoll -n $serving -a doctor -d 'Say what this host allows'
complete -c plimsoll -n $serving -a compare -d 'Compare with a running cAdvisor'

complete -c plimsoll -n $serving -l version -d 'Print the version'
complete -c plimsoll -n $serving -l help -d 'Print the flags'
complete -c plimsoll -n $serving -l config.file -r -F -d 'YAML configuration'
complete -c plimsoll -n $serving -l web.listen-address -x -d 'host:port or :port'
complete -c plimsoll -n $serving -l web.config.file -r -F -d 'TLS and authentication'
complete -c plimsoll -n $serving -l web.telemetry-path -x -d 'Path of the metrics'
complete -c plimsoll -n $serving -l web.enable-lifecycle -d 'Allow /-/reload and /-/quit'
complete -c plimsoll -n $serving -l web.enable-admin-api -d 'Allow requests that change state'
complete -c plimsoll -n $serving -l storage.path -r -F -d 'SQLite file of the history'
complete -c plimsoll -n $serving -l collector.interval -x -d 'How often containers are read'
complete -c plimsoll -n $serving -l path.procfs -r -F -d "The host's /proc"
complete -c plimsoll -n $serving -l path.sysfs -r -F -d "The host's /sys"
complete -c plimsoll -n $serving -l path.rootfs -r -F -d "The host's /"
complete -c plimsoll -n $serving -l log.level -x -a 'debug info warn error' -d 'What is logged'
complete -c plimsoll -n $serving -l log.format -x -a 'logfmt json' -d 'How it is logged'

complete -c plimsoll -n '__fish_seen_subcommand_from check-config' -l help -d 'Print the flags'
complete -c plimsoll -n '__fish_seen_subcommand_from check-config' -l config.file -r -F -d 'The file'
complete -c plimsoll -n '__fish_seen_subcommand_from check-config' -F

complete -c plimsoll -n '__fish_seen_subcommand_from export' -l help -d 'Print the flags'
complete -c plimsoll -n '__fish_seen_subcommand_from export' -l storage.path -r -F -d 'The SQLite file'
complete -c plimsoll -n '__fish_seen_subcommand_from export' -l config.file -r -F -d 'Whose container_labels'
complete -c plimsoll -n '__fish_seen_subcommand_from export' -l from -x -d 'Time, or duration back'
complete -c plimsoll -n '__fish_seen_subcommand_from export' -l to -x -d 'Time, or duration back'
complete -c plimsoll -n '__fish_seen_subcommand_from export' -l label -x -d 'NAME=VALUE for every series'
complete -c plimsoll -n '__fish_seen_subcommand_from export' -l only-gaps -d 'Leave out what was scraped'
complete -c plimsoll -n '__fish_seen_subcommand_from export' -l shortest-gap -x -d 'What counts as a gap'

complete -c plimsoll -n '__fish_seen_subcommand_from rules' -l help -d 'Print the flags'
complete -c plimsoll -n '__fish_seen_subcommand_from rules' -l config -r -F -d 'YAML configuration'
complete -c plimsoll -n '__fish_seen_subcommand_from rules' -l config.file -r -F -d 'YAML configuration'
complete -c plimsoll -n '__fish_seen_subcommand_from rules' -l collector.interval -x -d 'How often Prometheus reads'

complete -c plimsoll -n '__fish_seen_subcommand_from backtest' -l help -d 'Print the flags'
complete -c plimsoll -n '__fish_seen_subcommand_from backtest' -l config -r -F -d 'YAML configuration'
complete -c plimsoll -n '__fish_seen_subcommand_from backtest' -l config.file -r -F -d 'YAML configuration'
complete -c plimsoll -n '__fish_seen_subcommand_from backtest' -l storage.path -r -F -d 'The SQLite file'
complete -c plimsoll -n '__fish_seen_subcommand_from backtest' -l since -x -d 'Time, or duration back'
complete -c plimsoll -n '__fish_seen_subcommand_from backtest' -l rule -x -d 'A rule to try'
complete -c plimsoll -n '__fish_seen_subcommand_from backtest' -l container -x -d 'Pattern of names'
complete -c plimsoll -n '__fish_seen_subcommand_from backtest' -l at-most -x -d 'Alerts that may be'
complete -c plimsoll -n '__fish_seen_subcommand_from backtest' -l format -x -a 'table json' -d 'How it is printed'
complete -c plimsoll -n '__fish_seen_subcommand_from backtest' -l host-cores -x -d "The host's cores"

complete -c plimsoll -n '__fish_seen_subcommand_from top' -l help -d 'Print the flags'
complete -c plimsoll -n '__fish_seen_subcommand_from top' -l url -x -d "The Plimsoll to ask"
complete -c plimsoll -n '__fish_seen_subcommand_from top' -l sort -x -a 'cpu memory pressure net block name' -d "By what"
complete -c plimsoll -n '__fish_seen_subcommand_from top' -l once -d "One table as plain text"
complete -c plimsoll -n '__fish_seen_subcommand_from top' -l interval -x -d "How often it is asked"
complete -c plimsoll -n '__fish_seen_subcommand_from top' -l user -x -d "User for basic authentication"
complete -c plimsoll -n '__fish_seen_subcommand_from top' -l password-file -r -F -d "File with the password"
complete -c plimsoll -n '__fish_seen_subcommand_from top' -l ca-file -r -F -d "PEM file to trust instead of the system's"

complete -c plimsoll -n '__fish_seen_subcommand_from doctor' -l help -d 'Print the flags'
complete -c plimsoll -n '__fish_seen_subcommand_from doctor' -l config.file -r -F -d "YAML configuration to check and go by"
complete -c plimsoll -n '__fish_seen_subcommand_from doctor' -l web.config.file -r -F -d "Web configuration to check"
complete -c plimsoll -n '__fish_seen_subcommand_from doctor' -l web.listen-address -x -d "host:port or :port that must be free"
complete -c plimsoll -n '__fish_seen_subcommand_from doctor' -l storage.path -r -F -d "Where the history shall be kept"
complete -c plimsoll -n '__fish_seen_subcommand_from doctor' -l path.procfs -r -F -d "Where the host's /proc is mounted"
complete -c plimsoll -n '__fish_seen_subcommand_from doctor' -l path.sysfs -r -F -d "Where the host's /sys is mounted"
complete -c plimsoll -n '__fish_seen_subcommand_from doctor' -l path.rootfs -r -F -d "Where the host's / is mounted"
complete -c plimsoll -n '__fish_seen_subcommand_from doctor' -l format -x -a 'table json' -d "table or json"

complete -c plimsoll -n '__fish_seen_subcommand_from compare' -l help -d 'Print the flags'
complete -c plimsoll -n '__fish_seen_subcommand_from compare' -l url -x -d "The Plimsoll to ask"
complete -c plimsoll -n '__fish_seen_subcommand_from compare' -l tolerance -x -d "Percent by which values may be apart"
complete -c plimsoll -n '__fish_seen_subcommand_from compare' -l wait -x -d "Between two readings of ours"
complete -c plimsoll -n '__fish_seen_subcommand_from compare' -l all -d "Every series that differs"
complete -c plimsoll -n '__fish_seen_subcommand_from compare' -l format -x -a 'table json' -d "table or json"
complete -c plimsoll -n '__fish_seen_subcommand_from compare' -l user -x -d "User for basic authentication"
complete -c plimsoll -n '__fish_seen_subcommand_from compare' -l password-file -r -F -d "File with the password"
complete -c plimsoll -n '__fish_seen_subcommand_from compare' -l ca-file -r -F -d "PEM file to trust instead of the system's"
complete -c plimsoll -n '__fish_seen_subcommand_from compare' -l cadvisor-user -x -d "Its user"
complete -c plimsoll -n '__fish_seen_subcommand_from compare' -l cadvisor-password-file -r -F -d "File with its password"
