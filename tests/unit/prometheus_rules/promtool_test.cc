#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "unit/engine/fake_ticks.h"
#include "unit/prometheus_rules/proof.h"

// The real Prometheus agrees with our engine, interval by interval.
namespace plimsoll::testing {
namespace {

using alerting::MakeRule;
using enum AlertMetric;
using ::testing::HasSubstr;

// CPU percent tick by tick, "-" where there is no sample.
std::vector<std::optional<double>> Samples(const std::string& text) {
  std::vector<std::optional<double>> samples;
  std::istringstream words(text);
  for (std::string word; words >> word;)
    samples.push_back(word == "-" ? std::nullopt : std::optional<double>(std::stod(word)));
  return samples;
}

// One character a tick: '.' normal, 'p' pending, 'F' firing.
std::string Line(const std::vector<Alerts>& ticks, const std::string& rule) {
  std::string line;
  for (const Alerts& alerts : ticks) {
    char c = '.';
    for (const Standing& alert : alerts)
      if (alert.rule == rule) c = alert.is_firing ? 'F' : 'p';
    line += c;
  }
  return line;
}

void ReplaceAll(std::string& text, const std::string& what, const std::string& with) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
}

struct Script {
  const char* name;
  uint32_t breaches, recoveries;
  std::optional<double> recover;
  const char* samples;
  const char* ours;    // what our engine makes of it
  const char* theirs;  // what Prometheus does; null: the same
};

class PromtoolRules : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!HasPromtool()) GTEST_SKIP() << "there is no promtool of 2.42 or later, which knows keep_firing_for";
  }

  // Each script is a container with a rule of its own.
  static Proof Play(const std::vector<Script>& scripts) {
    std::vector<RuleConfig> rules;
    size_t ticks = 0;
    for (const Script& script : scripts) {
      RuleConfig rule = MakeRule(script.name, kCpuPercent, 90, script.breaches, script.recoveries);
      rule.recover_threshold = script.recover;
      rule.match.name = script.name;
      rules.push_back(rule);
      ticks = std::max(ticks, Samples(script.samples).size());
    }
    Proof proof(rules);
    const auto set = [&](int tick, std::map<uint32_t, Life>& lives, HostSample&) {
      for (uint32_t id = 1; id <= scripts.size(); ++id) {
        Life& life = lives[id];
        life.name = scripts[id - 1].name;
        const auto samples = Samples(scripts[id - 1].samples);
        life.cpu = static_cast<size_t>(tick) < samples.size() ? samples[static_cast<size_t>(tick)]
                                                              : std::optional<double>(1);
      }
    };
    const auto mend = [](Life& life) {
      if (!life.cpu) life.cpu = 1;
    };
    proof.Run(static_cast<int>(ticks) + 3, set, mend);
    for (const Script& script : scripts) {
      const size_t length = std::string(script.ours).size();
      EXPECT_EQ(Line(proof.ours(), script.name).substr(0, length), script.ours) << script.name;
      EXPECT_EQ(Line(proof.theirs(), script.name).substr(0, length),
                script.theirs == nullptr ? script.ours : script.theirs)
          << script.name;
    }
    return proof;
  }

  static void ExpectAgreement(const Proof& proof) {
    const Finished finished = proof.Ask();
    EXPECT_EQ(finished.exit_code, 0) << finished.output;
  }
  // However long after a scrape the rules are evaluated.
  static void ExpectAgreementInEveryPhase(Proof proof) {
    for (const int seconds : {0, 1, 5, 9}) {
      SCOPED_TRACE(seconds);
      proof.EvaluateAfter(seconds);
      ExpectAgreement(proof);
    }
  }
};

