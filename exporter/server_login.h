#pragma once

#include <string>

#include "exporter/cli/http_fetch.h"

namespace plimsoll {

// How a server that asks for it is told who we are; shared by the commands that ask one.
struct LoginOptions {
  std::string user;           // empty: $PLIMSOLL_USER
  std::string password_file;  // empty: $PLIMSOLL_PASSWORD
  std::string ca_file;
};

// Basic auth from flags and environment. Fails when the password file cannot be
// read, or comes without a user.
Result<cli::FetchOptions> FetchOptionsOf(const LoginOptions& login);

}  // namespace plimsoll
