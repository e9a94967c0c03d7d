#pragma once

#include <string>

#include "exporter/server_login.h"

namespace plimsoll {

// What the command line says of `plimsoll top`.
struct TopOptions {
  std::string url = "http://127.0.0.1:9797";
  std::string sort = "cpu";
  std::string interval = "2s";
  bool once = false;
  LoginOptions login;
};

// Shows running containers: live on a terminal, else once as plain text.
// Returns the exit code.
int ShowTop(const TopOptions& options);

}  // namespace plimsoll
