#include "alerting/notify/curl_sender.h"

#include <algorithm>
#include <array>
#include <optional>

#include "alerting/notify/curl_library.h"
#include "alerting/notify/scrub.h"

namespace plimsoll::alerting {
namespace {

constexpr size_t kMostBody = 64 << 10;  // kept, for the error
constexpr size_t kMostHeaders = 256 << 10;
constexpr int kMostRedirects = 3;
constexpr int kPollMs = 1000;
constexpr std::chrono::milliseconds kConnectTimeout{5000};
// By number, for headers older than the library that is found (7.85 and 7.87).
constexpr auto kProtocolsText = static_cast<CURLoption>(10318), kProtocols = static_cast<CURLoption>(181),
               kQuickExit = static_cast<CURLoption>(322);
constexpr long kHttp = 1, kHttps = 2;

// Where a URL leads, as far as it decides who is spoken to.
struct Origin {
  std::string scheme, host, port;

  // The same server, or its encrypted side at the usual ports.
  bool MayLeadTo(const Origin& other) const {
    if (host != other.host) return false;
    if (scheme == other.scheme && port == other.port) return true;
    return scheme == "http" && port == "80" && other.scheme == "https" && other.port == "443";
  }
};

std::optional<Origin> OriginOf(const CurlLibrary& curl, const std::string& url) {
  const std::unique_ptr<CURLU, decltype(curl.url_cleanup)> parsed(curl.url(), curl.url_cleanup);
  if (!parsed || curl.url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return std::nullopt;
  Origin origin;
  const auto get = [&](CURLUPart part, std::string& out) {
    char* text = nullptr;
    if (curl.url_get(parsed.get(), part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return false;
    out = text;
    curl.free(text);
    for (char& c : out)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return true;
  };
  const bool is_whole = get(CURLUPART_SCHEME, origin.scheme) && get(CURLUPART_HOST, origin.host) &&
                        get(CURLUPART_PORT, origin.port);
  if (!is_whole) return std::nullopt;
  return origin;
}

// 303 is none of them: it says to fetch something, not to send this again.
bool IsRedirect(long status) { return status == 301 || status == 302 || status == 307 || status == 308; }

bool IsWorthRetry(long status) { return status == 408 || status == 425 || status == 429 || status >= 500; }

bool HasLineBreak(const std::string& text) { return text.find_first_of("\r\n") != std::string::npos; }

}  // namespace

struct CurlSender::Handles : CurlHandles {
  using CurlHandles::CurlHandles;
  ~Handles() {
    if (headers != nullptr) curl.slist_free_all(headers);
  }

  curl_slist* headers = nullptr;
};

struct CurlSender::Answer {
  CURLcode code = CURLE_OK;
  bool is_interrupted = false;
  bool is_overlong = false;  // stopped by us, when its status was known
  long status = 0, sent_bytes = 0;
  curl_off_t retry_after = 0, microseconds = 0;
  std::string redirect, body;
  size_t header_bytes = 0;
  std::array<char, CURL_ERROR_SIZE> why{};

  static size_t OnBody(char* data, size_t, size_t size, void* to) {
    Answer& answer = *static_cast<Answer*>(to);
    const size_t room = kMostBody - answer.body.size();
    answer.body.append(data, std::min(room, size));
    if (size <= room) return size;
    answer.is_overlong = true;
    return 0;
  }
  static size_t OnHeader(char*, size_t, size_t size, void* to) {
    Answer& answer = *static_cast<Answer*>(to);
    answer.header_bytes += size;
    return answer.header_bytes <= kMostHeaders ? size : 0;
  }
};

CurlSender::CurlSender() = default;
CurlSender::~CurlSender() = default;

bool CurlSender::Prepare() {
  if (handles_ != nullptr) return true;
  const CurlLibrary* curl = LoadCurl();
  if (curl == nullptr) return false;
  auto handles = std::make_unique<Handles>(*curl);
  if (handles->easy == nullptr || handles->multi == nullptr) return false;
  const std::lock_guard lock(handles_mutex_);
  handles_ = std::move(handles);
  return true;
}

void CurlSender::Interrupt() {
  is_interrupted_ = true;
  const std::lock_guard lock(handles_mutex_);
  if (handles_ != nullptr) handles_->curl.multi_wakeup(handles_->multi);
}

SendResult CurlSender::Send(const OutgoingRequest& request) {
  if (!Prepare())
    return {SendResult::Kind::kRetry,
            0,
            {},
            "libcurl 7.68 or newer is needed (on Debian and Ubuntu libcurl4)",
            true};
  for (const auto& [name, value] : request.headers)
    if (HasLineBreak(name) || HasLineBreak(value.Reveal()))
      return {SendResult::Kind::kRefused, 0, {}, "a header holds a line break"};
  return Follow(request);
}

SendResult CurlSender::Follow(const OutgoingRequest& request) {
  std::string url = request.url.Reveal();
  std::chrono::microseconds left = request.timeout;
  for (int redirects = 0;; ++redirects) {
    Answer answer;
    SetUp(request, url, answer);
    // 0 would mean no limit.
    const auto left_ms = std::chrono::duration_cast<std::chrono::milliseconds>(left).count();
    handles_->curl.easy_setopt(handles_->easy, CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(left_ms)));
    Perform(answer);
    left -= std::chrono::microseconds(answer.microseconds);
    if (answer.code != CURLE_OK || !IsRedirect(answer.status)) return Judge(request, answer);
    const auto refused = [&](const char* why) {
      return SendResult{SendResult::Kind::kRefused, static_cast<int>(answer.status), {}, why};
    };
    const std::optional<Origin> from = OriginOf(handles_->curl, url);
    const std::optional<Origin> to = OriginOf(handles_->curl, answer.redirect);
    if (!from || !to || !from->MayLeadTo(*to))
      return refused("the receiver redirects to another host, which is not followed");
    if (redirects == kMostRedirects) return refused("the receiver redirects more than three times");
    url = answer.redirect;
  }
}

void CurlSender::SetUp(const OutgoingRequest& request, const std::string& url, Answer& answer) {
  const CurlLibrary& curl = handles_->curl;
  CURL* easy = handles_->easy;
  curl.easy_reset(easy);
  if (handles_->headers != nullptr) curl.slist_free_all(handles_->headers);
  handles_->headers = nullptr;
  const auto add = [&](const std::string& line) {
    if (curl_slist* longer = curl.slist_append(handles_->headers, line.c_str())) handles_->headers = longer;
  };
  for (const auto& [name, value] : request.headers)
    add(value.empty() ? name + ";" : name + ": " + value.Reveal());
  add("Expect:");  // no waiting for 100 Continue
  curl.easy_setopt(easy, CURLOPT_HTTPHEADER, handles_->headers);
  curl.easy_setopt(easy, CURLOPT_URL, url.c_str());
  if (request.method == "GET") {
    curl.easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  } else {
    curl.easy_setopt(easy, CURLOPT_POST, 1L);
    curl.easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl.easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  const auto connect_ms = std::min(kConnectTimeout, request.timeout).count();
  curl.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, std::max(1L, static_cast<long>(connect_ms)));
  curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl.easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  if (curl.easy_setopt(easy, kProtocolsText, "http,https") != CURLE_OK)
    curl.easy_setopt(easy, kProtocols, kHttp | kHttps);
  // A name server that does not answer must not hold the end of the program.
  curl.easy_setopt(easy, kQuickExit, 1L);
  curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Answer::OnBody);
  curl.easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
  curl.easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Answer::OnHeader);
  curl.easy_setopt(easy, CURLOPT_HEADERDATA, &answer);
  curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, answer.why.data());
  SetTls(request.tls);
}

