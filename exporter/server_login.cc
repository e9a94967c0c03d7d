#include "exporter/server_login.h"

#include <cstdlib>

namespace plimsoll {

Result<cli::FetchOptions> FetchOptionsOf(const LoginOptions& login) {
  cli::FetchOptions fetch;
  fetch.ca_file = login.ca_file;
  const char* user = std::getenv("PLIMSOLL_USER");
  fetch.user = !login.user.empty() ? login.user : user != nullptr ? user : "";
  auto password = cli::ReadPassword(login.password_file, std::getenv("PLIMSOLL_PASSWORD"));
  if (!password) return tl::unexpected(password.error().In("--password-file"));
  fetch.password = std::move(*password);
  if (!login.password_file.empty() && fetch.user.empty())
    return Fail("--password-file: name the user too, with --user or $PLIMSOLL_USER");
  return fetch;
}

}  // namespace plimsoll
