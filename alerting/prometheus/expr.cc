#include "alerting/prometheus/expr.h"

#include <algorithm>

#include "alerting/prometheus/glob_regex.h"
#include "alerting/prometheus/quoted_text.h"
#include "config/duration.h"
#include "model/container_label.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::milliseconds;
using Matchers = std::vector<std::string>;

constexpr const char* kNoAvg10 =
    "NOT EQUAL, only near: Plimsoll judges the kernel's avg10, which is not on /metrics; this is "
    "the share of the time since the sample before.";
constexpr const char* kNotIncrease =
    "Not increase(), which extrapolates and so yields more than happened. A counter that began "
    "anew hides what was before.";
constexpr const char* kPolicyAlone =
    "Counts restarts by the runtime's restart policy alone: starts by hand are on no counter of "
    "/metrics.";
constexpr const char* kUnseenKills =
    "A kill that ends a container for good is not seen: its counter is gone before the next "
    "scrape. Nor is one before the first scrape of a container.";
constexpr const char* kEveryHost =
    "Asked of every Plimsoll that Prometheus scrapes: add an instance where not each of them shall "
    "run it. Silent while a Plimsoll cannot be scraped.";
constexpr const char* kStartingIsWell =
    "A health check that is still starting is as good as one that passes: here the alert ends when the "
    "container is restarted, in Plimsoll when its check passes.";
constexpr const char* kOneSecond =
    "The figure of one second: that of the scrape, which need not be that of Plimsoll's own tick.";

std::string Selector(const std::string& family, const Matchers& matchers) {
  if (matchers.empty()) return family;
  std::string text;
  for (const std::string& matcher : matchers) text += (text.empty() ? "{" : ",") + matcher;
  return family + text + "}";
}

std::string Range(milliseconds length) { return "[" + FormatDuration(length) + "]"; }

// A label that may be any text, line ends among it, if `any_text`.
std::string GlobMatcher(const std::string& label, const std::string& glob, bool any_text) {
  if (const auto literal = LiteralOfGlob(glob)) return label + "=" + PromqlString(*literal);
  // A label that is not there reads as an empty one.
  const std::string regex = MatchesEmpty(glob) ? ".+" : RegexOfGlob(glob);
  return label + "=~" + PromqlString((any_text ? "(?s)" : "") + regex);
}

// One rule's figure in the making.
class FigureWriter {
 public:
  FigureWriter(const RuleConfig& rule, const std::vector<std::string>& container_labels,
               milliseconds interval)
      : rule_(rule), container_labels_(container_labels), interval_(interval) {
    if (!rule.match.name.empty() && !MatchesEmpty(rule.match.name))
      identity_.push_back(GlobMatcher("name", rule.match.name, false));
    if (!rule.match.image.empty() && !MatchesEmpty(rule.match.image))
      identity_.push_back(GlobMatcher("image", rule.match.image, false));
  }

  Result<PrometheusFigure> Write() {
    if (const Result<void> read = ReadLabels(); !read) return tl::unexpected(read.error());
    if (IsHostMetric(rule_.metric)) return OfHost();
    if (rule_.metric == AlertMetric::kAbsent || rule_.metric == AlertMetric::kUnhealthy) return OfInfo();
    if (const char* family = OwnGauge()) {
      figure_.value = Own(family);
      figure_.condition = AndLabels();
      return figure_;
    }
    return IsEventMetric(rule_.metric) ? OfEvents() : OfSeries();
  }

 private:
  Result<void> ReadLabels() {
    const bool all =
        std::find(container_labels_.begin(), container_labels_.end(), "*") != container_labels_.end();
    for (const auto& [key, glob] : rule_.match.labels) {
      const std::string name = ContainerLabelName(key);
      for (const std::string& other : container_labels_)
        if (other != key && ContainerLabelName(other) == name)
          return Fail("the labels " + key + " and " + other + " have the same name on /metrics");
      if (!all &&
          std::find(container_labels_.begin(), container_labels_.end(), key) == container_labels_.end())
        return Fail("it matches the label " + key +
                    ", which is not on /metrics: add it to collector.container_labels");
      labels_.push_back(GlobMatcher(name, glob, true));
      if (glob.empty())
        Remark("On /metrics an empty label " + key +
               " and a missing one are the same: containers without it match too.");
      else if (MatchesEmpty(glob))
        Remark("On /metrics an empty label " + key +
               " and a missing one are the same: containers that have it empty do not match.");
    }
    return {};
  }