void CurlSender::SetTls(const TlsSettings& tls) {
  const CurlLibrary& curl = handles_->curl;
  curl.easy_setopt(handles_->easy, CURLOPT_SSL_VERIFYPEER, tls.insecure_skip_verify ? 0L : 1L);
  curl.easy_setopt(handles_->easy, CURLOPT_SSL_VERIFYHOST, tls.insecure_skip_verify ? 0L : 2L);
  if (tls.ca_file.empty()) return;
  curl.easy_setopt(handles_->easy, CURLOPT_CAINFO, tls.ca_file.c_str());
  // Else the system's folder of certificates would be trusted too.
  curl.easy_setopt(handles_->easy, CURLOPT_CAPATH, static_cast<char*>(nullptr));
}

void CurlSender::Perform(Answer& answer) {
  const CurlLibrary& curl = handles_->curl;
  CURL* easy = handles_->easy;
  CURLMcode fault = curl.multi_add_handle(handles_->multi, easy);
  int running = 1;
  while (fault == CURLM_OK && !is_interrupted_) {
    fault = curl.multi_perform(handles_->multi, &running);
    if (fault != CURLM_OK || running == 0) break;
    fault = curl.multi_poll(handles_->multi, nullptr, 0, kPollMs, nullptr);
  }
  answer.is_interrupted = running != 0 && is_interrupted_;
  if (fault != CURLM_OK || running != 0) answer.code = CURLE_ABORTED_BY_CALLBACK;
  int queued = 0;
  while (const CURLMsg* told = curl.multi_info_read(handles_->multi, &queued))
    if (told->msg == CURLMSG_DONE) answer.code = told->data.result;
  char* redirect = nullptr;
  curl.easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
  curl.easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &answer.sent_bytes);
  curl.easy_getinfo(easy, CURLINFO_RETRY_AFTER, &answer.retry_after);
  curl.easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &answer.microseconds);
  curl.easy_getinfo(easy, CURLINFO_REDIRECT_URL, &redirect);
  if (redirect != nullptr) answer.redirect = redirect;
  curl.multi_remove_handle(handles_->multi, easy);
}

SendResult CurlSender::Judge(const OutgoingRequest& request, Answer& answer) const {
  using Kind = SendResult::Kind;
  if (answer.is_interrupted) return {Kind::kRetry, 0, {}, "interrupted by the end of the program"};
  if (answer.code != CURLE_OK && !answer.is_overlong) {
    const bool is_hopeless = answer.code == CURLE_URL_MALFORMAT || answer.code == CURLE_UNSUPPORTED_PROTOCOL;
    const char* why = answer.why[0] != '\0' ? answer.why.data() : handles_->curl.easy_strerror(answer.code);
    return {is_hopeless ? Kind::kRefused : Kind::kRetry,
            static_cast<int>(answer.status),
            {},
            Scrub(why, request),
            answer.sent_bytes == 0};
  }
  SendResult result;
  result.status = static_cast<int>(answer.status);
  if (answer.status >= 200 && answer.status < 300) {
    result.kind = Kind::kDelivered;
    return result;
  }
  result.kind = IsWorthRetry(answer.status) ? Kind::kRetry : Kind::kRefused;
  result.holds_for_all = answer.status == 429;
  if (answer.retry_after > 0) result.retry_after = std::chrono::seconds(answer.retry_after);
  const std::string said = Scrub(answer.body, request);
  result.error = "HTTP " + std::to_string(answer.status) + (said.empty() ? "" : ": " + said);
  return result;
}

}  // namespace plimsoll::alerting
