#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "exporter/command_output.h"
#include "exporter/http/listen_address.h"
#include "exporter/interval.h"
#include "exporter/privileges.h"
#include "exporter/serve.h"
#include "exporter/subcommands.h"
#include "model/log.h"
#include "model/version.h"

namespace plimsoll {
namespace {

std::string VersionText() {
  const auto known = [](const char* text) { return *text ? text : "unknown"; };
  return std::string("plimsoll, version ") + kVersion + " (branch: " + known(kBranch) +
         ", revision: " + known(kRevision) + ")";
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
  if (const Result<void> dropped = DropPrivileges(); !dropped)
    log::Warn("privileges that are not needed cannot be given up", {{"err", dropped.error().message}});
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
    log::Info("shutting down", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
    exporter.Stop();
    return 0;
  }
}

// The flags as they were typed, where they are checked after parsing.
struct Typed {
  ServeOptions serve;
  std::string interval, level = "info", format = "logfmt";
};

// Why metrics cannot be served there; empty: they can.
std::string FaultOfTelemetryPath(const std::string& path) {
  if (path.size() < 2 || path[0] != '/') return "must begin with / and be more than that";
  for (const char* taken : {"/api/", "/page/", "/-/"})
    if (path.starts_with(taken))
      return "must not begin with " + std::string(taken) + ": other answers are there";
  for (const char c : path)
    if (c <= ' ' || c > '~' || std::string_view("?#%").find(c) != std::string_view::npos)
      return "must be of plain characters, without blanks, ?, # and %";
  return "";
}

void AddServeOptions(CLI::App& app, Typed& typed) {
  app.add_option("--config.file", typed.serve.config_file, "YAML configuration; none: built-in defaults.");
  Repeatable(app.add_option("--web.listen-address", typed.serve.listen_addresses,
                            "host:port or :port to listen on. Repeatable."));
  app.add_option("--web.config.file", typed.serve.web_config_file,
                 "TLS and basic authentication, in the format of Prometheus' exporter-toolkit.");
  app.add_option("--web.telemetry-path", typed.serve.telemetry_path, "Path of the metrics.")
      ->check(FaultOfTelemetryPath);
  app.add_flag("--web.enable-lifecycle", typed.serve.enable_lifecycle, "Allow POST /-/reload and /-/quit.");
  app.add_flag("--web.enable-admin-api", typed.serve.enable_admin_api,
               "Allow every request that changes state: PUT, POST and DELETE under /api.");
  app.add_option("--storage.path", typed.serve.storage_path,
                 "SQLite file of the history; overrides the file's storage.path (data/plimsoll.db). :memory: "
                 "keeps nothing.");
  app.add_option("--collector.interval", typed.interval,
                 "How often containers are read, 1s to 5m; overrides the file.");
  app.add_option("--path.procfs", typed.serve.paths.procfs, "Where the host's /proc is mounted.");
  app.add_option("--path.sysfs", typed.serve.paths.sysfs, "Where the host's /sys is mounted.");
  app.add_option("--path.rootfs", typed.serve.paths.rootfs, "Where the host's / is mounted.");
  app.add_option("--log.level", typed.level, "debug, info, warn or error.")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  app.add_option("--log.format", typed.format, "logfmt or json.")->check(CLI::IsMember({"logfmt", "json"}));
}

// Serves with what was typed. Returns the exit code.
int ServeAs(Typed typed) {
  log::Configure(typed.level == "debug"   ? log::Level::kDebug
                 : typed.level == "warn"  ? log::Level::kWarn
                 : typed.level == "error" ? log::Level::kError
                                          : log::Level::kInfo,
                 typed.format == "json" ? log::Format::kJson : log::Format::kLogfmt);
  if (!typed.interval.empty()) {
    const auto parsed = ParseInterval(typed.interval);
    if (!parsed) {
      std::cerr << "plimsoll: " << parsed.error().message << "\n";
      return kWrongUsage;
    }
    typed.serve.interval = *parsed;
  }
  for (const std::string& address : typed.serve.listen_addresses) {
    const auto parsed = http::ParseListenAddress(address, http::ServesIpv6());
    if (parsed) continue;
    std::cerr << "plimsoll: " << parsed.error().message << "\n";
    return kWrongUsage;
  }
  return Serve(std::move(typed.serve));
}

// The first "--flag=" or "--flag ''", as a script writes them whose variable is not set; empty: there is
// none. CLI11 would take the argument after "--flag=" for its value.
std::string FlagWithoutValue(int argc, char** argv) {
  std::string_view before;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--") && argument.find('=') == argument.size() - 1)
      return std::string(argument.substr(0, argument.size() - 1));
    if (argument.empty() && before.starts_with("--") && before.find('=') == before.npos)
      return std::string(before);
    before = argument;
  }
  return "";
}

int Main(int argc, char** argv) {
  CLI::App app{"Measures every container of this host from the kernel's own files and serves /metrics.",
               "plimsoll"};
  app.set_version_flag("--version", VersionText());
  app.set_help_flag("--help", "Print this help and exit.");
  app.option_defaults()->always_capture_default();

  Typed typed;
  AddServeOptions(app, typed);
  const std::vector<Subcommand> subcommands = AddSubcommands(app);
  app.require_subcommand(0, 1);

  if (const std::string flag = FlagWithoutValue(argc, argv); !flag.empty()) {
    std::cerr << "plimsoll: " << flag << ": is empty\nRun with --help for the flags.\n";
    return kWrongUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return app.exit(done);  // --help, --version
  } catch (const CLI::ParseError& error) {
    std::cerr << "plimsoll: " << error.what() << "\nRun with --help for the flags.\n";
    return kWrongUsage;
  }
  for (const Subcommand& subcommand : subcommands)
    if (*subcommand.command) return subcommand.run();

  return ServeAs(std::move(typed));
}

}  // namespace
}  // namespace plimsoll

int main(int argc, char** argv) { return plimsoll::Main(argc, argv); }
