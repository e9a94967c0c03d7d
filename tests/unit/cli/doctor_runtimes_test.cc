#include "unit/cli/doctor_fixture.h"

namespace plimsoll::cli {
namespace {

TEST_F(Doctor, AnEngineThatAnswersIsNamedWithItsVersion) {
  Expect("docker socket", Level::kOk, "29.0.1 answers");
}

TEST_F(Doctor, ASocketThatMayNotBeOpenedIsAWarning) {
  refused_[host_ / "root/run/docker.sock"] = EACCES;
  Expect("docker socket", Level::kWarn, "Permission denied");
}

TEST_F(Doctor, ASocketThatDoesNotAnswerIsAWarning) {
  answers_.clear();
  Expect("docker socket", Level::kWarn, "does not answer");
  answers_["/version"] = "<html>";
  Expect("docker socket", Level::kWarn, "does not answer");
}

TEST_F(Doctor, ASocketThatWasAskedForMustBeThere) {
  around_.docker_host = "unix://" + (host_ / "elsewhere.sock");
  Expect("docker socket", Level::kFail, "is not there");
}

TEST_F(Doctor, ContainerdsStoreIsTold) {
  EXPECT_EQ(About("docker images").subject, "none");
  answers_["/v1.52/info"] = R"({"DriverStatus":[["driver-type","io.containerd.snapshotter.v1"]]})";
  for (const char* api : {"1.41", "1.43", "1.44", "1.47", "1.51"})
    answers_[std::string("/v") + api + "/info"] = answers_["/v1.52/info"];
  Expect("docker images", Level::kOk, "containerd's store");
}

TEST_F(Doctor, RuntimesFilesThatMayNotBeReadAreAWarning) {
  refused_[host_ / "root/var/lib/docker/containers"] = EACCES;
  Expect("docker files", Level::kWarn, "Permission denied");
}

TEST_F(Doctor, AFolderThatTheConfigurationNamesAndThatIsNotThereIsAWarning) {
  const std::string missing = host_ / "root/var/lib/dokcer";
  order_.config_file = host_ / "plimsoll.yaml";
  Write("plimsoll.yaml", "collector: {docker: {data_root: " + missing + "}}\n");
  Expect("docker files", Level::kWarn,
         "collector.docker.data_root: " + missing + ": No such file or directory");
  EXPECT_THAT(About("docker files").advice, HasSubstr("correct the path"));
  Write("plimsoll.yaml", "collector: {runtimes: [podman], docker: {data_root: " + missing + "}}\n");
  EXPECT_EQ(About("docker files").subject, "none") << "nobody asked for Docker";
  Write("plimsoll.yaml", "collector: {containerd: {state: " + missing + "}}\n");
  Expect("containerd files", Level::kWarn, "collector.containerd.state: " + missing);
}

TEST_F(Doctor, OtherRuntimesAreFoundByTheirFiles) {
  Write("root/run/crio/x", "");
  Write("root/run/k3s/containerd/io.containerd.runtime.v2.task/x", "");
  Write("root/var/lib/containers/storage/x", "");
  Expect("crio files", Level::kOk, "can be read");
  Expect("containerd files", Level::kOk, "k3s");
  Expect("podman files", Level::kOk, "can be read");
}

TEST_F(Doctor, WhatRuncAloneStartedIsARuntimeToo) {
  Remove("root");
  Write("root/run/runc/web/state.json", "{}");
  Expect("oci files", Level::kOk, "run/runc can be read");
  EXPECT_EQ(About("runtimes").subject, "none");
  refused_[host_ / "root/run/runc"] = EACCES;
  Expect("oci files", Level::kWarn, "Permission denied");
}

TEST_F(Doctor, AnEngineThatDoesNotRunIsNotWoken) {
  Write("root/run/systemd/system/x", "");
  around_.ask = [](const std::string& socket, const std::string&) -> Result<runtime::HttpAnswer> {
    ADD_FAILURE() << socket << " was asked";
    return Fail("never");
  };
  Expect("docker socket", Level::kOk, "not running");
}

TEST_F(Doctor, NoRuntimeAtAllIsAWarning) {
  Remove("root");
  Expect("runtimes", Level::kWarn, "no container engine");
}

}  // namespace
}  // namespace plimsoll::cli
