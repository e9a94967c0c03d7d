# shellcheck shell=bash

# Packages as "NAME[|ALTERNATIVE...][?PROGRAM]  reason". Of alternatives the first
# one that this distribution has is taken. Where PROGRAM is on the PATH, whoever
# brought it, nothing is installed: Docker's own docker-ce and Debian's docker.io,
# for one, exclude each other.
build_packages=(
  "g++                      compiles C++20"
  "cmake                    describes the build"
  "ninja-build              runs the build"
  "pkg-config|pkgconf       finds ISA-L"
  "prometheus-cpp-dev       the exporter's metrics about itself"
  "libcivetweb-dev          HTTP server"
  "libyaml-cpp-dev          reads the configuration"
  "nlohmann-json3-dev       reads what runtimes write"
  "libcli11-dev             command line"
  "libexpected-dev          results that may be errors"
  "zlib1g-dev               gzip where ISA-L is missing; needed by prometheus-cpp"
  "libssl-dev               TLS"
  "libcrypt-dev             passwords of --web.config.file"
  "libsqlite3-dev           the history's file"
  "libsqlitecpp-dev         the same, from C++"
  "libcurl4-openssl-dev     sends notifications; opened at run time"
  "libkainjow-mustache-dev  templates of notifications"
  "libjs-dygraphs           charts of the web page; compiled in"
)
# What an architecture may lack. Without it zlib compresses, at eight times the cost.
rare_build_packages=(
  "libisal-dev              gzip"
)
test_packages=(
  "libgtest-dev             unit tests"
  "libgmock-dev             unit tests"
  "libbenchmark-dev         benchmarks"
  "python3                  integration tests and lint"
  "docker.io?dockerd        real engine to test against"
  "containerd?containerd    real engine to test against"
  "runc?runc                real runtime to test against"
  "crun?crun                real runtime to test against"
  "podman?podman            real engine to test against"
  "conmon?conmon            Podman's container monitor"
  "netavark|containernetworking-plugins  Podman's networks"
  "debootstrap              fetches the engines of a newer release, which are tested as well"
  "ubuntu-archive-keyring|ubuntu-keyring|debian-archive-keyring  checks the signature of what it fetches"
  "gpgv                     the same"
  "busybox-static           what runs in the test containers"
  "iptables                 the engines' networks"
  "iproute2                 network namespaces"
  "qemu-system-x86?qemu-system-x86_64    guests with cgroup v2 and with systemd"
  "virtiofsd|qemu-system-common  shares files with the guests"
  "cpio                     the guests' first file system"
  "kmod                     the guests' kernel modules"
  "systemd                  PID 1 of a guest"
  "systemd-container        nspawn containers in a guest"
  "lxc?lxc-start            containers that no engine speaks for"
  "dbus                     systemd in a guest"
  "prometheus?prometheus    real scraper; promtool"
  "prometheus-alertmanager?prometheus-alertmanager  real receiver; amtool"
  "debian-archive-keyring   vouches for the cAdvisor to compare with, which Debian 11 packages"
  "openssl                  certificates for the TLS tests"
  "curl                     an HTTP client that is not ours"
  "nodejs?node              drives the browser"
  "npm?npm                  brings playwright-core, which drives the browser"
  "clang                    fuzz targets"
  "libclang-rt-dev|libclang-rt-14-dev|libclang-rt-18-dev|libclang-common-14-dev  fuzz targets"
  "clang-format             one style"
  "dpkg-dev?dpkg-shlibdeps  the package under test"
  "file?file                the same; cpack asks it what is a program"
  "docker-compose|docker-compose-v2?docker-compose  the compose stack under test"
  "python3-distutils|python3-setuptools  docker-compose 1.29 imports distutils; Ubuntu 24.04's forgets to ask for it"
  "groff-base?groff         the manual under test"
)
# What a distribution may lack: Ubuntu has Chromium as a snap alone. Without it, or any other
# "chromium" on the PATH, its test is skipped, and with CI=true a skipped test fails.
rare_test_packages=(
  "chromium?chromium        the web page in a real browser"
)
package_packages=(
  "dpkg-dev?dpkg-shlibdeps  which libraries the package needs"
  "file?file                tells cpack what is a program"
)
coverage_packages=(
  "gcovr                    tells which lines the unit tests ran"
)
kernel_packages=(
  "linux-image-cloud-$(dpkg --print-architecture 2>/dev/null || echo amd64)|linux-image-virtual|linux-image-generic  kernel for the guests; never booted here"
)
