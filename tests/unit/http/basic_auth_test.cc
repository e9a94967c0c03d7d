#include "exporter/http/basic_auth.h"

#include <crypt.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <thread>
#include <vector>

namespace plimsoll::http {
namespace {

using Verdict = BasicAuth::Verdict;

constexpr std::string_view kClient = "192.0.2.1";

std::string Base64(std::string_view text) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string encoded;
  for (size_t i = 0; i < text.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j)
      bits = bits << 8 | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0);
    for (size_t j = 0; j < 4; ++j) encoded += i + j > text.size() ? '=' : kDigits[bits >> (18 - 6 * j) & 63];
  }
  return encoded;
}

std::string Header(const std::string& user, const std::string& password) {
  return "Basic " + Base64(user + ":" + password);
}

std::string Bcrypt(const std::string& password, int cost) {
  char setting[] = "$2b$00$abcdefghijklmnopqrstuu";
  setting[4] = static_cast<char>('0' + cost / 10);
  setting[5] = static_cast<char>('0' + cost % 10);
  crypt_data data{};
  return crypt_r(password.c_str(), setting, &data);
}

std::unique_ptr<BasicAuth> WithUsers(std::map<std::string, std::string> users) {
  auto auth = BasicAuth::Make().value();
  auth->SetUsers(std::move(users));
  return auth;
}

TEST(ParseBasicTest, ReadsUserAndPassword) {
  const auto credentials = ParseBasic("Basic YWxpY2U6cGFzczp3b3Jk");
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->user, "alice");
  EXPECT_EQ(credentials->password, "pass:word");
  EXPECT_EQ(ParseBasic("bAsIc   YTpi ")->user, "a");
  EXPECT_EQ(ParseBasic("Basic Og==")->password, "");
  EXPECT_EQ(ParseBasic("Basic YTpiYw")->password, "bc");  // without padding
  for (const char* password : {"", "x", "xy", "xyz", "\xff\xfe"})
    EXPECT_EQ(ParseBasic(Header("u", password))->password, password);
}

TEST(ParseBasicTest, RefusesEverythingElse) {
  for (const char* header :
       {"", "Basic", "Basic ", "Basic  ", "Bearer YTpi", "BasicYTpi", "Basic YTp!", "Basic YTpi YTpi",
        "Basic Y", "Basic YWI=", "Basic YTpi=====x", "Basic =", "Basic ===="})
    EXPECT_FALSE(ParseBasic(header)) << header;
  EXPECT_FALSE(ParseBasic("Basic " + Base64(std::string("a:b\0c", 5))));
}

TEST(BasicAuthTest, EveryoneMayInWithoutUsers) {
  EXPECT_EQ(BasicAuth::Make().value()->Check("", kClient), Verdict::kAllowed);
}

TEST(BasicAuthTest, TellsRightFromWrong) {
  const auto auth = WithUsers({{"alice", Bcrypt("secret", 4)},
                               // Made by htpasswd: another program's idea of bcrypt.
                               {"bob", "$2y$05$Z2Qf8rqzNYr3k9k1yJ4oFeyYw1i5lqHk5hC1l1m0Q0m2Yx8m1bq3S"}});
  EXPECT_EQ(auth->Check(Header("alice", "secret"), kClient), Verdict::kAllowed);
  EXPECT_EQ(auth->Check(Header("alice", "Secret"), kClient), Verdict::kDenied);
  EXPECT_EQ(auth->Check(Header("alice", ""), kClient), Verdict::kDenied);
  EXPECT_EQ(auth->Check(Header("alice", "secret2"), kClient), Verdict::kDenied);
  EXPECT_EQ(auth->Check(Header("bob", "secret"), kClient), Verdict::kDenied);
  EXPECT_EQ(auth->Check(Header("carol", "secret"), kClient), Verdict::kDenied);
  EXPECT_EQ(auth->Check(Header("", ""), kClient), Verdict::kDenied);
  EXPECT_EQ(auth->Check("", kClient), Verdict::kDenied);
  EXPECT_EQ(auth->Check(Header("alice", std::string(5000, 'x')), kClient), Verdict::kDenied);
}

TEST(BasicAuthTest, RemembersRightAndWrongAnswers) {
  const auto auth = WithUsers({{"alice", Bcrypt("secret", 4)}});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(auth->Check(Header("alice", "secret"), kClient), Verdict::kAllowed);
  EXPECT_EQ(auth->bcrypt_runs(), 1);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(auth->Check(Header("alice", "wrong"), kClient), Verdict::kDenied);
  EXPECT_EQ(auth->bcrypt_runs(), 2);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(auth->Check(Header("mallory", "secret"), kClient), Verdict::kDenied);
  EXPECT_EQ(auth->bcrypt_runs(), 3);  // an unknown user costs what a known one does
}

TEST(BasicAuthTest, ManyWrongGuessesDoNotPushOutTheRightAnswer) {
  const auto auth = WithUsers({{"alice", Bcrypt("secret", 4)}});
  EXPECT_EQ(auth->Check(Header("alice", "secret"), kClient), Verdict::kAllowed);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(auth->Check(Header("alice", std::to_string(i)), kClient), Verdict::kDenied);
  EXPECT_EQ(auth->bcrypt_runs(), 101);
  EXPECT_EQ(auth->Check(Header("alice", "secret"), kClient), Verdict::kAllowed);
  EXPECT_EQ(auth->bcrypt_runs(), 101);
  EXPECT_EQ(auth->Check(Header("alice", "0"), kClient), Verdict::kDenied);  // forgotten: memory is bounded
  EXPECT_EQ(auth->bcrypt_runs(), 102);
}

