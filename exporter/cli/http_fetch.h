#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include "config/secret.h"
#include "model/result.h"

namespace plimsoll::cli {

struct FetchOptions {
  std::string user;  // of basic auth; empty: none
  Secret password;
  std::string ca_file;  // PEM; empty: the system's
  std::chrono::milliseconds timeout{10000};
  size_t most_bytes = size_t{128} << 20;  // of a body
};

// Where a password comes from, in this order: the file (without the line ends
// at its end), else `environment`, the value of the named variable or null.
// Never from the command line, which every user of the host can read.
Result<Secret> ReadPassword(const std::string& file, const char* environment);

// GETs over http and https with libcurl, which is opened at the first call
// (alerting/notify/curl_library.h). Redirects are not followed. A proxy is taken from
// the environment, but never for this host's own addresses. Get is for one thread
// at a time; Interrupt may come from any and is for good.
class HttpFetch {
 public:
  explicit HttpFetch(FetchOptions options);
  ~HttpFetch();
  HttpFetch(const HttpFetch&) = delete;
  HttpFetch& operator=(const HttpFetch&) = delete;

  // The body of a 200. Fails naming the URL, what came instead and what to do.
  Result<std::string> Get(const std::string& url);
  void Interrupt();

 private:
  struct Handles;
  struct Answer;
  void SetUp(const std::string& url, Answer& answer);
  Result<void> Perform();

  const FetchOptions options_;
  std::string no_proxy_;
  std::mutex mutex_;  // of handles_ as Interrupt sees it
  std::unique_ptr<Handles> handles_;
  std::atomic<bool> is_interrupted_{false};
};

// What an error answer's body says, as the API writes it or as plain text; one
// line, shortened. For people.
std::string ErrorSaid(const std::string& body);

}  // namespace plimsoll::cli