  // plimsoll_container_*; these have no container_label_*.
  std::string Own(const std::string& family, const Matchers& more = {}) const {
    Matchers matchers = more;
    matchers.insert(matchers.end(), identity_.begin(), identity_.end());
    return Selector(family, matchers);
  }
  std::string AndLabels() const {
    return labels_.empty() ? "" : " and on (job, instance, id) " + Selector("container_last_seen", labels_);
  }

  // container_*, which plain cgroups have too: those have no name.
  std::string Cgroup(const std::string& family) const {
    Matchers matchers = identity_;
    if (rule_.match.name.empty() || MatchesEmpty(rule_.match.name))
      matchers.insert(matchers.begin(), "name!=\"\"");
    matchers.insert(matchers.end(), labels_.begin(), labels_.end());
    return Selector(family, matchers);
  }

  // The gauge that holds the figure as it is, or null.
  const char* OwnGauge() const {
    switch (rule_.metric) {
      case AlertMetric::kCpuPercent:
        return "plimsoll_container_cpu_percent";
      case AlertMetric::kCpuLimitPercent:
        return "plimsoll_container_cpu_limit_percent";
      case AlertMetric::kMemoryUsedBytes:
        return "plimsoll_container_memory_used_bytes";
      case AlertMetric::kMemoryLimitBytes:
        return "plimsoll_container_memory_limit_bytes";
      case AlertMetric::kNetworkReceive:
        return "plimsoll_container_network_receive_bytes_per_second";
      case AlertMetric::kNetworkTransmit:
        return "plimsoll_container_network_transmit_bytes_per_second";
      case AlertMetric::kBlockRead:
        return "plimsoll_container_block_read_bytes_per_second";
      case AlertMetric::kBlockWrite:
        return "plimsoll_container_block_write_bytes_per_second";
      default:
        return nullptr;
    }
  }

  Result<PrometheusFigure> OfSeries() {
    figure_.labels = SeriesLabels::kAll;
    switch (rule_.metric) {
      case AlertMetric::kCpuOfLimitPercent:
        return OfLimit("plimsoll_container_cpu_percent", "plimsoll_container_cpu_limit_percent");
      case AlertMetric::kMemoryPercent:
        // Not plimsoll_container_memory_percent, whose last digit differs.
        return OfLimit("plimsoll_container_memory_used_bytes", "plimsoll_container_memory_limit_bytes");
      case AlertMetric::kThrottledPercent:
        figure_.value = LastIncrease("container_cpu_cfs_throttled_periods_total") + " * 100 / (" +
                        LastIncrease("container_cpu_cfs_periods_total") + " > 0)";
        figure_.condition = " and " + Cgroup("container_cpu_cfs_periods_total");
        return figure_;
      case AlertMetric::kPidsPercent:
        figure_.value =
            Cgroup("container_threads") + " * 100 / (" + Cgroup("container_threads_max") + " > 0)";
        return figure_;
      case AlertMetric::kCpuPressure:
        return OfPressure("container_pressure_cpu_waiting_seconds_total");
      case AlertMetric::kMemoryPressure:
        return OfPressure("container_pressure_memory_waiting_seconds_total");
      case AlertMetric::kIoPressure:
        return OfPressure("container_pressure_io_waiting_seconds_total");
      default:
        return Fail("there is no such figure on /metrics");
    }
  }

  PrometheusFigure OfLimit(const std::string& used, const std::string& limit) {
    figure_.labels = SeriesLabels::kIdentity;
    figure_.value = Own(used) + " * 100 / ignoring (limited) " + Own(limit);
    figure_.condition = AndLabels();
    return figure_;
  }

