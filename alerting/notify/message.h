#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "alerting/engine/transition.h"

namespace plimsoll::alerting {

// What one receiver is told at once: the transitions of one group.
struct Message {
  std::string id;        // idempotency key: the same over all tries
  std::string receiver;  // its name in the configuration
  std::vector<Transition> transitions;
  // What else of the group the receiver knows to be firing, for the services that are told of groups
  // as Alertmanager tells them; and how much more there is than a message has room for.
  std::vector<Transition> others;
  size_t left_out = 0;
  TextPairs group_labels;     // what the transitions have in common, and are grouped by; the host, too
  std::string group_key;      // the group's name, the same for every message about it and no other host's
  std::string external_url;   // without a slash at its end; empty: no links
  std::string dashboard_url;  // template of a link for each alert; empty: none
  WallTime at{};              // when it was put together
};

}  // namespace plimsoll::alerting
