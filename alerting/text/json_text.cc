#include "alerting/text/json_text.h"

namespace plimsoll::alerting {

std::string JsonText(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace plimsoll::alerting
