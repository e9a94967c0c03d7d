#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "model/result.h"

namespace plimsoll::http {

struct Credentials {
  std::string user, password;
};

// Parses the value of an Authorization header: "Basic " and base64 of
// "user:password". Nothing for any other scheme, bad base64, no colon or a
// zero byte (where bcrypt would stop comparing).
std::optional<Credentials> ParseBasic(std::string_view header);

// Checks passwords against bcrypt hashes without spending a core on it. Thread-safe.
//
// An answer is remembered under a slow salted hash of user, password and bcrypt
// hash, never the password itself; the salt is this process's own. At most 64
// right and 64 wrong ones are kept. One bcrypt runs at a time and two more
// requests may wait for it; beyond that the answer is kBusy, so that a flood of
// guesses takes neither all cores nor all workers. An unknown user costs what a
// known one does.
class BasicAuth {
 public:
  enum class Verdict { kAllowed, kDenied, kBusy };

  // Fails when the kernel gives no random salt.
  static Result<std::unique_ptr<BasicAuth>> Make();

  // User names to bcrypt hashes; empty: everyone is allowed.
  void SetUsers(std::map<std::string, std::string> users);
  Verdict Check(std::string_view authorization_header);

  // How often bcrypt itself had to run.
  int bcrypt_runs() const { return bcrypt_runs_; }

 private:
  using Users = std::map<std::string, std::string, std::less<>>;
  struct Memory {
    std::deque<std::string> digests;  // oldest first
    bool Holds(const std::string& digest) const;
    void Add(const std::string& digest);
  };
  explicit BasicAuth(std::string salt) : salt_(std::move(salt)) {}
  std::optional<bool> Remembered(const std::string& digest);
  Verdict RunBcrypt(const Credentials& credentials, const std::string& hash, bool known,
                    const std::string& digest);

  const std::string salt_;  // a crypt(3) setting
  std::mutex mutex_;        // guards the next three; never held while hashing
  std::shared_ptr<const Users> users_ = std::make_shared<const Users>();
  Memory right_, wrong_;
  std::mutex bcrypt_mutex_;
  std::atomic<int> bcrypt_queue_{0};
  std::atomic<int> bcrypt_runs_{0};
};

}  // namespace plimsoll::http