  // Per second, from one sample to the next. The range need only hold both.
  std::string LastIncrease(const std::string& family) const {
    return "irate(" + Cgroup(family) + Range(std::max<milliseconds>(std::chrono::minutes(5), 4 * interval_)) +
           ")";
  }

  PrometheusFigure OfPressure(const std::string& family) {
    figure_.value = LastIncrease(family) + " * 100";
    figure_.condition = " and " + Cgroup(family);
    Remark(kNoAvg10);
    return figure_;
  }

  Result<PrometheusFigure> OfEvents() {
    // What the window of Plimsoll holds at a tick is what a range holds that is
    // longer by one interval, for the sample before the first event, and shorter
    // by a moment, so that this sample leaves in time whatever the phase of the scrapes.
    const milliseconds window = (rule_.window + interval_ - milliseconds(1)) / interval_ * interval_;
    const std::string range = Range(window + interval_ - milliseconds(1));
    const auto gained = [&](const std::string& series) {
      return "last_over_time(" + series + range + ") - min_over_time(" + series + range + ")";
    };
    if (rule_.metric == AlertMetric::kExitCode)
      return Fail(
          "there are no exit codes on /metrics; container_last_seen and "
          "plimsoll_container_restarts_total tell of ends, not of their reasons");
    Remark(kNotIncrease);
    if (rule_.metric == AlertMetric::kRestarts) {
      figure_.value = gained(Own("plimsoll_container_restarts_total"));
      figure_.condition = AndLabels();
      Remark(kPolicyAlone);
      return figure_;
    }
    figure_.labels = SeriesLabels::kAll;
    figure_.value = gained(Cgroup("container_oom_events_total"));
    Remark(kUnseenKills);
    return figure_;
  }

  PrometheusFigure OfInfo() {
    const bool is_absent = rule_.metric == AlertMetric::kAbsent;
    const Matchers more = is_absent ? Matchers{} : Matchers{"health=\"unhealthy\""};
    const std::string those = Own("plimsoll_container_info", more) + AndLabels();
    figure_.compares = false;
    if (!is_absent) {
      figure_.labels = SeriesLabels::kContainer;
      figure_.value = "max without (health, state) (" + those + ")";
      Remark(kStartingIsWell);
      return figure_;
    }
    figure_.labels = SeriesLabels::kHost;
    figure_.value =
        "group without (branch, compiler, revision, version) (plimsoll_build_info unless on (job, "
        "instance) " +
        (labels_.empty() ? those : "(" + those + ")") + ")";
    Remark(kEveryHost);
    return figure_;
  }

  Result<PrometheusFigure> OfHost() {
    figure_.labels = SeriesLabels::kHost;
    switch (rule_.metric) {
      case AlertMetric::kHostCpuPercent:
        figure_.value = "plimsoll_host_cpu_percent";
        Remark(kOneSecond);
        return figure_;
      case AlertMetric::kHostMemoryPercent:
        figure_.value = "plimsoll_host_memory_used_bytes * 100 / plimsoll_host_memory_total_bytes";
        return figure_;
      case AlertMetric::kHostMemoryUsedBytes:
        figure_.value = "plimsoll_host_memory_used_bytes";
        return figure_;
      case AlertMetric::kHostDiskPercent:
        figure_.value =
            "max without (device) (container_fs_usage_bytes{id=\"/\"} * 100 / "
            "(container_fs_limit_bytes{id=\"/\"} > 0))";
        return figure_;
      default:
        return Fail(
            "whoever scrapes cannot tell that nobody does; have Prometheus watch "
            "up{job=\"...\"} == 0, and keep this rule in Plimsoll");
    }
  }

  void Remark(std::string sentence) { figure_.remarks.push_back(std::move(sentence)); }

  const RuleConfig& rule_;
  const std::vector<std::string>& container_labels_;
  const milliseconds interval_;
  Matchers identity_, labels_;
  PrometheusFigure figure_;
};

}  // namespace

Result<PrometheusFigure> FigureOf(const RuleConfig& rule, const std::vector<std::string>& container_labels,
                                  milliseconds interval) {
  return FigureWriter(rule, container_labels, interval).Write();
}

}  // namespace plimsoll::alerting
