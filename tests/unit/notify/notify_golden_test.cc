#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "golden.h"
#include "unit/notify/notify_fixture.h"

namespace plimsoll::alerting::testing {
namespace {

using ::testing::Combine;
using ::testing::Values;
using ::testing::ValuesIn;

Message MessageNamed(const std::string& kind) {
  if (kind == "fired") return MessageOf({Fired()});
  if (kind == "repeated") return MessageOf({Repeated()});
  if (kind == "resolved") return MessageOf({Resolved()});
  return GroupedMessage();
}

// The requests as a person can read them.
std::string Readable(const std::vector<OutgoingRequest>& requests) {
  std::string text;
  for (const OutgoingRequest& request : requests) {
    text += request.method + " " + request.url.Reveal() + "\n";
    for (const auto& [name, value] : request.headers)
      if (name != "User-Agent") text += name + ": " + value.Reveal() + "\n";
    text += "\n" + nlohmann::ordered_json::parse(request.body).dump(2) + "\n\n";
  }
  text.pop_back();
  return text;
}

class GoldenNotification : public ::testing::TestWithParam<std::tuple<ReceiverType, const char*>> {};

TEST_P(GoldenNotification, EqualsTheFile) {
  const auto& [type, kind] = GetParam();
  const auto requests = Compose(ReceiverOf(type), MessageNamed(kind), Repeated().at);
  ASSERT_TRUE(requests) << requests.error().message;
  ExpectGolden(std::string("tests/golden/notify/") + ReceiverTypeName(type) + "_" + kind + ".txt",
               Readable(*requests));
}

INSTANTIATE_TEST_SUITE_P(EveryReceiver, GoldenNotification,
                         Combine(ValuesIn(kReceiverTypes),
                                 Values("fired", "repeated", "resolved", "grouped")),
                         [](const auto& each) {
                           return std::string(ReceiverTypeName(std::get<0>(each.param))) + "_" +
                                  std::get<1>(each.param);
                         });

}  // namespace
}  // namespace plimsoll::alerting::testing
