#include <gtest/gtest.h>

#include <random>
#include <string>

#include "exporter/exposition/exposition.h"

namespace plimsoll::exposition {
namespace {

bool Open(std::string_view accept) { return Negotiate(accept, "").format == Format::kOpenMetrics; }
bool Gzipped(std::string_view accept_encoding) { return Negotiate("", accept_encoding).gzip; }

TEST(NegotiateTest, TextWhenNothingIsAsked) {
  EXPECT_FALSE(Open(""));
  EXPECT_FALSE(Open("*/*"));
  EXPECT_FALSE(Open("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
  EXPECT_FALSE(Open("image/png"));
  EXPECT_FALSE(Open("application/*"));
}

TEST(NegotiateTest, WhatPrometheusServersSend) {
  // 2.42
  EXPECT_TRUE(
      Open("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
           "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"));
  // 2.5 to 2.34 know only the draft
  EXPECT_FALSE(Open("application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"));
  // 3.x
  EXPECT_TRUE(
      Open("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
           "application/openmetrics-text;version=0.0.1;q=0.5,"
           "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"));
  // 2.x and 3.x with native histograms put protobuf first
  EXPECT_TRUE(
      Open("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
           "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"));
  // scrape_protocols: [PrometheusText0.0.4]
  EXPECT_FALSE(Open("text/plain;version=0.0.4;q=0.5,*/*;q=0.4"));
}

TEST(NegotiateTest, WeightsDecide) {
  EXPECT_FALSE(Open("application/openmetrics-text;q=0.4,text/plain;q=0.5"));
  EXPECT_TRUE(Open("text/plain;q=0.4,application/openmetrics-text;q=0.5"));
  EXPECT_TRUE(Open("text/plain,application/openmetrics-text"));
  EXPECT_FALSE(Open("application/openmetrics-text;q=0"));
  EXPECT_FALSE(Open("application/openmetrics-text;q=0.000,*/*"));
  EXPECT_FALSE(Open("application/openmetrics-text;q=0.5,text/*;q=0.6"));
  EXPECT_FALSE(Open("application/openmetrics-text;q=0.5,*/*"));
  EXPECT_TRUE(Open("application/openmetrics-text;q=0.5,text/plain;q=0.1,text/*;q=0.9,*/*"))
      << "the nearest range counts";
}

TEST(NegotiateTest, ParametersAndSpelling) {
  EXPECT_TRUE(Open("Application/OpenMetrics-Text ; Version=1.0.0 ; Q=1"));
  EXPECT_TRUE(Open("\tapplication/openmetrics-text;version=\"1.0.0\";charset=utf-8 , text/plain;q=0.5"));
  EXPECT_FALSE(Open("application/openmetrics-text;version=2.0.0"));
  EXPECT_FALSE(Open("application/openmetrics-text-not"));
  EXPECT_TRUE(Open("text/x;p=\"a,b;q=0\",application/openmetrics-text")) << "quotes hide separators";
  EXPECT_TRUE(Open(",,  ,application/openmetrics-text,"));
}

TEST(NegotiateTest, MalformedWeightsAcceptNothing) {
  for (const char* weight : {"banana", "2", "-1", "nan", "inf", "", "0.5x", "1e0"}) {
    EXPECT_FALSE(Open(std::string("application/openmetrics-text;q=") + weight)) << weight;
    EXPECT_FALSE(Gzipped(std::string("gzip;q=") + weight)) << weight;
  }
}

TEST(NegotiateTest, Gzip) {
  EXPECT_FALSE(Gzipped(""));
  EXPECT_TRUE(Gzipped("gzip"));
  EXPECT_TRUE(Gzipped("GZIP"));
  EXPECT_TRUE(Gzipped("x-gzip"));
  EXPECT_TRUE(Gzipped("deflate, gzip;q=0.5, br"));
  EXPECT_TRUE(Gzipped("*"));
  EXPECT_FALSE(Gzipped("*;q=0"));
  EXPECT_FALSE(Gzipped("gzip;q=0"));
  EXPECT_FALSE(Gzipped("gzip; q=0.0, *"));
  EXPECT_FALSE(Gzipped("identity"));
  EXPECT_FALSE(Gzipped("identity, gzip;q=0.5"));
  EXPECT_TRUE(Gzipped("identity;q=0.5, gzip"));
  EXPECT_TRUE(Gzipped("identity;q=0, *;q=0.1"));
  EXPECT_FALSE(Gzipped("br, deflate"));
  EXPECT_FALSE(Gzipped("gzipped"));
}

TEST(NegotiateTest, AnyBytesAreTaken) {
  std::mt19937 random(3);
  const std::string_view alphabet = "application/openmetrics-text;q=01.,*\"\\ \t\n";
  for (int i = 0; i < 50'000; ++i) {
    std::string header(random() % 64, ' ');
    for (char& c : header)
      c = random() % 4 ? alphabet[random() % alphabet.size()] : static_cast<char>(random());
    Negotiate(header, header);
  }
  Negotiate(std::string(1 << 20, '"'), std::string(1 << 20, ','));
}

TEST(NegotiateTest, ContentTypesNameTheirVersion) {
  EXPECT_STREQ(ContentType(Format::kText), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_STREQ(ContentType(Format::kOpenMetrics),
               "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

}  // namespace
}  // namespace plimsoll::exposition
