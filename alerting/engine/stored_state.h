#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "alerting/engine/advance.h"
#include "config/alerting_config.h"

namespace plimsoll::alerting {

// A row of alert state, as it goes to disk and comes back. (rule, container,
// subject) is its key; times are kept to the millisecond.
struct StoredState {
  std::string rule;
  uint32_t container = 0;  // identity; 0: see subject
  std::string subject;     // of container 0: the name of one that never had an identity; "": the rule's one
                           // subject, the host or what is absent
  bool gone = false;       // delete the row: nothing is left to know

  std::string metric;  // AlertMetricName, to tell a rule that was made anew under the same name
  Phase phase = Phase::kNormal;
  uint32_t count = 0, repeats = 0;
  double value = 0;
  WallTime since{}, fired_at{}, last_alerted{};
  std::string name;  // of the container, for showing
  // Of the open alert; empty when none is.
  std::string alert, severity;
  TextPairs labels;
  std::vector<std::string> receivers;  // that were told of it, and must be told of its end
};

}  // namespace plimsoll::alerting
