#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

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

class GoldenNotification : public ::testing::TestWithParam<std::tuple<ReceiverType, const char*>> {
 protected:
  std::string Path() const {
    return std::string(PLIMSOLL_SOURCE_DIR) + "/tests/golden/notify/" +
           ReceiverTypeName(std::get<0>(GetParam())) + "_" + std::get<1>(GetParam()) + ".txt";
  }
};

// PLIMSOLL_UPDATE_GOLDEN=1 writes the files anew: look at the difference before you commit it.
TEST_P(GoldenNotification, EqualsTheFile) {
  const auto requests =
      Compose(ReceiverOf(std::get<0>(GetParam())), MessageNamed(std::get<1>(GetParam())), At(kNow));
  ASSERT_TRUE(requests) << requests.error().message;
  const std::string readable = Readable(*requests);
  if (const char* update = std::getenv("PLIMSOLL_UPDATE_GOLDEN"); update != nullptr && *update == '1')
    std::ofstream(Path(), std::ios::binary) << readable;
  std::ifstream in(Path(), std::ios::binary);
  std::stringstream golden;
  golden << in.rdbuf();
  EXPECT_EQ(readable, golden.str()) << "PLIMSOLL_UPDATE_GOLDEN=1 refreshes " << Path();
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