const std::vector<Script> kAlike = {
    {"short_of_n", 3, 1, {}, "1 95 95 1 1", ".pp..", nullptr},
    {"exactly_n", 3, 1, {}, "1 95 95 95 1 1", ".ppF..", nullptr},
    {"from_the_first_sample", 2, 2, {}, "95 95 1 1", "pFF.", nullptr},
    {"one_breach_fires", 1, 1, {}, "1 95 1 95 95 1", ".F.FF.", nullptr},
    {"at_the_threshold", 2, 1, {}, "1 90 90 89.9 90", ".pF.p", nullptr},
    {"flaps_and_never_fires", 2, 1, {}, "95 1 95 1 95 1", "p.p.p.", nullptr},
    {"flaps_and_never_ends", 2, 2, {}, "95 95 1 95 1 95 1 1", "pFFFFFF.", nullptr},
    {"short_of_m", 1, 3, {}, "95 1 1 95 1 1 1", "FFFFFF.", nullptr},
    {"exactly_m", 2, 3, {}, "95 95 1 1 1 1", "pFFF..", nullptr},
    {"fires_again", 2, 2, {}, "95 95 1 1 95 95 1 1", "pFF.pFF.", nullptr},
    {"between_the_thresholds_nothing_fires", 2, 1, 70, "80 80 80 89", "....", nullptr},
    {"between_the_thresholds_a_count_is_void", 3, 1, 70, "95 95 80 95 95 95 1", "pp.ppF.", nullptr},
    {"between_the_thresholds_it_goes_on", 2, 1, 70, "95 95 80 80 80 80 69", "pFFFFF.", nullptr},
    {"at_the_recover_threshold_it_goes_on", 2, 1, 70, "95 95 70 70 69.9", "pFFF.", nullptr},
    {"between_the_thresholds_recoveries_are_void", 1, 2, 70, "95 60 80 60 60", "FFFF.", nullptr},
    {"after_its_end_the_band_is_well", 1, 1, 70, "95 60 80 80 95 80 60", "F...FF.", nullptr},
    {"ends_late_and_begins_at_once", 1, 3, 70, "95 60 60 95 60 60 60 95 1 1 1", "FFFFFF.FFF.", nullptr},
    {"twelve_of_them", 12, 2, 70, "95 95 95 95 95 95 95 95 95 95 95 95 80 1 1", "pppppppppppFFF.", nullptr},
};

TEST_F(PromtoolRules, ScriptedSeriesAreJudgedAlikeInEveryInterval) {
  ExpectAgreementInEveryPhase(Play(kAlike));
}

// Prometheus takes a missing sample for a good one. This cannot be helped, and
// is said in the head of the file.
TEST_F(PromtoolRules, AMissingSampleIsAsGoodAsAWellOneThereAndNeitherHere) {
  ExpectAgreementInEveryPhase(Play({
      {"gap_while_pending", 3, 1, {}, "95 95 - 95 1", "pppF.", "pp.p."},
      {"gap_before_the_last", 2, 1, {}, "95 - - 95 1", "pppF.", "p..p."},
      {"gap_while_firing", 1, 1, {}, "95 - 95 1", "FFF.", "F.F."},
      {"gap_that_keep_firing_for_bears", 1, 3, {}, "95 - - 95 1 1 1", "FFFFFF.", nullptr},
      {"gap_that_is_too_long", 1, 3, {}, "95 - - - 95", "FFFFF", "FFF.F"},
      {"gap_while_recovering", 1, 3, {}, "95 1 - 1 1", "FFFF.", "FFF.."},
      {"gap_in_the_band", 1, 2, 70, "95 80 - 80 1 1", "FFFFF.", nullptr},
      {"gap_that_ends_the_band", 1, 1, 70, "95 80 - 80 1", "FFFF.", "FF..."},
      {"gap_at_rest", 2, 1, {}, "1 - 1 95 95 1", "...pF.", nullptr},
  }));
}

