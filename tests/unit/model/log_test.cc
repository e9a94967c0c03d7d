#include "model/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "table.h"

namespace plimsoll::log {
namespace {

// Takes what is written to stderr while it lives. The pipe holds 64 KiB at least.
class CapturedStderr {
 public:
  CapturedStderr() : stderr_(::dup(STDERR_FILENO)) {
    EXPECT_EQ(::pipe2(pipe_, O_CLOEXEC | O_NONBLOCK), 0);
    ::dup2(pipe_[1], STDERR_FILENO);
  }
  ~CapturedStderr() {
    ::dup2(stderr_, STDERR_FILENO);
    for (const int fd : {pipe_[0], pipe_[1], stderr_}) ::close(fd);
  }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  std::string Take() {
    std::string text;
    char chunk[4096];
    for (ssize_t n; (n = ::read(pipe_[0], chunk, sizeof chunk)) > 0;)
      text.append(chunk, static_cast<size_t>(n));
    return text;
  }

 private:
  int pipe_[2] = {-1, -1};
  int stderr_;
};

class LogTest : public testing::Test {
 protected:
  void TearDown() override { Configure(Level::kInfo, Format::kLogfmt); }

  // One line without its time, which must be RFC 3339 in UTC with milliseconds.
  static std::string Logged(Format format, std::string_view message,
                            std::initializer_list<Field> fields = {}) {
    Configure(Level::kInfo, format);
    CapturedStderr captured;
    Warn(message, fields);
    const std::string line = captured.Take();
    const std::regex time(R"((ts=|"ts":")\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z("?))");
    EXPECT_TRUE(std::regex_search(line, time)) << line;
    return std::regex_replace(line, time, "$1$2");
  }
  static std::string Logfmt(std::string_view value) {
    const std::string line = Logged(Format::kLogfmt, "m", {{"k", std::string(value)}});
    const std::string head = "ts= level=warn msg=m k=";
    EXPECT_EQ(line.substr(0, head.size()), head);
    EXPECT_TRUE(line.ends_with('\n'));
    return line.substr(head.size(), line.size() - head.size() - 1);
  }
  static std::string Json(std::string_view value) {
    const std::string line = Logged(Format::kJson, "m", {{"k", std::string(value)}});
    const std::string head = R"({"ts":"","level":"warn","msg":"m","k":)";
    EXPECT_EQ(line.substr(0, head.size()), head);
    EXPECT_TRUE(line.ends_with("}\n"));
    return line.substr(head.size(), line.size() - head.size() - 2);
  }
};

TEST_F(LogTest, WritesPlainValuesWithoutQuotes) {
  EXPECT_EQ(Logged(Format::kLogfmt, "ready", {{"address", "127.0.0.1:9797"}, {"count", "3"}}),
            "ts= level=warn msg=ready address=127.0.0.1:9797 count=3\n");
}

TEST_F(LogTest, QuotesLogfmtValuesThatNeedIt) {
  ExpectTable(Logfmt, {{"", R"("")"},
                       {"two words", R"("two words")"},
                       {"a=b", R"("a=b")"},
                       {"say \"hi\"", R"("say \"hi\"")"},
                       {"back\\slash", R"("back\\slash")"},
                       {"tab\there", R"("tab\u0009here")"},
                       {"größe", "größe"}});
}

TEST_F(LogTest, AMessageIsQuotedLikeAnyValue) {
  EXPECT_EQ(Logged(Format::kLogfmt, "engine \"docker\" is gone"),
            "ts= level=warn msg=\"engine \\\"docker\\\" is gone\"\n");
}

TEST_F(LogTest, WritesJsonThatAParserReadsBack) {
  EXPECT_EQ(Logged(Format::kJson, "ready", {{"a", "1"}, {"b", "x y"}}),
            "{\"ts\":\"\",\"level\":\"warn\",\"msg\":\"ready\",\"a\":\"1\",\"b\":\"x y\"}\n");
  ExpectTable(Json, {{"", R"("")"},
                     {"say \"hi\" \\", R"("say \"hi\" \\")"},
                     {"a\nb\r\x01\x7f", R"("a\nb\u000d\u0001\u007f")"}});
}

// A container's name must not be able to forge a line of the log, or a terminal's colours.
TEST_F(LogTest, AHostileValueStaysOnItsLine) {
  for (const Format format : {Format::kLogfmt, Format::kJson}) {
    const std::string line = Logged(format, "x\nlevel=error msg=forged", {{"name", "a\n\x1b[31m\rb"}});
    EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
    EXPECT_EQ(line.find_first_of("\x1b\r"), std::string::npos) << line;
  }
}

TEST_F(LogTest, BytesThatAreNotUtf8NeverReachTheLog) {
  ExpectTable(Json, {{"caf\xe9!", "\"caf\xef\xbf\xbd!\""},
                     {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
                     {"cut \xe2\x82", "\"cut \xef\xbf\xbd\xef\xbf\xbd\""},
                     {"\xf0\x9f\x90\xb3", "\"🐳\""}});
  EXPECT_EQ(Logfmt("caf\xe9"), "caf\xef\xbf\xbd");
}

TEST_F(LogTest, WritesOnlyWhatTheLevelAsksFor) {
  Configure(Level::kWarn, Format::kLogfmt);
  EXPECT_FALSE(Enabled(Level::kInfo));
  EXPECT_TRUE(Enabled(Level::kWarn));
  CapturedStderr captured;
  Debug("no");
  Info("no");
  Warn("one");
  Error("two");
  const std::string text = captured.Take();
  EXPECT_EQ(text.find("msg=no"), std::string::npos);
  EXPECT_THAT(text, testing::HasSubstr("level=warn msg=one\n"));
  EXPECT_THAT(text, testing::HasSubstr("level=error msg=two\n"));

  Configure(Level::kDebug, Format::kLogfmt);
  Debug("yes");
  EXPECT_THAT(captured.Take(), testing::HasSubstr("level=debug msg=yes\n"));
}

TEST_F(LogTest, LinesOfManyThreadsAreNeverMixed) {
  CapturedStderr captured;
  std::vector<std::thread> threads;
  for (char c = 'a'; c < 'e'; ++c)
    threads.emplace_back([c] {
      for (int i = 0; i < 50; ++i) Info(std::string(100, c));
    });
  for (std::thread& thread : threads) thread.join();
  const std::string text = captured.Take();
  const std::regex line("ts=[^ ]+ level=info msg=(a{100}|b{100}|c{100}|d{100})");
  size_t lines = 0, at = 0;
  for (size_t end; (end = text.find('\n', at)) != std::string::npos; at = end + 1, ++lines)
    EXPECT_TRUE(std::regex_match(text.substr(at, end - at), line)) << text.substr(at, end - at);
  EXPECT_EQ(lines, 200U);
}

TEST_F(LogTest, AClosedStderrIsNoCrash) {
  const int saved = ::dup(STDERR_FILENO);
  ::close(STDERR_FILENO);
  Info("into the void");
  ::dup2(saved, STDERR_FILENO);
  ::close(saved);
}

}  // namespace
}  // namespace plimsoll::log
