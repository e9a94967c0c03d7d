#include "exporter/compare_command.h"

#include <cstdlib>
#include <iostream>
#include <map>
#include <thread>

#include "config/duration.h"
#include "config/text_file.h"
#include "exporter/cli/diff_text.h"
#include "exporter/cli/exposition_diff.h"
#include "exporter/cli/exposition_text.h"
#include "exporter/cli/http_fetch.h"
#include "exporter/command_output.h"
#include "exporter/exposition/families.h"

namespace plimsoll {
namespace {

constexpr const char* kName = "compare";
constexpr size_t kMostBytes = size_t{128} << 20;
constexpr size_t kExamples = 3;
constexpr int kTries = 20;
constexpr std::chrono::milliseconds kBetweenTries{500};
// Longer than a beat of either side, with the defaults of both.
constexpr std::chrono::milliseconds kUsualWait{15000};

bool IsUrl(const std::string& place) { return place.starts_with("http://") || place.starts_with("https://"); }

// "http://host:8080" and "http://host:8080/" mean its /metrics.
std::string MetricsUrl(std::string url) {
  const size_t path = url.find('/', url.find("://") + 3);
  if (path == std::string::npos) return url + "/metrics";
  return path + 1 == url.size() ? url + "metrics" : url;
}

// One side, asked as often as needed.
class Side {
 public:
  Side(const std::string& place, cli::FetchOptions login) : fetch_(std::move(login)) {
    place_ = IsUrl(place) ? MetricsUrl(place) : place;
  }

  Result<cli::ExposedFamilies> Read() {
    auto text = IsUrl(place_) ? fetch_.Get(place_) : ReadFile();
    if (!text) return tl::unexpected(text.error());
    auto families = cli::ParseExposition(*text);
    if (!families) return tl::unexpected(families.error().In(place_));
    if (families->empty()) return Fail(place_ + ": there is no metric in it");
    return families;
  }

  const std::string& place() const { return place_; }
  bool CanAnswerAnew() const { return IsUrl(place_); }

 private:
  Result<std::string> ReadFile() const {
    auto text = ReadTextFile(place_, kMostBytes, "is larger than 128 MiB");
    if (!text) return tl::unexpected(text.error().In(place_));
    return text;
  }
  cli::HttpFetch fetch_;
  std::string place_;
};

Result<cli::FetchOptions> TheirLogin(const CompareOptions& options) {
  cli::FetchOptions fetch;
  fetch.ca_file = options.login.ca_file;
  fetch.user = options.their_user;
  auto password = cli::ReadPassword(options.their_password_file, std::getenv("CADVISOR_PASSWORD"));
  if (!password) return tl::unexpected(password.error().In("--cadvisor-password-file"));
  fetch.password = std::move(*password);
  if (!options.their_password_file.empty() && fetch.user.empty())
    return Fail("--cadvisor-password-file: name the user too, with --cadvisor-user");
  return fetch;
}

// cAdvisor gives no container at all when one of them ended while it answered, and says so. It is asked
// again.
Result<cli::ExposedFamilies> ReadWhole(Side& them) {
  for (int tries = 1;; ++tries) {
    auto families = them.Read();
    if (!families) return families;
    if (const auto good = cli::CheckCadvisor(them.place(), *families); !good)
      return tl::unexpected(good.error());
    if (!cli::SaysItFailed(*families)) return families;
    if (tries == kTries || !them.CanAnswerAnew())
      return Fail(them.place() +
                  ": cAdvisor says that it could not read its containers (container_scrape_error is 1), " +
                  std::to_string(tries) + " times; its log says why");
    std::this_thread::sleep_for(kBetweenTries);
  }
}

std::map<std::string, std::string> Groups() {
  std::map<std::string, std::string> groups;
  for (const exposition::Family& family : exposition::Families())
    if (!family.group.empty()) groups.emplace(family.name, family.group);
  return groups;
}

int Write(const cli::ExpositionDiff& diff, const CompareOptions& options) {
  const std::string text =
      options.format == "json" ? cli::DiffJson(diff) : cli::DiffTable(diff, options.all ? 0 : kExamples);
  if (const auto printed = PrintOut(text); !printed) return Refuse(kName, kFailed, printed.error().message);
  return diff.IsWorse() ? kFailed : 0;
}

}  // namespace

int CompareWithCadvisor(const CompareOptions& options) {
  std::chrono::milliseconds wait =
      IsUrl(options.theirs) && IsUrl(options.ours) ? kUsualWait : std::chrono::milliseconds(0);
  if (!options.wait.empty()) {
    const auto parsed = ParseDuration(options.wait);
    if (!parsed) return Refuse(kName, kWrongUsage, "--wait: " + parsed.error().message);
    wait = *parsed;
  }
  auto our_login = FetchOptionsOf(options.login);
  if (!our_login) return Refuse(kName, kFailed, our_login.error().message);
  auto their_login = TheirLogin(options);
  if (!their_login) return Refuse(kName, kFailed, their_login.error().message);

  Side us(options.ours, std::move(*our_login)), them(options.theirs, std::move(*their_login));
  const auto before = us.Read();
  if (!before) return Refuse(kName, kFailed, before.error().message);
  const auto theirs = ReadWhole(them);
  if (!theirs) return Refuse(kName, kFailed, theirs.error().message);
  if (wait.count() == 0)
    return Write(cli::Compare({*theirs, *before, *before, options.tolerance_percent / 100, Groups()}),
                 options);
  std::cerr << "plimsoll compare: " << wait.count() / 1000. << " s until our second reading\n";
  std::this_thread::sleep_for(wait);
  const auto after = us.Read();
  if (!after) return Refuse(kName, kFailed, after.error().message);
  const auto theirs_after = ReadWhole(them);
  if (!theirs_after) return Refuse(kName, kFailed, theirs_after.error().message);
  return Write(
      cli::Compare({*theirs, *before, *after, options.tolerance_percent / 100, Groups(), &*theirs_after}),
      options);
}

}  // namespace plimsoll
