#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "exporter/collect/census.h"
#include "exporter/collect/host.h"
#include "unit/collect/fake_host.h"

namespace plimsoll::collect {

inline const std::string kId(64, 'a');
inline const std::string kCgroup = "/docker/" + kId;

// A census of a host that a test writes.
class CensusTest : public ::testing::Test {
 protected:
  // Of the host as it is by now.
  void Begin() {
    directory_.emplace(config_, host_.paths(), clock_);
    auto trees = FindHierarchies(host_.paths().sysfs);
    ASSERT_TRUE(trees) << trees.error().message;
    census_.emplace(config_, host_.paths(), *trees, *directory_, clock_, [](int, uint64_t) {});
  }

  void Container(const std::string& id, const std::string& name, const FakeHost::Files& files) {
    host_.DockerContainer(id, name, R"("Running":true,"ExitCode":0)");
    host_.Cgroup("/docker/" + id, files);
  }

  std::shared_ptr<const ContainerSet> Beat() {
    census_->TakeTreeEvents();
    HostSample host;
    reader_.Read(host);
    return census_->Read(host, {}, 0);
  }

  static const ContainerSample* Find(const ContainerSet& set, const std::string& cgroup = kCgroup) {
    for (const ContainerSample& sample : set.containers)
      if (sample.who->cgroup == cgroup) return &sample;
    return nullptr;
  }
  static std::vector<std::string> Events(const ContainerSet& set) {
    std::vector<std::string> names;
    for (const ContainerEvent& event : set.events)
      names.push_back(std::string(EventName(event.kind)) + " " + event.who->name);
    return names;
  }

  FakeHost host_;
  HostReader reader_{host_.paths()};
  ManualClock clock_;
  CollectorConfig config_;
  std::optional<runtime::Directory> directory_;
  std::optional<Census> census_;
};

}  // namespace plimsoll::collect
