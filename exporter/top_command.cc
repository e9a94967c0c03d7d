#include "exporter/top_command.h"

#include <unistd.h>

#include <cstdlib>

#include "config/duration.h"
#include "exporter/cli/http_fetch.h"
#include "exporter/cli/live_top.h"
#include "exporter/cli/top_reading.h"
#include "exporter/cli/top_table.h"
#include "exporter/command_output.h"

namespace plimsoll {
namespace {

constexpr const char* kName = "top";

Result<cli::TopReading> ReadTop(cli::HttpFetch& fetch, const std::string& base) {
  std::string bodies[3];
  const char* const paths[3] = {"/api/v1/containers?state=running&limit=10000", "/api/v1/resources/summary",
                                "/api/v1/alerts"};
  for (int i = 0; i < 3; ++i) {
    Result<std::string> body = fetch.Get(base + paths[i]);
    if (!body) return tl::unexpected(body.error());
    bodies[i] = std::move(*body);
  }
  return cli::ParseTop(bodies[0], bodies[1], bodies[2]);
}

int ShowOnce(const cli::TopReading& reading, cli::TopOrder order) {
  std::string text = cli::HostLine(reading) + "\n";
  for (const std::string& line : cli::TableLines(cli::Arrange(reading.rows, order, ""), 0))
    text += line + "\n";
  const auto printed = PrintOut(text);
  return printed ? 0 : Refuse(kName, kFailed, printed.error().message);
}

bool IsLiveTerminal() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 && term != nullptr && *term != '\0' &&
         term != std::string_view("dumb");
}

}  // namespace

int ShowTop(const TopOptions& options) {
  const auto order = cli::ParseTopOrder(options.sort);
  if (!order) return Refuse(kName, kWrongUsage, "--sort: cpu, memory, pressure, net, block or name");
  const auto interval = ParseDuration(options.interval);
  if (!interval || *interval < std::chrono::milliseconds(500))
    return Refuse(kName, kWrongUsage,
                  "--interval: \"" + options.interval + "\" is no duration of 500ms or more");
  auto login = FetchOptionsOf(options.login);
  if (!login) return Refuse(kName, kFailed, login.error().message);
  std::string base = options.url;
  while (!base.empty() && base.back() == '/') base.pop_back();

  cli::HttpFetch fetch(std::move(*login));
  const auto read = [&] { return ReadTop(fetch, base); };
  if (options.once || !IsLiveTerminal()) {
    const Result<cli::TopReading> reading = read();
    return reading ? ShowOnce(*reading, *order) : Refuse(kName, kFailed, reading.error().message);
  }
  cli::LiveTop live;
  live.url = base;
  live.order = *order;
  live.interval = *interval;
  live.read = read;
  live.interrupt = [&] { fetch.Interrupt(); };
  const Result<int> code = cli::ShowLiveTop(live);
  return code ? *code : Refuse(kName, kFailed, code.error().message);
}

}  // namespace plimsoll
