#include "exporter/backtest_command.h"

#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>

#include "alerting/backtest/backtest_text.h"
#include "config/glob.h"
#include "exporter/command_config.h"
#include "exporter/command_output.h"
#include "exporter/moment.h"
#include "exporter/progress_line.h"
#include "model/timestamp.h"
#include "rollup/replay.h"

namespace plimsoll {
namespace {

constexpr const char* kName = "backtest";
constexpr auto kWeek = std::chrono::hours(24 * 7);
// Of the whole time the first of two passes takes about so much.
constexpr double kFirstPass = 0.3;

// The rules that are tried. Those named are tried even where they are switched off.
Result<std::vector<RuleConfig>> ChosenRules(const std::vector<RuleConfig>& rules,
                                            const std::vector<std::string>& names) {
  std::vector<RuleConfig> chosen;
  std::string known;
  for (const RuleConfig& rule : rules) {
    known += (known.empty() ? "" : ", ") + rule.name;
    const bool is_named = std::find(names.begin(), names.end(), rule.name) != names.end();
    if (!is_named && !names.empty()) continue;
    chosen.push_back(rule);
    chosen.back().enabled = rule.enabled || is_named;
  }
  for (const std::string& name : names)
    if (std::none_of(rules.begin(), rules.end(), [&](const RuleConfig& rule) { return rule.name == name; }))
      return Fail("--rule: there is no rule \"" + name + "\"; there are " + (known.empty() ? "none" : known));
  return chosen;
}

// Plays all of it into `step`; `show` is told how far it is.
template <typename Step, typename Show>
Result<void> Play(rollup::Replay& replay, Step step, Show show) {
  for (;;) {
    const auto tick = replay.Next();
    if (!tick) return tl::unexpected(tick.error());
    if (*tick == nullptr) return {};
    step(**tick);
    show(replay.progress());
  }
}

// One for each week that was played, and for what is left of one.
uint64_t OneAWeek(const std::vector<rollup::ReplayStretch>& stretches) {
  if (stretches.empty()) return 1;
  const auto played = stretches.back().to - stretches.front().from;
  return std::max<int64_t>(1, (played + kWeek - std::chrono::nanoseconds(1)) / kWeek);
}

// Two passes: what the rules would have done, then what other thresholds would have.
Result<alerting::BacktestReport> Run(const rollup::ReplayOrder& history, alerting::BacktestOrder order,
                                     std::optional<uint32_t> at_most) {
  auto replay = rollup::Replay::Open(history);
  if (!replay) return tl::unexpected(replay.error());
  ProgressLine progress("replaying");
  order.settings = (*replay)->settings();
  alerting::Backtest backtest(order);
  uint64_t ticks = 0;
  Result<void> played = Play(
      **replay,
      [&](const rollup::ReplayTick& tick) {
        backtest.Step(tick.set, tick.begins_run);
        ++ticks;
      },
      [&](double done) { progress.Show(done * kFirstPass); });
  if (!played) return tl::unexpected(played.error());
  alerting::BacktestReport report;
  for (const rollup::ReplayStretch& stretch : (*replay)->stretches())
    report.stretches.push_back(
        {stretch.tier == rollup::Tier::kMinute, stretch.from, stretch.to, stretch.ticks});
  report.rules = backtest.Rules();
  report.at_most = at_most ? *at_most : OneAWeek((*replay)->stretches());
  alerting::ThresholdSearch search(order, backtest, ticks, report.at_most);
  if (search.HasCandidates()) {
    replay = rollup::Replay::Open(history);
    if (!replay) return tl::unexpected(replay.error());
    played = Play(
        **replay, [&](const rollup::ReplayTick& tick) { search.Step(tick.set, tick.begins_run); },
        [&](double done) { progress.Show(kFirstPass + done * (1 - kFirstPass)); });
    if (!played) return tl::unexpected(played.error());
  }
  report.quiet = search.quiet();
  report.suggestions = search.Found();
  return report;
}

}  // namespace

int BacktestRules(const BacktestOptions& options) {
  const WallTime now = SystemClock().Wall();
  const auto since = ParseMoment("--since", options.since, now);
  if (!since) return Refuse(kName, kWrongUsage, since.error().message);
  if (*since >= now)
    return Refuse(kName, kWrongUsage, "--since " + FormatTimestamp(*since) + " is not in the past");
  for (const std::string& glob : options.containers)
    if (const auto good = CheckGlob(glob); !good)
      return Refuse(kName, kWrongUsage,
                    "--container: \"" + glob + "\": bad pattern: " + good.error().message);
  std::optional<Config> read = CommandConfig(options.config_file);
  if (!read) return kFailed;
  Config& config = *read;
  auto rules = ChosenRules(config.alerting.rules, options.rules);
  if (!rules) return Refuse(kName, kWrongUsage, rules.error().message);
  config.alerting.rules = std::move(*rules);

  rollup::ReplayOrder history;
  history.path = options.storage_path.empty() ? config.storage.path : options.storage_path;
  history.from = *since;
  history.host_cores =
      options.host_cores != 0 ? options.host_cores : static_cast<uint32_t>(::sysconf(_SC_NPROCESSORS_ONLN));
  if (history.path == ":memory:")
    return Refuse(kName, kFailed, "storage.path is :memory:, which keeps no history");
  alerting::BacktestOrder order;
  order.config.alerting = config.alerting;
  order.config.container_labels = config.collector.container_labels;
  if (!options.containers.empty())
    order.wants = [&](const std::string& name) {
      return std::any_of(options.containers.begin(), options.containers.end(), [&](const std::string& glob) {
        return ::fnmatch(glob.c_str(), name.c_str(), 0) == 0;
      });
    };
  Result<alerting::BacktestReport> report = Run(history, std::move(order), options.at_most);
  if (!report) return Refuse(kName, kFailed, report.error().message);
  report->storage = history.path;
  report->from = *since;
  report->to = now;
  report->host_cores = history.host_cores;
  report->scrape_watch = config.alerting.scrape_watch.after.count() > 0 && options.rules.empty();
  const std::string text =
      options.format == "json" ? alerting::JsonText(*report) : alerting::TableText(*report);
  const auto printed = PrintOut(text);
  return printed ? 0 : Refuse(kName, kFailed, printed.error().message);
}

}  // namespace plimsoll