// Levels that last for some ticks, so that all phases occur.
TEST_F(PromtoolRules, RandomSeriesAreJudgedAlikeInEveryInterval) {
  std::vector<RuleConfig> rules;
  for (const uint32_t n : {1U, 2U, 4U})
    for (const bool has_band : {false, true}) {
      const std::string name = "above_" + std::to_string(n) + (has_band ? "_band" : "");
      rules.push_back(MakeRule(name, kCpuPercent, 80, n, 4 - n / 2));
      if (has_band) rules.back().recover_threshold = 50;
    }
  rules.push_back(MakeRule("below", kCpuPercent, 40, 2, 2));
  rules.back().op = CompareOp::kLess;
  rules.back().recover_threshold = 60;
  rules.back().labels = {{"on", "call"}, {"team", "a {{b}}"}};
  constexpr uint32_t kContainers = 60;
  constexpr int kTicks = 50;
  Proof proof(rules);
  std::mt19937 random(20'231'114);
  proof.Run(kTicks, [&](int, std::map<uint32_t, Life>& lives, HostSample&) {
    for (uint32_t id = 1; id <= kContainers; ++id) {
      Life& life = lives[id];
      life.name = "web-" + std::to_string(id);
      if (random() % 3 == 0 || *life.cpu == 1) life.cpu = static_cast<double>(random() % 21 * 5);
    }
  });
  std::map<std::string, int> firing;
  for (const Alerts& alerts : proof.ours())
    for (const Standing& alert : alerts) firing[alert.rule] += alert.is_firing;
  for (const RuleConfig& rule : rules) EXPECT_GT(firing[rule.name], 100) << rule.name;
  ExpectAgreement(proof);
}

// Each metric that has an equal breaches, recovers and comes back, in a container of its own.
TEST_F(PromtoolRules, EveryMetricWithAnEqualIsAskedOfTheRightSeries) {
  struct Case {
    AlertMetric metric;
    double threshold;
    std::function<void(Life&, bool breach)> set;
  };
  const auto set_rate = [](Life& life, bool breach) { life.rate = breach ? 1000 : 10; };
  const auto set_nothing = [](Life&, bool) {};
  const std::vector<Case> cases = {
      {kCpuPercent, 90, [](Life& life, bool breach) { life.cpu = breach ? 95 : 10; }},
      {kCpuOfLimitPercent, 90, [](Life& life, bool breach) { life.cpu = breach ? 190 : 100; }},
      {kCpuLimitPercent, 200, set_nothing},
      {kMemoryUsedBytes, 500, [](Life& life, bool breach) { life.memory = breach ? 501 : 10; }},
      {kMemoryLimitBytes, 1000, set_nothing},
      // 290 of 1000 is 29 %, but 0.29 * 100 is less.
      {kMemoryPercent, 29, [](Life& life, bool breach) { life.memory = breach ? 290 : 289; }},
      {kNetworkReceive, 1000, set_rate},
      {kNetworkTransmit, 1000, set_rate},
      {kBlockRead, 1000, set_rate},
      {kBlockWrite, 1000, set_rate},
      {kThrottledPercent, 50,
       [](Life& life, bool breach) {
         life.periods = 100;
         life.throttled = breach ? 60 : 10;
       }},
      {kPidsPercent, 80, [](Life& life, bool breach) { life.threads = breach ? 81 : 5; }},
      {kUnhealthy, 1,
       [](Life& life, bool breach) {
         life.health = breach ? ContainerHealth::kUnhealthy : ContainerHealth::kHealthy;
       }},
  };
  std::vector<RuleConfig> rules;
  for (const Case& one : cases) {
    const std::string name(AlertMetricName(one.metric));
    rules.push_back(MakeRule(name, one.metric, one.threshold, 2, 2));
    rules.back().match.name = name;
    // By way of container_last_seen where the family has no such label.
    rules.back().match.labels = {{"app", "shop*"}};
    rules.back().annotations = {{"note", "{{#image}}{{name}} of {{image}}{{/image}} {{rule}} {{threshold}}"},
                                {"plain", "{{since}} { {{name}}"}};
  }
  Proof proof(rules);
  const std::string breaches = "0110111000110010";
  proof.Run(static_cast<int>(breaches.size()), [&](int tick, std::map<uint32_t, Life>& lives, HostSample&) {
    for (uint32_t id = 1; id <= cases.size(); ++id) {
      Life& life = lives[id];
      life.name = AlertMetricName(cases[id - 1].metric);
      life.labels = {{"app", "shop-1"}};
      // The first tick's increases are those since nothing.
      if (tick > 0 || cases[id - 1].metric != kThrottledPercent)
        cases[id - 1].set(life, breaches[static_cast<size_t>(tick)] == '1');
      // The same figures in one that does not match, by its label.
      Life& other = lives[id + 100];
      other = life;
      other.labels = {{"app", "stall"}};
    }
  });
  for (const Case& one : cases) {
    if (one.metric == kCpuLimitPercent || one.metric == kMemoryLimitBytes) continue;
    const std::string name(AlertMetricName(one.metric));
    EXPECT_EQ(Line(proof.ours(), name), ".pFFFFFF..pFF.p.") << name;
  }
  ExpectAgreementInEveryPhase(proof);
}

