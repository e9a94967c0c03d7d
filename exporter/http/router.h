#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/http/server.h"

namespace plimsoll::http {

// Which handler answers a path and method. Filled before the server starts,
// only read afterwards, so that every worker may ask at once.
class Router {
 public:
  struct Match {
    std::string_view pattern = "other";  // as given to Add; lives as long as the router
    const Handler* handler = nullptr;    // null: unknown path, or wrong method when `allow` is not empty
    std::string allow;                   // "GET, HEAD"
  };

  void Add(std::string method, std::string path, Handler handler);
  Match Find(std::string_view method, std::string_view path) const;

 private:
  std::map<std::string, std::vector<std::pair<std::string, Handler>>, std::less<>> routes_;
};

}  // namespace plimsoll::http
