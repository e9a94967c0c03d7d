#include "exporter/http/basic_auth.h"

#include <crypt.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <iterator>

#include "exporter/http/request.h"

namespace plimsoll::http {
namespace {

constexpr size_t kMaxRemembered = 64;
constexpr size_t kMaxCredentialBytes = 256;  // crypt(3) takes 511 for everything that is hashed together
constexpr size_t kMaxQueue = 3;              // one that runs and two that wait
constexpr std::string_view kCryptAlphabet =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  while (text.size() % 4 != 1 && !text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int digit = Base64Digit(c);
    if (digit < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count >= 8) bytes += static_cast<char>(bits >> (count -= 8) & 0xff);
  }
  if (text.size() % 4 == 1) return std::nullopt;
  return bytes;
}

// Takes as long for strings that differ early as for those that differ late.
bool EqualInConstantTime(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

// crypt(3) of `phrase`; "" when the setting is not understood. On the heap: 32 KiB.
std::string Crypt(const std::string& phrase, const std::string& setting) {
  const auto data = std::make_unique<crypt_data>();
  const char* hash = crypt_r(phrase.c_str(), setting.c_str(), data.get());
  return hash && hash[0] != '*' ? hash : "";
}

// A client's place in the queue, given back whatever ends the wait.
class Place {
 public:
  // `lock` guards the queue; held here and at the end of the wait.
  Place(std::list<std::string>& queue, std::string_view client, std::condition_variable& turn,
        std::unique_lock<std::mutex>& lock)
      : queue_(queue), turn_(turn), lock_(lock), at_(queue.emplace(queue.end(), client)) {}
  ~Place() {
    if (!lock_.owns_lock()) lock_.lock();
    queue_.erase(at_);
    turn_.notify_all();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool IsFirst() const { return at_ == queue_.begin(); }

 private:
  std::list<std::string>& queue_;
  std::condition_variable& turn_;
  std::unique_lock<std::mutex>& lock_;
  const std::list<std::string>::iterator at_;
};

}  // namespace

std::optional<Credentials> ParseBasic(std::string_view header) {
  constexpr std::string_view kScheme = "Basic ";
  if (header.size() <= kScheme.size() || !EqualsIgnoringCase(header.substr(0, kScheme.size()), kScheme))
    return std::nullopt;
  header.remove_prefix(kScheme.size());
  while (!header.empty() && header.front() == ' ') header.remove_prefix(1);
  while (!header.empty() && header.back() == ' ') header.remove_suffix(1);
  const auto pair = DecodeBase64(header);
  if (!pair || pair->find('\0') != std::string::npos) return std::nullopt;
  const size_t colon = pair->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{pair->substr(0, colon), pair->substr(colon + 1)};
}

Result<std::unique_ptr<BasicAuth>> BasicAuth::Make() {
  std::array<unsigned char, 16> random;
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    return tl::unexpected(ErrnoError("getrandom"));
  std::string salt = "$5$rounds=1000$";
  for (const unsigned char byte : random) salt += kCryptAlphabet[byte & 63];
  return std::unique_ptr<BasicAuth>(new BasicAuth(salt + "$"));
}

void BasicAuth::SetUsers(std::map<std::string, std::string> users) {
  auto fresh = std::make_shared<const Users>(std::make_move_iterator(users.begin()),
                                             std::make_move_iterator(users.end()));
  const std::lock_guard lock(mutex_);
  users_ = std::move(fresh);
}

void BasicAuth::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  turn_.notify_all();
}

// Some known user's hash. Always the same for a name, and which one nobody outside can tell: were it
// one hash for all unknown names, a user whose hash costs more or less would stand out.
const std::string& BasicAuth::StandIn(const Users& users, const std::string& unknown) const {
  const size_t index = std::hash<std::string>()(salt_ + unknown) % users.size();
  return std::next(users.begin(), static_cast<std::ptrdiff_t>(index))->second;
}

BasicAuth::Verdict BasicAuth::Check(std::string_view authorization_header, std::string_view client) {
  std::shared_ptr<const Users> users;
  {
    const std::lock_guard lock(mutex_);
    users = users_;
  }
  if (users->empty()) return Verdict::kAllowed;
  const auto credentials = ParseBasic(authorization_header);
  if (!credentials || credentials->user.size() + credentials->password.size() > kMaxCredentialBytes)
    return Verdict::kDenied;
  const auto found = users->find(credentials->user);
  const bool known = found != users->end();
  const std::string& hash = known ? found->second : StandIn(*users, credentials->user);
  // A user name holds no colon, the hash has one length: no two questions give the same phrase.
  const std::string digest =
      Crypt((known ? "k" : "u") + credentials->user + ":" + credentials->password + hash, salt_);
  if (digest.empty()) return Verdict::kDenied;
  return WaitAndRun(*credentials, client, hash, known, digest);
}

BasicAuth::Verdict BasicAuth::WaitAndRun(const Credentials& credentials, std::string_view client,
                                         const std::string& hash, bool known, const std::string& digest) {
  std::unique_lock lock(mutex_);
  if (const auto remembered = Remembered(digest)) return *remembered;
  if (queue_.size() >= kMaxQueue || std::find(queue_.begin(), queue_.end(), client) != queue_.end())
    return Verdict::kBusy;
  const Place place(queue_, client, turn_, lock);
  turn_.wait(lock, [&] { return closed_ || place.IsFirst(); });
  if (closed_) return Verdict::kBusy;
  // Several scrapes with a new password may have queued: the first one's answer serves all.
  if (const auto remembered = Remembered(digest)) return *remembered;
  lock.unlock();
  ++bcrypt_runs_;
  const bool equal = EqualInConstantTime(Crypt(credentials.password, hash), hash);
  const bool allowed = equal && known;
  lock.lock();
  (allowed ? right_ : wrong_).Add(digest);
  return allowed ? Verdict::kAllowed : Verdict::kDenied;
}

std::optional<BasicAuth::Verdict> BasicAuth::Remembered(const std::string& digest) const {
  if (right_.Holds(digest)) return Verdict::kAllowed;
  if (wrong_.Holds(digest)) return Verdict::kDenied;
  return std::nullopt;
}

bool BasicAuth::Memory::Holds(const std::string& digest) const {
  bool found = false;
  for (const std::string& one : digests) found |= EqualInConstantTime(one, digest);
  return found;
}

void BasicAuth::Memory::Add(const std::string& digest) {
  digests.push_back(digest);
  if (digests.size() > kMaxRemembered) digests.pop_front();
}

}  // namespace plimsoll::http
