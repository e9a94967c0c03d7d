#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/sample.h"

namespace plimsoll::rollup {

// Numbers of few bytes: seven bits a byte, the lowest first, the top bit says
// that more follow (as in protocol buffers' base 128 varints).
void PutVarint(std::string& out, uint64_t value);

// Takes one off the front. False: cut off, or longer than 64 bits.
bool TakeVarint(std::string_view& in, uint64_t& value);

// A figure or nothing: 0 is "absent", n + 1 is n.
void PutFigure(std::string& out, const Figure& figure);
// At the end of `in` every figure is absent, so that later versions may append some.
bool TakeFigure(std::string_view& in, Figure& figure);

// Small for numbers near 0 on both sides: 0 -1 1 -2 2 become 0 1 2 3 4.
constexpr uint64_t Zigzag(int64_t n) {
  return (static_cast<uint64_t>(n) << 1) ^ static_cast<uint64_t>(n >> 63);
}
constexpr int64_t Unzigzag(uint64_t n) { return static_cast<int64_t>(n >> 1) ^ -static_cast<int64_t>(n & 1); }

// Bytes that are whole pages of 4 KiB, as the kernel's memory figures are, take
// twelve bits less; any other number takes one more. Below 2^63.
constexpr uint64_t FoldPages(uint64_t bytes) {
  return bytes % 4096 == 0 ? bytes / 4096 << 1 : bytes << 1 | 1;
}
constexpr uint64_t UnfoldPages(uint64_t folded) { return folded & 1 ? folded >> 1 : (folded >> 1) * 4096; }

}  // namespace plimsoll::rollup
