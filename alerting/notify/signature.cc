#include "alerting/notify/signature.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>

namespace plimsoll::alerting {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The two functions of <openssl/evp.h> and <openssl/hmac.h> that are needed. Not
// linked: only who signs pays for the library. No cryptography of our own.
struct Crypto {
  const void* (*sha256)() = nullptr;
  unsigned char* (*hmac)(const void* digest, const void* key, int key_size, const unsigned char* data,
                         size_t data_size, unsigned char* out, unsigned int* out_size) = nullptr;
};

const Crypto& LoadCrypto() {
  static const Crypto loaded = [] {
    Crypto crypto;
    void* library = ::dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return crypto;
    crypto.sha256 = reinterpret_cast<decltype(crypto.sha256)>(::dlsym(library, "EVP_sha256"));
    crypto.hmac = reinterpret_cast<decltype(crypto.hmac)>(::dlsym(library, "HMAC"));
    return crypto;
  }();
  return loaded;
}

}  // namespace

Result<std::string> HmacSha256(std::string_view key, std::string_view text) {
  const Crypto& crypto = LoadCrypto();
  if (crypto.sha256 == nullptr || crypto.hmac == nullptr)
    return Fail("a signature needs OpenSSL 3 (on Debian and Ubuntu the package libssl3 or libssl3t64)");
  if (key.size() > INT_MAX) return Fail("the key of the signature is too long");
  std::array<unsigned char, 64> sum{};  // EVP_MAX_MD_SIZE
  unsigned int size = 0;
  // A null key means "the one before".
  const char* bytes = key.empty() ? "" : key.data();
  if (crypto.hmac(crypto.sha256(), bytes, static_cast<int>(key.size()),
                  reinterpret_cast<const unsigned char*>(text.data()), text.size(), sum.data(),
                  &size) == nullptr)
    return Fail("OpenSSL makes no HMAC-SHA256 here: is its configuration broken?");
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += kDigits[sum[i] >> 4];
    hex += kDigits[sum[i] & 15];
  }
  return hex;
}

std::string Base64(std::string_view bytes) {
  std::string text;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i)
      group = group << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0);
    const size_t used = std::min<size_t>(3, bytes.size() - at);
    for (size_t i = 0; i < 4; ++i) text += i <= used ? kBase64[group >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

std::string FromBase64(std::string_view text) {
  std::string bytes;
  uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const size_t digit = kBase64.find(c);
    if (digit == kBase64.npos) break;
    group = group << 6 | static_cast<uint32_t>(digit);
    if ((bits += 6) < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits & 0xff);
  }
  return bytes;
}

}  // namespace plimsoll::alerting
