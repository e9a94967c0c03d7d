#include "exporter/cli/http_fetch.h"

#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "alerting/notify/curl_library.h"
#include "config/text_file.h"
#include "exporter/cli/shown_text.h"

namespace plimsoll::cli {
namespace {

using alerting::CurlLibrary;

constexpr size_t kMostPassword = 4096, kMostSaid = 200;
constexpr int kPollMs = 1000;
// By number, for headers older than the library that is found (7.85).
constexpr auto kProtocolsText = static_cast<CURLoption>(10318), kProtocols = static_cast<CURLoption>(181);
constexpr long kHttpAndHttps = 3;

std::string NoProxy() {
  std::string hosts = "localhost,127.0.0.1,::1";
  for (const char* name : {"no_proxy", "NO_PROXY"}) {
    const char* given = std::getenv(name);
    if (given == nullptr || *given == '\0') continue;
    // "*" counts only alone.
    return given == std::string_view("*") ? "*" : hosts + "," + given;
  }
  return hosts;
}

}  // namespace

Result<Secret> ReadPassword(const std::string& file, const char* environment) {
  if (file.empty()) return Secret(environment != nullptr ? environment : "");
  auto text = ReadTextFile(file, kMostPassword, "is too large for a password");
  if (!text) return tl::unexpected(text.error().In(file));
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  return Secret(std::move(*text));
}

std::string ErrorSaid(const std::string& body) {
  std::string said = body;
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_object() && json.contains("error") && json["error"].is_object() &&
      json["error"].contains("message") && json["error"]["message"].is_string())
    said = json["error"]["message"].get<std::string>();
  said = ShownText(said.substr(0, said.find('\n')));
  return said.size() > kMostSaid ? FitText(said, kMostSaid) : said;
}

struct HttpFetch::Handles : alerting::CurlHandles {
  using CurlHandles::CurlHandles;
};

struct HttpFetch::Answer {
  size_t most = 0;
  std::string body;
  bool is_overlong = false;
  std::array<char, CURL_ERROR_SIZE> why{};

  static size_t OnBody(char* data, size_t, size_t size, void* to) {
    Answer& answer = *static_cast<Answer*>(to);
    if (answer.body.size() + size > answer.most) {
      answer.is_overlong = true;
      return 0;
    }
    answer.body.append(data, size);
    return size;
  }
};

HttpFetch::HttpFetch(FetchOptions options) : options_(std::move(options)), no_proxy_(NoProxy()) {}
HttpFetch::~HttpFetch() = default;

void HttpFetch::Interrupt() {
  is_interrupted_ = true;
  const std::lock_guard lock(mutex_);
  if (handles_ != nullptr) handles_->curl.multi_wakeup(handles_->multi);
}

Result<std::string> HttpFetch::Get(const std::string& url) {
  if (handles_ == nullptr) {
    const CurlLibrary* curl = alerting::LoadCurl();
    if (curl == nullptr) return Fail("libcurl 7.68 or newer is needed (on Debian and Ubuntu: libcurl4)");
    auto made = std::make_unique<Handles>(*curl);
    if (made->easy == nullptr || made->multi == nullptr) return Fail("libcurl has no memory");
    const std::lock_guard lock(mutex_);
    handles_ = std::move(made);
  }
  Answer answer;
  answer.most = options_.most_bytes;
  SetUp(url, answer);
  const Result<void> done = Perform();
  if (answer.is_overlong)
    return Fail(url + ": answers with more than " + std::to_string(options_.most_bytes >> 20) + " MiB");
  if (!done) {
    const std::string why = answer.why[0] != '\0' ? answer.why.data() : done.error().message;
    return Fail(url + ": " + ShownText(why));
  }
  long status = 0;
  handles_->curl.easy_getinfo(handles_->easy, CURLINFO_RESPONSE_CODE, &status);
  if (status == 200) return std::move(answer.body);
  if (status == 401)
    return Fail(url + ": HTTP 401: a user and a password are needed, or these are the wrong ones");
  const std::string said = ErrorSaid(answer.body);
  return Fail(url + ": HTTP " + std::to_string(status) + (said.empty() ? "" : ": " + said));
}

void HttpFetch::SetUp(const std::string& url, Answer& answer) {
  const CurlLibrary& curl = handles_->curl;
  CURL* easy = handles_->easy;
  curl.easy_reset(easy);
  curl.easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl.easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl.easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");  // whatever libcurl can read
  curl.easy_setopt(easy, CURLOPT_NOPROXY, no_proxy_.c_str());
  curl.easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  curl.easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
  if (curl.easy_setopt(easy, kProtocolsText, "http,https") != CURLE_OK)
    curl.easy_setopt(easy, kProtocols, kHttpAndHttps);
  if (!options_.user.empty()) {
    curl.easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl.easy_setopt(easy, CURLOPT_USERNAME, options_.user.c_str());
    curl.easy_setopt(easy, CURLOPT_PASSWORD, options_.password.Reveal().c_str());
  }
  if (!options_.ca_file.empty()) {
    curl.easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    curl.easy_setopt(easy, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
  curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Answer::OnBody);
  curl.easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
  curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, answer.why.data());
}

Result<void> HttpFetch::Perform() {
  const CurlLibrary& curl = handles_->curl;
  CURLMcode fault = curl.multi_add_handle(handles_->multi, handles_->easy);
  int running = 1;
  while (fault == CURLM_OK && !is_interrupted_) {
    fault = curl.multi_perform(handles_->multi, &running);
    if (fault != CURLM_OK || running == 0) break;
    fault = curl.multi_poll(handles_->multi, nullptr, 0, kPollMs, nullptr);
  }
  CURLcode code = fault == CURLM_OK && running == 0 ? CURLE_OK : CURLE_ABORTED_BY_CALLBACK;
  int queued = 0;
  while (const CURLMsg* told = curl.multi_info_read(handles_->multi, &queued))
    if (told->msg == CURLMSG_DONE) code = told->data.result;
  curl.multi_remove_handle(handles_->multi, handles_->easy);
  // The text of the failure lies in the answer, which ends with the call.
  curl.easy_setopt(handles_->easy, CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
  if (is_interrupted_) return Fail("stopped");
  if (code != CURLE_OK) return Fail(curl.easy_strerror(code));
  return {};
}

}  // namespace plimsoll::cli
