#pragma once

#include <string>

#include "exporter/server_login.h"

namespace plimsoll {

// What the command line says of `plimsoll compare`. Both sides may be files that
// hold what the server answered.
struct CompareOptions {
  std::string theirs;  // cAdvisor: a URL (/metrics when it has no path) or a file
  std::string ours = "http://127.0.0.1:9797";
  double tolerance_percent = 5;
  std::string wait;  // between our readings; empty: 15s when both sides are servers, else one reading
  std::string format = "table";
  bool all = false;  // every series, not three of each kind
  LoginOptions login;
  std::string their_user, their_password_file;
};

// Writes what would change for dashboards made for that cAdvisor. Returns 0 when
// nothing would, 1 when something would or a side cannot be read.
int CompareWithCadvisor(const CompareOptions& options);

}  // namespace plimsoll
