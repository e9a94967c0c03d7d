#include "alerting/engine/transition.h"

#include <cstdio>

namespace plimsoll::alerting {
namespace {

// FNV-1a, 64 bits, from two beginnings: no defence against an enemy, who has
// no say in what is hashed but the container's name.
uint64_t Hash(std::string_view text, uint64_t hash) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

std::string Digits(std::string_view text) {
  char digits[33];
  std::snprintf(digits, sizeof digits, "%016llx%016llx",
                static_cast<unsigned long long>(Hash(text, 0xcbf29ce484222325ULL)),
                static_cast<unsigned long long>(Hash(text, 0x84222325cbf29ce4ULL)));
  return digits;
}

}  // namespace

const char* TransitionKindName(TransitionKind kind) {
  constexpr const char* kNames[] = {"fired", "repeated", "resolved"};
  return kNames[static_cast<size_t>(kind)];
}

const char* ResolveReasonName(ResolveReason reason) {
  constexpr const char* kNames[] = {"",        "recovered", "stopped",  "disabled",
                                    "removed", "changed",   "unmatched"};
  return kNames[static_cast<size_t>(reason)];
}

std::string AlertId(std::string_view rule, uint32_t container, std::string_view subject, WallTime fired_at) {
  // Milliseconds: what the store keeps of a time.
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(fired_at.time_since_epoch()).count();
  std::string text(rule);
  text += '\n' + std::to_string(container) + '\n' + std::to_string(ms) + '\n';
  text += container == 0 ? subject : std::string_view();  // a name may change, an identity does not
  return Digits(text);
}

std::string TransitionId(std::string_view alert, TransitionKind kind, uint32_t repeats) {
  std::string text(alert);
  text += '\n' + std::string(TransitionKindName(kind));
  if (kind == TransitionKind::kRepeated) text += '\n' + std::to_string(repeats);
  return Digits(text);
}

std::string LateTransitionId(std::string_view alert, uint32_t repeats,
                             const std::vector<std::string>& receivers) {
  std::string text(alert);
  text += "\nlate\n" + std::to_string(repeats);
  for (const std::string& receiver : receivers) text += '\n' + receiver;
  return Digits(text);
}

std::string MessageId(std::string_view receiver, const std::vector<std::string_view>& transitions) {
  std::string text(receiver);
  for (const std::string_view id : transitions) (text += '\n') += id;
  return Digits(text);
}

}  // namespace plimsoll::alerting