TEST_F(PromtoolRules, TheHostIsJudgedAlike) {
  std::vector<RuleConfig> rules = {MakeRule("cpu", kHostCpuPercent, 90, 2, 2),
                                   MakeRule("memory", kHostMemoryPercent, 90, 1, 1),
                                   MakeRule("memory_bytes", kHostMemoryUsedBytes, 900, 3, 1),
                                   MakeRule("disk", kHostDiskPercent, 90, 1, 2)};
  rules[0].recover_threshold = 50;
  rules[3].recover_threshold = 80;
  Proof proof(rules);
  const std::vector<double> percent = {10, 95, 92, 70, 49, 20, 91, 10, 99, 99, 99, 99, 85, 60, 60};
  proof.Run(static_cast<int>(percent.size()), [&](int tick, std::map<uint32_t, Life>&, HostSample& host) {
    const double now = percent[static_cast<size_t>(tick)];
    host.cpu_percent = now;
    host.memory_used = static_cast<uint64_t>(now * 10);
    host.file_systems.resize(3);
    host.file_systems[0].device.Set("/dev/sda");
    host.file_systems[0].size_bytes = 200;
    host.file_systems[0].used_bytes = 20;
    host.file_systems[1].device.Set("/dev/sdb");
    host.file_systems[1].size_bytes = 100;
    host.file_systems[1].used_bytes = static_cast<uint64_t>(now);
    host.file_systems[2].device.Set("empty");
  });
  EXPECT_EQ(Line(proof.ours(), "cpu"), ".pFFF.p.pFFFFFF");
  EXPECT_EQ(Line(proof.ours(), "disk"), ".FFF..FFFFFFFF.");
  ExpectAgreementInEveryPhase(proof);
}

// What happened counts for exactly the window, and its number is a whole one.
TEST_F(PromtoolRules, EventsCountForExactlyTheirWindow) {
  std::vector<RuleConfig> rules;
  for (const auto metric : {kOomKills, kRestarts})
    for (const int window : {20, 60, 65})
      for (const int threshold : {1, 3}) {
        const std::string name = std::string(AlertMetricName(metric)) + "_" + std::to_string(threshold) +
                                 "_in_" + std::to_string(window) + "s";
        rules.push_back(MakeRule(name, metric, threshold, 1, 1));
        rules.back().window = std::chrono::seconds(window);
      }
  rules.push_back(MakeRule("oom_band", kOomKills, 3, 1, 2));
  rules.back().recover_threshold = 2;
  rules.back().window = std::chrono::seconds(60);
  Proof proof(rules);
  std::mt19937 random(7);
  constexpr int kTicks = 60;
  proof.Run(kTicks, [&](int tick, std::map<uint32_t, Life>& lives, HostSample&) {
    for (uint32_t id = 1; id <= 12; ++id) {
      Life& life = lives[id];
      life.name = "web-" + std::to_string(id);
      const bool happens = tick > 0 && random() % 6 == 0;
      life.oom_kills = happens ? random() % 3 : 0;
      life.restarts = happens ? random() % 3 : 0;
    }
  });
  EXPECT_THAT(Line(proof.ours(), "oom_kills_1_in_20s"), HasSubstr("FF"));
  ExpectAgreementInEveryPhase(proof);
  const auto with_range = [&](int seconds, const std::string& range) {
    proof.EvaluateAfter(seconds);
    return proof.Ask([&](std::string& text) { ReplaceAll(text, "[1m9s999ms]", range); }).exit_code;
  };
  EXPECT_EQ(with_range(5, "[1m]"), 1) << "too short, but right after a scrape";
  EXPECT_EQ(with_range(0, "[1m10s]"), 1) << "too long right after a scrape";
}

