#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "config/duration.h"
#include "config/load.h"
#include "exporter/backtest_command.h"
#include "exporter/compare_command.h"
#include "exporter/doctor_command.h"
#include "exporter/export_command.h"
#include "exporter/rules_command.h"
#include "exporter/serve.h"
#include "exporter/top_command.h"
#include "model/log.h"
#include "model/version.h"

namespace plimsoll {
namespace {

std::string VersionText() {
  const auto known = [](const char* text) { return *text ? text : "unknown"; };
  return std::string("plimsoll, version ") + kVersion + " (branch: " + known(kBranch) +
         ", revision: " + known(kRevision) + ")";
}

int CheckConfig(const std::string& file) {
  const LoadedConfig loaded = LoadConfigFile(file);
  if (loaded.faults.empty()) {
    std::cout << file << ": OK\n";
    return 0;
  }
  std::cerr << FormatFaults(file, loaded.faults);
  return 1;
}

// Every cgroup costs about twenty descriptors, and 1024 are the usual soft limit.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
    log::Warn("the limit of open files cannot be raised; cgroups beyond it are opened anew at every beat",
              {{"err", std::strerror(errno)}});
}

// Blocked here, before any thread is born, so that only Serve's sigwait takes them.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);  // a client that went away is seen by its write
  return signals;
}

int Serve(ServeOptions options) {
  const sigset_t signals = BlockSignals();
  // Few threads allocate at once; an arena for each would only hold memory.
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);  // a body's memory goes back when its last reader has it
  RaiseDescriptorLimit();
  Exporter exporter(std::move(options));
  if (const Result<void> started = exporter.Start(); !started) {
    log::Error("plimsoll cannot start", {{"err", started.error().message}});
    return 1;
  }
  for (const std::string& address : exporter.addresses())
    log::Info("listening", {{"address", address}, {"version", kVersion}});
  for (;;) {
    int signal = 0;
    if (::sigwait(&signals, &signal) != 0) continue;
    if (signal == SIGHUP) {
      (void)exporter.Reload();  // says itself what came of it
      continue;
    }
    log::Info("ending", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
    exporter.Stop();
    return 0;
  }
}

// Of the commands that ask a server. A password has no flag: every user of the host sees those.
void AddLoginOptions(CLI::App& command, LoginOptions& login) {
  command.add_option("--user", login.user, "User for basic auth; none: $PLIMSOLL_USER.");
  command.add_option("--password-file", login.password_file,
                     "File with the password; none: $PLIMSOLL_PASSWORD.");
  command.add_option("--ca-file", login.ca_file, "PEM file to trust instead of the system's.");
}

