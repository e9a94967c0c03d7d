#include "rollup/varint.h"

namespace plimsoll::rollup {

void PutVarint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

bool TakeVarint(std::string_view& in, uint64_t& value) {
  value = 0;
  for (size_t i = 0; i < in.size() && i < 10; ++i) {
    const auto byte = static_cast<uint8_t>(in[i]);
    if (i == 9 && byte > 1) return false;
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      in.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

void PutFigure(std::string& out, const Figure& figure) {
  PutVarint(out, !figure ? 0 : *figure == UINT64_MAX ? UINT64_MAX : *figure + 1);
}

bool TakeFigure(std::string_view& in, Figure& figure) {
  figure.reset();
  if (in.empty()) return true;
  uint64_t value;
  if (!TakeVarint(in, value)) return false;
  if (value > 0) figure = value - 1;
  return true;
}

}  // namespace plimsoll::rollup
