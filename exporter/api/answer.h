#pragma once

#include <string>
#include <string_view>

#include "exporter/http/server.h"
#include "model/result.h"

namespace plimsoll::api {

// 200 with this JSON text; never cached, compressed where the client takes that.
http::Response JsonAnswer(std::string json);

// The refusals that several resources share.
http::Response BadParameter(const Error& what);       // 400
http::Response NoSuchContainer(std::string_view id);  // 404
http::Response NotReady();                            // 503: nothing was measured yet
http::Response StoreUnavailable(const Error& why);    // 503: the disk or the file fails

}  // namespace plimsoll::api
