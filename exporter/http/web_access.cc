#include "exporter/http/web_access.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>

#include "model/log.h"

namespace plimsoll::http {
namespace {

std::string StampOf(const std::string& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) return "-";
  return std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino) + ":" +
         std::to_string(info.st_size) + ":" + std::to_string(info.st_mtim.tv_sec) + "." +
         std::to_string(info.st_mtim.tv_nsec);
}

// Without the line break at the end: the text goes into an error.
std::string FaultLines(const std::string& file, const std::vector<ConfigFault>& faults) {
  std::string lines = FormatFaults(file, faults);
  if (!lines.empty() && lines.back() == '\n') lines.pop_back();
  return lines;
}

constexpr int kMostQuickCost = 13;  // some half a second; each step doubles it

void WarnOfCostlyHashes(const std::map<std::string, std::string>& users) {
  int most = 0;
  for (const auto& [user, hash] : users) most = std::max(most, BcryptCost(hash));
  if (most > kMostQuickCost)
    log::Warn(
        "a bcrypt hash in basic_auth_users is costly: the first request with a password takes seconds, and "
        "a stop waits for the check under way; a cost of 10 is enough",
        {{"cost", std::to_string(most)}});
}

}  // namespace

Result<std::unique_ptr<WebAccess>> WebAccess::Open(const std::string& file) {
  std::unique_ptr<WebAccess> access(new WebAccess(file));
  auto auth = BasicAuth::Make();
  if (!auth) return tl::unexpected(auth.error());
  access->auth_ = std::move(*auth);
  if (const auto taken = access->TakeAll(); !taken) return tl::unexpected(taken.error());
  access->open_ = true;
  return access;
}

std::string WebAccess::Stamp() const {
  std::string stamp = StampOf(file_);
  for (const std::string& file : watched_) stamp += " " + StampOf(file);
  return stamp;
}

Result<void> WebAccess::TakeAll() {
  constexpr int kRounds = 3;
  Result<void> taken;
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<std::string> watched = watched_;
    stamp_ = Stamp();
    taken = Take();
    // Files that it names for the first time were read before they were
    // stamped: once more, or a change in between would never be seen.
    if (watched_ == watched) break;
  }
  return taken;
}

Result<void> WebAccess::Take() {
  LoadedWebConfig loaded = LoadWebConfigFile(file_);
  watched_ = loaded.config.files;
  if (!loaded.faults.empty()) return Fail(FaultLines(file_, loaded.faults));
  if (const auto taken = TakeTls(loaded.config.tls); !taken) return taken;
  has_users_ = !loaded.config.users.empty();
  WarnOfCostlyHashes(loaded.config.users);
  auth_->SetUsers(std::move(loaded.config.users));
  limiter_.Set(loaded.config.rate_limit);
  auto headers = std::make_shared<const HeaderList>(std::move(loaded.config.headers));
  const std::lock_guard lock(mutex_);
  headers_ = std::move(headers);
  return {};
}

Result<void> WebAccess::TakeTls(const std::optional<TlsSettings>& settings) {
  if (open_ && settings.has_value() != (tls_ != nullptr))
    return Fail(file_ + ": TLS cannot be switched on or off while the server runs: restart it");
  if (!settings) return {};
  if (!tls_) {
    auto tls = Tls::Load();
    if (!tls) return tl::unexpected(tls.error().In(file_));
    tls_ = std::move(*tls);
  }
  if (const auto used = tls_->Use(*settings); !used) {
    const TlsFault& fault = used.error();
    const Pem* part = fault.part;
    const std::string source =
        part ? (part->file.empty() ? "this text" : part->file) + ": " : "tls_server_config: ";
    return Fail(
        FaultLines(file_, {{part ? part->line : 0, part ? part->column : 0, source + fault.message}}));
  }
  return {};
}

bool WebAccess::Refresh() {
  if (Stamp() == stamp_) return false;
  const auto taken = TakeAll();
  if (taken) {
    log::Info("web configuration reloaded", {{"file", file_}});
  } else {
    log::Error("new web configuration refused; previous one stays active",
               {{"faults", taken.error().message}});
  }
  const std::lock_guard lock(mutex_);
  fault_ = taken ? std::string() : taken.error().message;
  return true;
}

std::string WebAccess::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

std::optional<Response> WebAccess::Refuse(const Request& request) {
  if (const auto delay = limiter_.Delay()) {
    Response response =
        ErrorResponse(429, "TOO_MANY_REQUESTS", "the rate_limit of this server is reached: ask later");
    response.headers.emplace_back("Retry-After",
                                  std::to_string(std::chrono::ceil<std::chrono::seconds>(*delay).count()));
    return response;
  }
  const std::string client = request.remote.substr(0, request.remote.rfind(':'));
  switch (auth_->Check(request.Header("Authorization"), client)) {
    case BasicAuth::Verdict::kAllowed:
      return std::nullopt;
    case BasicAuth::Verdict::kBusy: {
      Response response = ErrorResponse(503, "AUTHENTICATION_BUSY",
                                        "too many new passwords are being checked: ask again in a second");
      response.headers.emplace_back("Retry-After", "1");
      return response;
    }
    case BasicAuth::Verdict::kDenied:
      break;
  }
  Response response =
      ErrorResponse(401, "UNAUTHORIZED", "give a user name and password of this server (basic auth)");
  response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"plimsoll\"");
  return response;
}

std::shared_ptr<const HeaderList> WebAccess::headers() const {
  const std::lock_guard lock(mutex_);
  return headers_;
}

}  // namespace plimsoll::http
