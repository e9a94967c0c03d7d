#pragma once

#include <string_view>

#include "alerting/sidecar/silence.h"
#include "model/result.h"

namespace plimsoll::api {

// A silence as a POST asks for it: matchers (name, value, is_regex, is_equal),
// ends_at, and if wanted starts_at, comment and created_by. Fails naming the
// first wrong field and what is accepted; a silence that has ended, or that
// would match every alert, is refused.
Result<alerting::Silence> ReadSilence(std::string_view json, WallTime now);

}  // namespace plimsoll::api
