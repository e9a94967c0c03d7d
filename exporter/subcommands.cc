#include "exporter/subcommands.h"

#include <iostream>
#include <memory>

#include "config/load.h"
#include "exporter/backtest_command.h"
#include "exporter/command_output.h"
#include "exporter/compare_command.h"
#include "exporter/doctor_command.h"
#include "exporter/export_command.h"
#include "exporter/rules_command.h"
#include "exporter/top_command.h"

namespace plimsoll {
namespace {

int CheckConfig(const std::string& file) {
  const LoadedConfig loaded = LoadConfigFile(file);
  if (loaded.faults.empty()) {
    for (const std::string& name : UnusedReceivers(loaded.config.alerting))
      std::cerr << file << ": warning: " << UnusedReceiverText(name) << "; " << kUnusedReceiverAdvice << "\n";
    std::cout << file << ": OK\n";
    return 0;
  }
  std::cerr << FormatFaults(file, loaded.faults);
  return 1;
}

// Of the commands that ask a server. A password has no flag: every user of the host sees those.
void AddLoginOptions(CLI::App& command, LoginOptions& login) {
  command.add_option("--user", login.user, "User for basic auth; none: $PLIMSOLL_USER.");
  command.add_option("--password-file", login.password_file,
                     "File with the password; none: $PLIMSOLL_PASSWORD.");
  command.add_option("--ca-file", login.ca_file, "PEM file to trust instead of the system's.");
}

Subcommand AddCheckConfigFile(CLI::App& app) {
  const auto options = std::make_shared<std::string>();
  CLI::App* const command = app.add_subcommand("check-config", "Say every fault of a configuration file.");
  CLI::Option* const file = command->add_option("FILE", *options, "The file.");
  command->add_option("--config.file", *options, "The file, in place of FILE.")->excludes(file);
  return {command, [options] {
            return options->empty() ? Refuse("check-config", kWrongUsage, "FILE is required")
                                    : CheckConfig(*options);
          }};
}

Subcommand AddExport(CLI::App& app) {
  const auto options = std::make_shared<ExportOptions>();
  CLI::App* const command = app.add_subcommand(
      "export",
      "Write the history at full resolution to standard output as OpenMetrics with timestamps, for\n"
      "promtool tsdb create-blocks-from openmetrics.");
  command->add_option("--storage.path", options->storage_path, "The SQLite file; may be in use.");
  command->add_option("--config.file", options->config_file,
                      "Where collector.container_labels is taken from.");
  command->add_option("--from", options->from, "RFC 3339 time, or a duration back from now.");
  command->add_option("--to", options->to, "Likewise; none: now.");
  Repeatable(command->add_option(
      "--label", options->labels,
      "NAME=VALUE that every series gets besides; Prometheus' own are job and instance. Repeatable."));
  command->add_flag("--only-gaps", options->only_gaps, "Leave out what Prometheus scraped.");
  command->add_option("--shortest-gap", options->shortest_gap,
                      "With --only-gaps: answers of /metrics further apart than this leave a gap. More than\n"
                      "Prometheus' scrape interval.");
  return {command, [options] { return ExportHistory(*options); }};
}

Subcommand AddRules(CLI::App& app) {
  const auto options = std::make_shared<RulesOptions>();
  CLI::App* const command = app.add_subcommand(
      "rules", "Write the configuration's alert rules to standard output as alerting rules of Prometheus.");
  command->add_option("--config,--config.file", options->config_file,
                      "YAML configuration; none: built-in defaults.");
  command->add_option("--collector.interval", options->interval,
                      "How often Plimsoll and Prometheus read, 1s to 5m; overrides the file.");
  return {command, [options] { return WriteRules(*options); }};
}

Subcommand AddBacktest(CLI::App& app) {
  const auto options = std::make_shared<BacktestOptions>();
  CLI::App* const command = app.add_subcommand(
      "backtest", "Replay recorded history through the alert rules and say what would have fired.");
  command->add_option("--config,--config.file", options->config_file,
                      "YAML configuration with the rules; none: built-in defaults.");
  command->add_option("--storage.path", options->storage_path,
                      "The SQLite file, may be in use; none: the configuration's.");
  command->add_option("--since", options->since, "RFC 3339 time, or a duration back from now.");
  Repeatable(
      command->add_option("--rule", options->rules,
                          "Name of a rule to try, also one that is switched off; none: all. Repeatable."));
  Repeatable(command->add_option("--container", options->containers,
                                 "Pattern for the names of containers to tell of. Repeatable."));
  command->add_option("--at-most", options->at_most,
                      "Alerts of a rule that the suggested threshold may make; none: one for each 7 days.");
  command->add_option("--format", options->format, "table or json.")->check(CLI::IsMember({"table", "json"}));
  command
      ->add_option("--host-cores", options->host_cores,
                   "Cores of the host that the history is of; history keeps no count. 0: as many as here.")
      ->check(CLI::Range(0, 65536));
  return {command, [options] { return BacktestRules(*options); }};
}

Subcommand AddTop(CLI::App& app) {
  const auto options = std::make_shared<TopOptions>();
  CLI::App* const command = app.add_subcommand(
      "top", "Show running containers of a Plimsoll live in the terminal; once where it is none.");
  command->add_option("--url", options->url, "The Plimsoll to ask.");
  command->add_option("--sort", options->sort, "cpu, memory, pressure, net, block or name.")
      ->check(CLI::IsMember({"cpu", "memory", "pressure", "net", "block", "name"}));
  command->add_flag("--once", options->once, "One table as plain text, also on a terminal.");
  command->add_option("--interval", options->interval, "How often it is asked, 500ms or more.");
  AddLoginOptions(*command, options->login);
  return {command, [options] { return ShowTop(*options); }};
}

Subcommand AddDoctor(CLI::App& app) {
  const auto options = std::make_shared<DoctorOptions>();
  CLI::App* const command = app.add_subcommand(
      "doctor", "Say what this host allows Plimsoll to see and keep, and what to do about the rest.");
  command->add_option("--config.file", options->order.config_file,
                      "YAML configuration to check and go by; none: built-in defaults.");
  command->add_option("--web.config.file", options->order.web_config_file, "Web configuration to check.");
  Repeatable(command->add_option("--web.listen-address", options->order.listen_addresses,
                                 "host:port or :port that must be free. Repeatable."));
  command->add_option("--storage.path", options->order.storage_path,
                      "Where the history shall be kept; none: the configuration's.");
  command->add_option("--path.procfs", options->order.paths.procfs, "Where the host's /proc is mounted.");
  command->add_option("--path.sysfs", options->order.paths.sysfs, "Where the host's /sys is mounted.");
  command->add_option("--path.rootfs", options->order.paths.rootfs, "Where the host's / is mounted.");
  command->add_option("--format", options->format, "table or json.")->check(CLI::IsMember({"table", "json"}));
  return {command, [options] { return ExamineHost(*options); }};
}

Subcommand AddCompare(CLI::App& app) {
  const auto options = std::make_shared<CompareOptions>();
  CLI::App* const command = app.add_subcommand(
      "compare", "Say what would change for dashboards and rules made for a running cAdvisor.");
  command
      ->add_option("URL", options->theirs,
                   "The cAdvisor, such as http://127.0.0.1:8080, or a file with what its /metrics answered.")
      ->required();
  command->add_option("--url", options->ours, "The Plimsoll to ask, or such a file.");
  command->add_option("--tolerance", options->tolerance_percent, "Percent by which values may be apart.")
      ->check(CLI::Range(0, 100));
  command->add_option(
      "--wait", options->wait,
      "Between two readings of ours, with theirs after the first: what moved meanwhile is no\n"
      "difference. None: 15s, and one reading where a side is a file.");
  command->add_flag("--all", options->all, "Every series that differs, not three of each kind.");
  command->add_option("--format", options->format, "table or json.")->check(CLI::IsMember({"table", "json"}));
  AddLoginOptions(*command, options->login);
  command->add_option("--cadvisor-user", options->their_user, "Its user, where it wants basic auth.");
  command->add_option("--cadvisor-password-file", options->their_password_file,
                      "File with its password; none: $CADVISOR_PASSWORD.");
  return {command, [options] { return CompareWithCadvisor(*options); }};
}

}  // namespace

std::vector<Subcommand> AddSubcommands(CLI::App& app) {
  return {AddCheckConfigFile(app), AddExport(app), AddRules(app), AddBacktest(app), AddTop(app),
          AddDoctor(app),          AddCompare(app)};
}

CLI::Option* Repeatable(CLI::Option* option) {
  return option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
}

}  // namespace plimsoll
