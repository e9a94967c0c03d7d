#pragma once

#include <string_view>

#include "model/alert_setting.h"
#include "model/result.h"

namespace plimsoll::api {

// What a PUT of alert settings says, on top of what is set: a field that the
// JSON object leaves out stays as it is, null clears one. Fails naming the first wrong field and
// what is accepted; an empty object changes nothing and is no fault.
Result<AlertSetting> ReadAlertSetting(std::string_view json, const AlertSetting& set);

}  // namespace plimsoll::api
