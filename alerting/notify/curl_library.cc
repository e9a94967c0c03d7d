#include "alerting/notify/curl_library.h"

#include <dlfcn.h>

#include <memory>

namespace plimsoll::alerting {
namespace {

template <typename Function>
bool Find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

bool FindAll(void* from, CurlLibrary& curl) {
  return Find(from, "curl_easy_init", curl.easy_init) && Find(from, "curl_easy_cleanup", curl.easy_cleanup) &&
         Find(from, "curl_easy_reset", curl.easy_reset) && Find(from, "curl_easy_setopt", curl.easy_setopt) &&
         Find(from, "curl_easy_getinfo", curl.easy_getinfo) &&
         Find(from, "curl_easy_strerror", curl.easy_strerror) &&
         Find(from, "curl_slist_append", curl.slist_append) &&
         Find(from, "curl_slist_free_all", curl.slist_free_all) &&
         Find(from, "curl_multi_init", curl.multi_init) &&
         Find(from, "curl_multi_cleanup", curl.multi_cleanup) &&
         Find(from, "curl_multi_add_handle", curl.multi_add_handle) &&
         Find(from, "curl_multi_remove_handle", curl.multi_remove_handle) &&
         Find(from, "curl_multi_perform", curl.multi_perform) &&
         Find(from, "curl_multi_poll", curl.multi_poll) &&
         Find(from, "curl_multi_wakeup", curl.multi_wakeup) &&
         Find(from, "curl_multi_info_read", curl.multi_info_read) &&
         Find(from, "curl_multi_strerror", curl.multi_strerror) && Find(from, "curl_url", curl.url) &&
         Find(from, "curl_url_cleanup", curl.url_cleanup) && Find(from, "curl_url_set", curl.url_set) &&
         Find(from, "curl_url_get", curl.url_get) && Find(from, "curl_free", curl.free);
}

std::unique_ptr<const CurlLibrary> Load() {
  // With OpenSSL; with GnuTLS as Debian names it.
  for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4"}) {
    void* library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) continue;
    auto curl = std::make_unique<CurlLibrary>();
    decltype(&curl_global_init) global_init = nullptr;
    if (FindAll(library, *curl) && Find(library, "curl_global_init", global_init) &&
        global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
      return curl;
  }
  return nullptr;
}

}  // namespace

const CurlLibrary* LoadCurl() {
  static const std::unique_ptr<const CurlLibrary> loaded = Load();
  return loaded.get();
}

}  // namespace plimsoll::alerting