TEST_F(PromtoolRules, AnAbsenceBeginsAfterTheGraceTimeAndEndsWithTheContainer) {
  for (const int grace : {0, 5, 10, 25, 30}) {
    SCOPED_TRACE(grace);
    std::vector<RuleConfig> rules = {MakeRule("gone", kAbsent, 1, 2, 2),
                                     MakeRule("gone_at_once", kAbsent, 1, 1, 1),
                                     MakeRule("gone_shop", kAbsent, 1, 1, 1)};
    rules[0].match.name = rules[1].match.name = "db-*";
    rules[2].match.labels = {{"app", "shop"}};
    Proof proof(rules);
    proof.config().recreate_grace = std::chrono::seconds(grace);
    proof.IgnorePending();  // there it lasts from the first moment of the absence, here from the end of the
                            // grace time
    const std::string living = "110111000000001111001";
    proof.Run(static_cast<int>(living.size()), [&](int tick, std::map<uint32_t, Life>& lives, HostSample&) {
      lives[1].name = "db-1";
      lives[1].labels = {{"app", "shop"}};
      lives[1].living = living[static_cast<size_t>(tick)] == '1';
      lives[2].name = "web";
    });
    if (grace == 30) {
      EXPECT_EQ(Line(proof.ours(), "gone"), "........pFFFFFF......");
    }
    ExpectAgreementInEveryPhase(proof);
  }
}

// Ours wait for the container's return, Prometheus' end with keep_firing_for.
TEST_F(PromtoolRules, AContainerThatEndsIsAsWellAsAGoodOneThere) {
  Proof proof({MakeRule("high", kCpuPercent, 90, 1, 2)});
  const std::string living = "1111000000";
  proof.Run(
      static_cast<int>(living.size()),
      [&](int tick, std::map<uint32_t, Life>& lives, HostSample&) {
        lives[1].name = "web";
        lives[1].cpu = 95;
        lives[1].living = living[static_cast<size_t>(tick)] == '1';
      },
      [](Life& life) {
        if (!life.living) life.cpu = 1;
        life.living = true;
      });
  EXPECT_EQ(Line(proof.ours(), "high"), "FFFFFF....") << "30s after it was seen last";
  EXPECT_EQ(Line(proof.theirs(), "high"), "FFFFF.....");
  ExpectAgreementInEveryPhase(proof);
}

// The proof can fail: each number of the rules matters to it.
TEST_F(PromtoolRules, PromtoolSeesEveryKindOfMistake) {
  const Proof proof = Play(kAlike);
  const std::vector<std::pair<std::string, std::string>> mistakes = {
      {"for: 20s", "for: 30s"},
      {"for: 20s", "for: 10s"},
      {"keep_firing_for: 10s", "keep_firing_for: 20s"},
      {"        keep_firing_for: 20s\n", ""},
      {">= 70", "> 70"},
      {">= 90\n        for: 10s", "> 90\n        for: 10s"},
      {"alertstate=\"firing\"", "alertstate=\"pending\""},
      {"severity: 'warning'", "severity: 'critical'"},
      {"(threshold >= 90 %)", "(threshold)"},
  };
  for (const auto& [right, wrong] : mistakes) {
    const Finished finished = proof.Ask([&, right = right, wrong = wrong](std::string& rules) {
      ASSERT_THAT(rules, HasSubstr(right));
      ReplaceAll(rules, right, wrong);
    });
    EXPECT_EQ(finished.exit_code, 1) << right << " as " << wrong << ": " << finished.output;
  }
}

}  // namespace
}  // namespace plimsoll::testing