TEST(BasicAuthTest, RememberedUsersPassAtOnceAfterAnyReload) {
  const std::string hash = Bcrypt("secret", 4);
  const auto auth = WithUsers({{"alice", hash}});
  EXPECT_EQ(auth->Check(Header("alice", "secret"), kClient), Verdict::kAllowed);
  auth->SetUsers({{"alice", hash}});
  EXPECT_EQ(auth->Check(Header("alice", "secret"), kClient), Verdict::kAllowed);
  auth->SetUsers({{"alice", hash}, {"bob", Bcrypt("other", 4)}});
  EXPECT_EQ(auth->Check(Header("alice", "secret"), kClient), Verdict::kAllowed);
  EXPECT_EQ(auth->bcrypt_runs(), 1);
}

TEST(BasicAuthTest, WhoIsUnknownIsMeasuredWithOneOfTheUsersHashes) {
  // Always the same for a name, another for another: neither quick nor slow tells who is known.
  const BasicAuth::Users users = {{"quick", "$2b$04$"}, {"slow", "$2b$12$"}};
  const auto auth = BasicAuth::Make().value();
  std::set<std::string> hashes;
  for (int i = 0; i < 64; ++i) {
    const std::string& hash = auth->StandIn(users, "unknown" + std::to_string(i));
    EXPECT_EQ(auth->StandIn(users, "unknown" + std::to_string(i)), hash);
    hashes.insert(hash);
  }
  EXPECT_EQ(hashes.size(), 2u);
}

TEST(BasicAuthTest, NewUsersAreInForceAtOnce) {
  const std::string hash = Bcrypt("secret", 4);
  const auto auth = WithUsers({{"alice", hash}, {"bob", hash}});
  EXPECT_EQ(auth->Check(Header("bob", "secret"), kClient), Verdict::kAllowed);
  auth->SetUsers({{"alice", hash}});
  EXPECT_EQ(auth->Check(Header("bob", "secret"), kClient), Verdict::kDenied);
  EXPECT_EQ(auth->Check(Header("alice", "secret"), kClient), Verdict::kAllowed);
  auth->SetUsers({{"alice", Bcrypt("changed", 4)}});
  EXPECT_EQ(auth->Check(Header("alice", "secret"), kClient), Verdict::kDenied);
  EXPECT_EQ(auth->Check(Header("alice", "changed"), kClient), Verdict::kAllowed);
}

TEST(BasicAuthTest, ACrowdWithOnePasswordCostsOneBcrypt) {
  const auto auth = WithUsers({{"alice", Bcrypt("secret", 8)}});
  std::atomic<int> allowed{0}, busy{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      const Verdict verdict = auth->Check(Header("alice", "secret"), std::to_string(i));
      allowed += verdict == Verdict::kAllowed;
      busy += verdict == Verdict::kBusy;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(auth->bcrypt_runs(), 1);
  EXPECT_GE(allowed, 1);
  EXPECT_EQ(allowed + busy, 8);
}

TEST(BasicAuthTest, AFloodFromOneClientLeavesAPlaceToAnother) {
  const auto auth = WithUsers({{"alice", Bcrypt("secret", 8)}});
  std::atomic<bool> flood{true};
  std::atomic<int> guesses{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&, i] {
      for (int n = 0; flood; ++n, ++guesses)
        auth->Check(Header("alice", std::to_string(i) + "-" + std::to_string(n)), kClient);
    });
  while (guesses < 20) std::this_thread::yield();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(auth->Check(Header("alice", "wrong" + std::to_string(i)), "192.0.2.2"), Verdict::kDenied);
  EXPECT_EQ(auth->Check(Header("alice", "secret"), "192.0.2.2"), Verdict::kAllowed);
  flood = false;
  for (std::thread& thread : threads) thread.join();
}

TEST(BasicAuthTest, WhoWaitsGivesUpWhenTheServerStops) {
  const auto auth = WithUsers({{"alice", Bcrypt("secret", 11)}});
  std::vector<std::thread> threads;
  std::atomic<int> busy{0};
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      busy += auth->Check(Header("alice", std::to_string(i)), std::to_string(i)) == Verdict::kBusy;
    });
  while (auth->bcrypt_runs() == 0) std::this_thread::yield();
  auth->Close();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(auth->bcrypt_runs(), 1);
  EXPECT_EQ(busy, 2);
  EXPECT_EQ(auth->Check(Header("alice", "late"), kClient), Verdict::kBusy);
}

TEST(BasicAuthTest, AFloodOfGuessesIsTurnedAwayWhileKnownUsersPass) {
  const auto auth = WithUsers({{"alice", Bcrypt("secret", 10)}});
  ASSERT_EQ(auth->Check(Header("alice", "secret"), kClient), Verdict::kAllowed);
  std::atomic<bool> flood{true};
  std::atomic<int> busy{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      for (int n = 0; flood; ++n)
        busy += auth->Check(Header("alice", std::to_string(i) + "-" + std::to_string(n)),
                            std::to_string(i)) == Verdict::kBusy;
    });
  while (busy < 20) EXPECT_EQ(auth->Check(Header("alice", "secret"), kClient), Verdict::kAllowed);
  flood = false;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace plimsoll::http
