#include "exporter/runtime/http_response_parser.h"

#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {
namespace {

constexpr size_t kLimit = 1000;

// Feeds `text` in pieces of `piece` bytes, then closes.
Result<std::pair<int, std::string>> Parse(const std::string& text, size_t piece, size_t limit = kLimit) {
  HttpResponseParser parser(limit);
  std::string body;
  for (size_t at = 0; at < text.size(); at += piece) {
    if (auto fed = parser.Feed(std::string_view(text).substr(at, piece)); !fed)
      return tl::unexpected(fed.error());
    body += parser.TakeBody();
  }
  if (auto closed = parser.Close(); !closed) return tl::unexpected(closed.error());
  EXPECT_TRUE(parser.done());
  return std::pair(parser.status(), body);
}

void ExpectAnswer(const std::string& text, int status, const std::string& body) {
  for (size_t piece = 1; piece <= text.size(); ++piece) {
    const auto answer = Parse(text, piece);
    ASSERT_TRUE(answer) << answer.error().message << " in pieces of " << piece;
    EXPECT_EQ(answer->first, status);
    EXPECT_EQ(answer->second, body) << piece;
  }
}

void ExpectRefused(const std::string& text, const std::string& why) {
  for (const size_t piece : {size_t{1}, text.size() + 1}) {
    const auto answer = Parse(text, piece);
    ASSERT_FALSE(answer) << text;
    EXPECT_THAT(answer.error().message, testing::HasSubstr(why)) << text;
  }
}

const std::string kChunked =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: Chunked\r\n\r\n"
    "5\r\nhello\r\nA;x=y\r\n 0123\r\n 89\r\n0\r\nTrailer: x\r\n\r\n";

TEST(HttpResponseParserTest, ReadsEveryKindOfBodyInPiecesOfEverySize) {
  ExpectAnswer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello");
  ExpectAnswer("HTTP/1.1 404 Not Found\r\nX:\t y \r\ncontent-length:0\r\n\r\n", 404, "");
  ExpectAnswer("HTTP/1.0 200\r\n\r\nuntil the end", 200, "until the end");
  ExpectAnswer("HTTP/1.1 204 No Content\r\n\r\n", 204, "");
  ExpectAnswer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "x");
  ExpectAnswer(kChunked, 200, "hello 0123\r\n 89");
}

TEST(HttpResponseParserTest, HalfAnAnswerIsAnError) {
  for (size_t length = 0; length < kChunked.size(); ++length)
    EXPECT_FALSE(Parse(kChunked.substr(0, length), 7)) << length;
  ExpectRefused("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "in the middle");
  ExpectRefused("HTTP/1.1 200 OK\r\n", "without an answer");
}

TEST(HttpResponseParserTest, RefusesWhatIsNotHttp) {
  ExpectRefused("SSH-2.0-OpenSSH\r\n", "not an HTTP answer");
  ExpectRefused("HTTP/2.0 200 OK\r\n\r\n", "not an HTTP answer");
  ExpectRefused("HTTP/1.1 20\r\n\r\n", "not an HTTP answer");
  ExpectRefused("HTTP/1.1 999 x\r\n\r\n", "not an HTTP answer");
  ExpectRefused("HTTP/1.1 2000 x\r\n\r\n", "not an HTTP answer");
  ExpectRefused("HTTP/1.1 101 x\r\n\r\n", "switch protocols");
  ExpectRefused("HTTP/1.1 200 OK\nContent-Length: 0\n\n", "CRLF");
}

TEST(HttpResponseParserTest, RefusesDoubtfulLengths) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  ExpectRefused(ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", "Content-Length");
  ExpectRefused(ok + "Content-Length: -1\r\n\r\n", "Content-Length");
  ExpectRefused(ok + "Content-Length: 0x5\r\n\r\n", "Content-Length");
  ExpectRefused(ok + "Content-Length: 99999999999999999999\r\n\r\n", "Content-Length");
  ExpectRefused(ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "told twice");
  ExpectRefused(ok + "Transfer-Encoding: gzip, chunked\r\n\r\n", "Transfer-Encoding");
  ExpectRefused(ok + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "chunk size");
  ExpectRefused(ok + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", "chunk size");
  ExpectRefused(ok + "Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n", "chunk size");
  ExpectRefused(ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", "longer than it says");
  ExpectRefused(ok + "Content-Length: 1\r\n\r\nab", "after the end");
  ExpectRefused(ok + ": x\r\n\r\n", "no name");
  ExpectRefused(ok + "a b: x\r\n\r\n", "bad name");
}

TEST(HttpResponseParserTest, BoundsEverything) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  EXPECT_FALSE(Parse(ok + "Content-Length: 1001\r\n\r\n" + std::string(1001, 'x'), 4096));
  EXPECT_FALSE(Parse(ok + "\r\n" + std::string(1001, 'x'), 4096));
  EXPECT_TRUE(Parse(ok + "\r\n" + std::string(1001, 'x'), 100));  // taken in between
  ExpectRefused(ok + "X: " + std::string(HttpResponseParser::kMaxLineBytes, 'x'), "too long");
  std::string headers = ok;
  while (headers.size() < HttpResponseParser::kMaxHeaderBytes + 100)
    headers += "X: " + std::string(1000, 'x') + "\r\n";
  EXPECT_THAT(Parse(headers + "\r\n", 4096).error().message, testing::HasSubstr("too long"));
}

TEST(HttpResponseParserTest, OnceBrokenItStaysBroken) {
  HttpResponseParser parser(kLimit);
  EXPECT_FALSE(parser.Feed("nonsense\r\n"));
  EXPECT_FALSE(parser.Feed("HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_FALSE(parser.Close());
}

}  // namespace
}  // namespace plimsoll::runtime
