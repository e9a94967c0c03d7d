#include "exporter/top_command.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "config/duration.h"
#include "exporter/cli/http_fetch.h"
#include "exporter/cli/live_top.h"
#include "exporter/cli/top_reading.h"
#include "exporter/cli/top_table.h"

namespace plimsoll {
namespace {

constexpr int kFailed = 1, kWrongUsage = 2;

int Refuse(int code, const std::string& why) {
  std::cerr << "plimsoll top: " << why << "\n";
  return code;
}

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
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return Refuse(kFailed, "standard output: " + ErrnoError("write").message);
  return 0;
}

bool IsLiveTerminal() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 && term != nullptr && *term != '\0' &&
         term != std::string_view("dumb");
}

}  // namespace

int ShowTop(const TopOptions& options) {
  const auto order = cli::ParseTopOrder(options.sort);
  if (!order) return Refuse(kWrongUsage, "--sort: cpu, memory, pressure, net, block or name");
  const auto interval = ParseDuration(options.interval);
  if (!interval || *interval < std::chrono::milliseconds(500))
    return Refuse(kWrongUsage, "--interval: \"" + options.interval + "\" is no duration of 500ms or more");
  auto login = FetchOptionsOf(options.login);
  if (!login) return Refuse(kFailed, login.error().message);
  std::string base = options.url;
  while (!base.empty() && base.back() == '/') base.pop_back();

  cli::HttpFetch fetch(std::move(*login));
  const auto read = [&] { return ReadTop(fetch, base); };
  if (options.once || !IsLiveTerminal()) {
    const Result<cli::TopReading> reading = read();
    return reading ? ShowOnce(*reading, *order) : Refuse(kFailed, reading.error().message);
  }
  cli::LiveTop live;
  live.url = base;
  live.order = *order;
  live.interval = *interval;
  live.read = read;
  live.interrupt = [&] { fetch.Interrupt(); };
  const Result<int> code = cli::ShowLiveTop(live);
  return code ? *code : Refuse(kFailed, code.error().message);
}

}  // namespace plimsoll
