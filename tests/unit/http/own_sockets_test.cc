#include "exporter/http/own_sockets.h"

#include <gtest/gtest.h>

#include "unit/http/server_fixture.h"

namespace plimsoll::http {
namespace {

using OwnSocketsTest = ServerTest;

std::string AddressOf(const RawClient& client) {
  sockaddr_in own{};
  socklen_t size = sizeof own;
  getsockname(client.fd(), reinterpret_cast<sockaddr*>(&own), &size);
  return "127.0.0.1:" + std::to_string(ntohs(own.sin_port));
}

TEST_F(OwnSocketsTest, FindsConnectionsAndLooksAtEveryDescriptorOnlyForNewOnes) {
  Start(8);  // three connections are no crowd
  RawClient one(port_), two(port_);
  for (RawClient* client : {&one, &two}) ASSERT_EQ(client->Ask(Get("/metrics")).status, 200);
  OwnSockets sockets;
  sockets.SetPorts({port_});
  const auto found = [&](std::vector<std::string> peers) {
    std::vector<std::string> seen;
    sockets.Visit(std::move(peers), [&](const OwnSocket& socket) {
      EXPECT_EQ(PeerOf(socket.fd), socket.peer);
      seen.push_back(socket.peer);
    });
    return seen.size();
  };
  EXPECT_EQ(found({AddressOf(one), AddressOf(two)}), 2u);
  EXPECT_EQ(sockets.scans(), 1);
  EXPECT_EQ(found({AddressOf(two)}), 1u);
  EXPECT_EQ(sockets.scans(), 1);
  RawClient three(port_);
  ASSERT_EQ(three.Ask(Get("/metrics")).status, 200);
  EXPECT_EQ(found({AddressOf(one), AddressOf(three)}), 2u);
  EXPECT_EQ(sockets.scans(), 2);
  EXPECT_EQ(found({"127.0.0.1:1"}), 0u);
}

}  // namespace
}  // namespace plimsoll::http
