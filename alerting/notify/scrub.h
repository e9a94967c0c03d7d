#pragma once

#include <string>
#include <string_view>

#include "alerting/notify/sender.h"

namespace plimsoll::alerting {

// `text` on one line and short, without anything that the request keeps secret:
// its hidden words, its URL, and whatever of the URL's path and query could be a
// token. What is taken out becomes "***".
std::string Scrub(std::string_view text, const OutgoingRequest& request);

}  // namespace plimsoll::alerting
