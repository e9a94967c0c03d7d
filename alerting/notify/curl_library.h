#pragma once

#include <curl/curl.h>

namespace plimsoll::alerting {

// libcurl's functions, found at run time. Linked it would cost each process
// 5.5 MiB of shared and 1.1 MiB of private memory and 3 ms at its start (33
// libraries come along), also where there is no receiver.
struct CurlLibrary {
  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&curl_easy_reset) easy_reset = nullptr;
  CURLcode (*easy_setopt)(CURL*, CURLoption, ...) = nullptr;
  CURLcode (*easy_getinfo)(CURL*, CURLINFO, ...) = nullptr;
  decltype(&curl_easy_strerror) easy_strerror = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;
  decltype(&curl_multi_init) multi_init = nullptr;
  decltype(&curl_multi_cleanup) multi_cleanup = nullptr;
  decltype(&curl_multi_add_handle) multi_add_handle = nullptr;
  decltype(&curl_multi_remove_handle) multi_remove_handle = nullptr;
  decltype(&curl_multi_perform) multi_perform = nullptr;
  decltype(&curl_multi_poll) multi_poll = nullptr;
  decltype(&curl_multi_wakeup) multi_wakeup = nullptr;
  decltype(&curl_multi_info_read) multi_info_read = nullptr;
  decltype(&curl_multi_strerror) multi_strerror = nullptr;
  decltype(&curl_url) url = nullptr;
  decltype(&curl_url_cleanup) url_cleanup = nullptr;
  decltype(&curl_url_set) url_set = nullptr;
  decltype(&curl_url_get) url_get = nullptr;
  decltype(&curl_free) free = nullptr;
};

// One easy handle and the multi handle that holds its connections; null where
// there was no memory for them.
struct CurlHandles {
  explicit CurlHandles(const CurlLibrary& library)
      : curl(library), easy(curl.easy_init()), multi(curl.multi_init()) {}
  ~CurlHandles() {
    if (easy != nullptr) curl.easy_cleanup(easy);
    if (multi != nullptr) curl.multi_cleanup(multi);
  }
  CurlHandles(const CurlHandles&) = delete;
  CurlHandles& operator=(const CurlHandles&) = delete;

  const CurlLibrary& curl;
  CURL* const easy;
  CURLM* const multi;
};

// Opened and initialised at the first call, for good. Null when this host has
// none that is new enough (7.68). Thread-safe.
const CurlLibrary* LoadCurl();

}  // namespace plimsoll::alerting
