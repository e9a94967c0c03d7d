#include "exporter/body/gzip.h"

#include <gtest/gtest.h>

#include <random>

#include "gunzip.h"

namespace plimsoll::body {
namespace {

std::unique_ptr<GzipStream> Quickest() { return std::make_unique<GzipStream>(); }
std::unique_ptr<GzipStream> Zlib() { return std::make_unique<GzipStream>(MakeZlibCompressor()); }

// What this system compresses with, and what a system without that library does.
using GzipTest = testing::TestWithParam<std::unique_ptr<GzipStream> (*)()>;
INSTANTIATE_TEST_SUITE_P(BothLibraries, GzipTest, testing::Values(&Quickest, &Zlib));

std::string Scrape(size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i)
    text += "container_cpu_usage_seconds_total{name=\"web-" + std::to_string(i % 700) + "\"} 1\n";
  text.resize(size);
  return text;
}

TEST_P(GzipTest, GivesTheSameTextBack) {
  std::minstd_rand random(1);
  for (const size_t size : {0, 1, 1000, 65535, 65536, 65537, 2'000'000}) {
    std::string noise(size, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    for (const std::string& text : {noise, Scrape(size), std::string(size, 'x')})
      EXPECT_EQ(Gunzip(GetParam()()->Finish(text)), text) << size;
  }
}

TEST_P(GzipTest, PiecesOfAnySizeMakeOneMember) {
  std::minstd_rand random(2);
  const std::string text = Scrape(3'000'000);
  for (const size_t most : {100, 5000, 65536, 400'000}) {
    const auto gzip = GetParam()();
    std::string_view rest = text;
    while (rest.size() > most) {
      const size_t piece = random() % (most + 1);
      gzip->Add(rest.substr(0, piece));
      rest.remove_prefix(piece);
    }
    EXPECT_EQ(Gunzip(gzip->Finish(rest)), text) << most;
  }
}

TEST_P(GzipTest, MakesAScrapeSmall) {
  const std::string text = Scrape(1'000'000);
  const auto gzip = GetParam()();
  for (size_t at = 0; at < text.size(); at += 65536) gzip->Add(std::string_view(text).substr(at, 65536));
  EXPECT_LT(gzip->Finish("").size(), text.size() / 10);
}

}  // namespace
}  // namespace plimsoll::body
