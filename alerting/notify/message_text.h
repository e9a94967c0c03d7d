#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "alerting/notify/message.h"

namespace plimsoll::alerting {

// One transition in words: what every receiver's notification is made of.
struct AlertText {
  const Transition* told = nullptr;  // of the message
  bool is_firing = false;
  std::string subject;      // "web-1", "host db.example"
  std::string status_word;  // "Firing", "Still firing", "Recovered", "Ended"
  std::string summary, description, value, threshold, since, lasted, limit, consumers, link, dashboard;
  std::string starts_at, ends_at;  // RFC 3339; ends_at is Go's zero time while it fires, as in Alertmanager
  std::string fingerprint;         // of the labels, as Alertmanager computes it
  TextPairs annotations;           // ours and the rule's own, rendered; sorted

  std::string Title() const;  // "Firing: ContainerCpuHigh on web-1"
  // Name and value of each thing that a person wants to know beyond the summary; none empty.
  std::vector<std::pair<std::string, std::string>> Facts() const;
};

// A message in words. Refers to the message, which has a transition at least and must live longer.
struct MessageText {
  explicit MessageText(const Message& message);

  const Message& message;
  std::vector<AlertText> alerts;                // the news
  std::vector<AlertText> others;                // of the same group, firing, known already
  TextPairs common_labels, common_annotations;  // of all of these
  size_t firing = 0, resolved = 0;              // of the news

  // "firing" as long as one of the group does, else "resolved".
  bool IsFiring() const { return firing > 0 || !others.empty() || message.left_out > 0; }
  const char* Status() const { return IsFiring() ? "firing" : "resolved"; }
  // Of one alert its title; of several "2 firing, 1 recovered: ContainerCpuHigh".
  std::string Headline() const;
  // The alert's page, or of several the first page. Empty without external_url.
  std::string Link() const;
  // "critical" of all news that fire, where they agree or the worst of the known ones.
  std::string Severity() const;
};

// FNV-1a over the label set, 16 hex digits, as prometheus/common model.LabelSet
// has it. `labels` is sorted by name.
std::string Fingerprint(const TextPairs& labels);

}  // namespace plimsoll::alerting
