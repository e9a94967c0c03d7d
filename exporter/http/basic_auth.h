#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <list>
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
// requests may wait for it, no two of one client; beyond that the answer is
// kBusy, so that a flood of guesses takes neither all cores nor all workers, and
// leaves a place to other clients. An unknown user costs what a known one does.
class BasicAuth {
 public:
  enum class Verdict { kAllowed, kDenied, kBusy };
  using Users = std::map<std::string, std::string, std::less<>>;  // names to bcrypt hashes

  // Fails when the kernel gives no random salt.
  static Result<std::unique_ptr<BasicAuth>> Make();

  // User names to bcrypt hashes; empty: everyone is allowed. What is remembered stays true: it is bound to
  // the hash.
  void SetUsers(std::map<std::string, std::string> users);
  // `client`: its address, without the port.
  Verdict Check(std::string_view authorization_header, std::string_view client);
  // From now on nobody waits: a password that is not remembered is kBusy.
  void Close();

  // The hash of `users` that a name which is none of them is measured with.
  const std::string& StandIn(const Users& users, const std::string& unknown) const;

  // How often bcrypt itself had to run.
  int bcrypt_runs() const { return bcrypt_runs_; }

 private:
  struct Memory {
    std::deque<std::string> digests;  // oldest first
    bool Holds(const std::string& digest) const;
    void Add(const std::string& digest);
  };
  explicit BasicAuth(std::string salt) : salt_(std::move(salt)) {}
  std::optional<Verdict> Remembered(const std::string& digest) const;  // with mutex_ held
  Verdict WaitAndRun(const Credentials& credentials, std::string_view client, const std::string& hash,
                     bool known, const std::string& digest);

  const std::string salt_;  // a crypt(3) setting
  std::mutex mutex_;        // guards what follows; never held while hashing
  std::shared_ptr<const Users> users_ = std::make_shared<const Users>();
  Memory right_, wrong_;
  std::list<std::string> queue_;  // clients; the first one's bcrypt runs
  std::condition_variable turn_;
  bool closed_ = false;
  std::atomic<int> bcrypt_runs_{0};
};

}  // namespace plimsoll::http
