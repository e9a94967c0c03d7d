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
    std::vector<std::pair<std::string, std::string>> parameters;  // of a pattern with "{name}"s
  };

  void Add(std::string method, std::string path, Handler handler);
  Match Find(std::string_view method, std::string_view path) const;

 private:
  using Handlers = std::vector<std::pair<std::string, Handler>>;  // by method
  static void Choose(const Handlers& handlers, std::string_view method, Match& match);

  std::map<std::string, Handlers, std::less<>> exact_, named_;  // named_: patterns with "{name}"s
};

}  // namespace plimsoll::http