int Main(int argc, char** argv) {
  CLI::App app{"Measures every container of this host from the kernel's own files and serves /metrics.",
               "plimsoll"};
  app.set_version_flag("--version", VersionText());
  app.set_help_flag("--help", "Print this help and exit.");
  app.option_defaults()->always_capture_default();

  ServeOptions options;
  app.add_option("--config.file", options.config_file, "YAML configuration; none: built-in defaults.");
  app.add_option("--web.listen-address", options.listen_addresses,
                 "host:port or :port to listen on. Repeatable.")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  app.add_option("--web.config.file", options.web_config_file,
                 "TLS and basic authentication, in the format of Prometheus' exporter-toolkit.");
  app.add_option("--web.telemetry-path", options.telemetry_path, "Path of the metrics.")
      ->check([](const std::string& path) {
        return path.size() > 1 && path[0] == '/' ? std::string() : "must begin with / and be more than that";
      });
  app.add_flag("--web.enable-lifecycle", options.enable_lifecycle, "Allow POST /-/reload and /-/quit.");
  app.add_flag("--web.enable-admin-api", options.enable_admin_api,
               "Allow every request that changes state: PUT, POST and DELETE under /api.");
  app.add_option("--storage.path", options.storage_path,
                 "SQLite file of the history; overrides the file's storage.path (data/plimsoll.db). :memory: "
                 "keeps nothing.");
  std::string interval, level = "info", format = "logfmt";
  app.add_option("--collector.interval", interval,
                 "How often containers are read, 1s to 5m; overrides the file.");
  app.add_option("--path.procfs", options.paths.procfs, "Where the host's /proc is mounted.");
  app.add_option("--path.sysfs", options.paths.sysfs, "Where the host's /sys is mounted.");
  app.add_option("--path.rootfs", options.paths.rootfs, "Where the host's / is mounted.");
  app.add_option("--log.level", level, "debug, info, warn or error.")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  app.add_option("--log.format", format, "logfmt or json.")->check(CLI::IsMember({"logfmt", "json"}));

  std::string checked;
  CLI::App* const check = app.add_subcommand("check-config", "Say every fault of a configuration file.");
  check->add_option("FILE", checked, "The file.")->required();

  ExportOptions exported;
  CLI::App* const exporting = app.add_subcommand(
      "export",
      "Write the history at full resolution to standard output as OpenMetrics with timestamps, for\n"
      "promtool tsdb create-blocks-from openmetrics.");
  exporting->add_option("--storage.path", exported.storage_path, "The SQLite file; may be in use.");
  exporting->add_option("--config.file", exported.config_file,
                        "Where collector.container_labels is taken from.");
  exporting->add_option("--from", exported.from, "RFC 3339 time, or a duration back from now.");
  exporting->add_option("--to", exported.to, "Likewise; none: now.");
  exporting
      ->add_option(
          "--label", exported.labels,
          "NAME=VALUE that every series gets besides; Prometheus' own are job and instance. Repeatable.")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  exporting->add_flag("--only-gaps", exported.only_gaps, "Leave out what Prometheus scraped.");
  exporting->add_option(
      "--shortest-gap", exported.shortest_gap,
      "With --only-gaps: answers of /metrics further apart than this leave a gap. More than\n"
      "Prometheus' scrape interval.");

  RulesOptions ruled;
  CLI::App* const ruling = app.add_subcommand(
      "rules", "Write the configuration's alert rules to standard output as alerting rules of Prometheus.");
  ruling->add_option("--config,--config.file", ruled.config_file,
                     "YAML configuration; none: built-in defaults.");
  ruling->add_option("--collector.interval", ruled.interval,
                     "How often Plimsoll and Prometheus read, 1s to 5m; overrides the file.");

  BacktestOptions tried;
  CLI::App* const trying = app.add_subcommand(
      "backtest", "Replay recorded history through the alert rules and say what would have fired.");
  trying->add_option("--config,--config.file", tried.config_file,
                     "YAML configuration with the rules; none: built-in defaults.");
  trying->add_option("--storage.path", tried.storage_path,
                     "The SQLite file, may be in use; none: the configuration's.");
  trying->add_option("--since", tried.since, "RFC 3339 time, or a duration back from now.");
  trying
      ->add_option("--rule", tried.rules,
                   "Name of a rule to try, also one that is switched off; none: all. Repeatable.")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  trying
      ->add_option("--container", tried.containers,
                   "Pattern for the names of containers to tell of. Repeatable.")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  trying->add_option("--at-most", tried.at_most,
                     "Alerts of a rule that the suggested threshold may make; none: one for each 7 days.");
  trying->add_option("--format", tried.format, "table or json.")->check(CLI::IsMember({"table", "json"}));
  trying
      ->add_option("--host-cores", tried.host_cores,
                   "Cores of the host that the history is of; history keeps no count. 0: as many as here.")
      ->check(CLI::Range(0, 65536));

  TopOptions shown;
  CLI::App* const showing = app.add_subcommand(
      "top", "Show running containers of a Plimsoll live in the terminal; once where it is none.");
  showing->add_option("--url", shown.url, "The Plimsoll to ask.");
  showing->add_option("--sort", shown.sort, "cpu, memory, net, block or name.")
      ->check(CLI::IsMember({"cpu", "memory", "net", "block", "name"}));
  showing->add_flag("--once", shown.once, "One table as plain text, also on a terminal.");
  showing->add_option("--interval", shown.interval, "How often it is asked, 500ms or more.");
  AddLoginOptions(*showing, shown.login);

  DoctorOptions examined;
  CLI::App* const examining = app.add_subcommand(
      "doctor", "Say what this host allows Plimsoll to see and keep, and what to do about the rest.");
  examining->add_option("--config.file", examined.order.config_file,
                        "YAML configuration to check and go by; none: built-in defaults.");
  examining->add_option("--web.config.file", examined.order.web_config_file, "Web configuration to check.");
  examining
      ->add_option("--web.listen-address", examined.order.listen_addresses,
                   "host:port or :port that must be free. Repeatable.")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  examining->add_option("--storage.path", examined.order.storage_path,
                        "Where the history shall be kept; none: the configuration's.");
  examining->add_option("--path.procfs", examined.order.paths.procfs, "Where the host's /proc is mounted.");
  examining->add_option("--path.sysfs", examined.order.paths.sysfs, "Where the host's /sys is mounted.");
  examining->add_option("--path.rootfs", examined.order.paths.rootfs, "Where the host's / is mounted.");
  examining->add_option("--format", examined.format, "table or json.")
      ->check(CLI::IsMember({"table", "json"}));

  CompareOptions compared;
  CLI::App* const comparing = app.add_subcommand(
      "compare", "Say what would change for dashboards and rules made for a running cAdvisor.");
  comparing
      ->add_option("URL", compared.theirs,
                   "The cAdvisor, such as http://127.0.0.1:8080, or a file with what its /metrics answered.")
      ->required();
  comparing->add_option("--url", compared.ours, "The Plimsoll to ask, or such a file.");
  comparing->add_option("--tolerance", compared.tolerance_percent, "Percent by which values may be apart.")
      ->check(CLI::Range(0, 100));
  comparing->add_option(
      "--wait", compared.wait,
      "Between two readings of ours, with theirs after the first: what moved meanwhile is no\n"
      "difference. None: 15s, and one reading where a side is a file.");
  comparing->add_flag("--all", compared.all, "Every series that differs, not three of each kind.");
  comparing->add_option("--format", compared.format, "table or json.")
      ->check(CLI::IsMember({"table", "json"}));
  AddLoginOptions(*comparing, compared.login);
  comparing->add_option("--cadvisor-user", compared.their_user, "Its user, where it wants basic auth.");
  comparing->add_option("--cadvisor-password-file", compared.their_password_file,
                        "File with its password; none: $CADVISOR_PASSWORD.");
  app.require_subcommand(0, 1);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return app.exit(done);  // --help, --version
  } catch (const CLI::ParseError& error) {
    std::cerr << "plimsoll: " << error.what() << "\nRun with --help for the flags.\n";
    return 2;
  }
  if (*check) return CheckConfig(checked);
  if (*exporting) return ExportHistory(exported);
  if (*trying) return BacktestRules(tried);
  if (*ruling) return WriteRules(ruled);
  if (*showing) return ShowTop(shown);
  if (*examining) return ExamineHost(examined);
  if (*comparing) return CompareWithCadvisor(compared);

  log::Configure(level == "debug"   ? log::Level::kDebug
                 : level == "warn"  ? log::Level::kWarn
                 : level == "error" ? log::Level::kError
                                    : log::Level::kInfo,
                 format == "json" ? log::Format::kJson : log::Format::kLogfmt);
  if (!interval.empty()) {
    Result<std::chrono::milliseconds> parsed = ParseDuration(interval);
    if (parsed && (*parsed < std::chrono::seconds(1) || *parsed > std::chrono::minutes(5)))
      parsed = Fail(interval + " is not between 1s and 5m");
    if (!parsed) {
      std::cerr << "plimsoll: --collector.interval: " << parsed.error().message << "\n";
      return 2;
    }
    options.interval = *parsed;
  }
  return Serve(std::move(options));
}

}  // namespace
}  // namespace plimsoll

int main(int argc, char** argv) { return plimsoll::Main(argc, argv); }
