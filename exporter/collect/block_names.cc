#include "exporter/collect/block_names.h"

#include <dirent.h>

#include <algorithm>
#include <memory>

#include "exporter/collect/file_text.h"
#include "exporter/collect/text.h"

namespace plimsoll::collect {
namespace {

// MAJOR=254
// MINOR=0
// DEVNAME=vda
ShortText<32> DeviceName(std::string_view uevent) {
  ShortText<32> name;
  TextCursor cursor(uevent);
  while (!cursor.done()) {
    const std::string_view line = cursor.Line();
    constexpr std::string_view kKey = "DEVNAME=";
    if (line.substr(0, kKey.size()) == kKey) name.Set("/dev/" + std::string(line.substr(kKey.size())));
  }
  return name;
}

uint64_t BytesOf(const BlockIo& io) { return io.read_bytes.value_or(0) + io.write_bytes.value_or(0); }

}  // namespace

size_t BlockNames::Find(uint32_t major, uint32_t minor) {
  for (size_t i = 0; i < entries_.size(); ++i)
    if (entries_[i].major == major && entries_[i].minor == minor) return i;
  const size_t found = entries_.size();
  Entry& entry = entries_.emplace_back();
  entry.major = major;
  entry.minor = minor;
  entry.stack = found;
  const std::string directory =
      sysfs_ + "/dev/block/" + std::to_string(major) + ":" + std::to_string(minor) + "/";
  if (const auto uevent = ReadSmallFile(directory + "uevent")) entry.name = DeviceName(*uevent);
  FindBelow(found, directory);
  return found;
}

// slaves/sda2 leads to the directory of a partition, which lies in its disk's: I/O is counted for the disk.
void BlockNames::FindBelow(size_t upper, const std::string& directory) {
  const std::string slaves = directory + "slaves/";
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(slaves.c_str()), ::closedir);
  while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) {
    if (entry->d_name[0] == '.') continue;
    const std::string slave = slaves + entry->d_name;
    const auto number = ReadSmallFile(slave + (ReadSmallFile(slave + "/partition") ? "/../dev" : "/dev"));
    if (!number) continue;
    TextCursor cursor(*number);
    uint64_t major, minor;
    if (!cursor.Uint(major) || !cursor.Literal(':') || !cursor.Uint(minor)) continue;
    const size_t lower = Find(static_cast<uint32_t>(major), static_cast<uint32_t>(minor));
    if (lower == upper) continue;
    std::vector<size_t>& below = entries_[upper].below;
    below.push_back(lower);
    below.insert(below.end(), entries_[lower].below.begin(), entries_[lower].below.end());
    const size_t joined = entries_[lower].stack;
    for (Entry& other : entries_)
      if (other.stack == joined) other.stack = entries_[upper].stack;
    has_stacks_ = true;
  }
}

bool BlockNames::LiesOn(size_t upper, size_t lower) const {
  const std::vector<size_t>& below = entries_[upper].below;
  return std::find(below.begin(), below.end(), lower) != below.end();
}

void BlockNames::MarkStacks(std::vector<BlockIo>& devices) {
  if (!has_stacks_) return;
  listed_.clear();
  for (const BlockIo& io : devices) listed_.push_back(Find(io.major, io.minor));
  const auto covered = [this](size_t entry) {
    return std::any_of(listed_.begin(), listed_.end(), [&](size_t other) { return LiesOn(other, entry); });
  };
  const auto covers = [this](size_t entry) {
    return std::any_of(listed_.begin(), listed_.end(), [&](size_t other) { return LiesOn(entry, other); });
  };
  for (size_t i = 0; i < devices.size(); ++i) {
    const bool above = covers(listed_[i]), below = covered(listed_[i]);
    if (!above && !below) continue;  // nothing of its stack is in the list
    uint64_t upper = 0, lower = 0;
    for (size_t j = 0; j < devices.size(); ++j) {
      if (entries_[listed_[j]].stack != entries_[listed_[i]].stack) continue;
      if (!covered(listed_[j])) upper += BytesOf(devices[j]);
      if (!covers(listed_[j])) lower += BytesOf(devices[j]);
    }
    // A volume and its disk that count the same are never quite equal; what is marked shall stay so.
    const bool lower_counts = lower > upper + upper / 8;
    devices[i].counted_elsewhere = (above && below) || (lower_counts ? above : below);
  }
}

void BlockNames::Age() {
  // A device number can be given to another device; ten minutes of a wrong name at worst (at 1 s beats).
  if (++age_ < 600) return;
  age_ = 0;
  entries_.clear();
  has_stacks_ = false;
}

}  // namespace plimsoll::collect
