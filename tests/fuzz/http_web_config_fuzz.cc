// Any bytes as a web configuration: faults have places within the text, a
// configuration without faults keeps what the format promises.
#include <cstdint>
#include <cstdlib>

#include "exporter/http/web_config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plimsoll::http;
  const std::string text(reinterpret_cast<const char*>(data), size);
  // Beneath a file, so that no path in the text leads anywhere real but absolute ones.
  const LoadedWebConfig loaded = LoadWebConfigText(text, "/dev/null/web.yml");
  for (const auto& fault : loaded.faults)
    if (fault.line < 0 || fault.column < 0 || fault.message.empty()) std::abort();
  if (!loaded.faults.empty()) return 0;
  for (const auto& [user, hash] : loaded.config.users)
    if (user.empty() || user.find(':') != std::string::npos || !IsBcryptHash(hash)) std::abort();
  for (const auto& [name, value] : loaded.config.headers)
    if (value.find_first_of("\r\n") != std::string::npos) std::abort();
  if (const auto& tls = loaded.config.tls)
    if (tls->cert.line == 0 || tls->key.line == 0 || tls->min_version > tls->max_version) std::abort();
  return 0;
}
