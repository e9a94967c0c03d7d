#pragma once

#include <functional>
#include <string>

#include "alerting/notify/message_text.h"
#include "alerting/text/bounded_text.h"

namespace plimsoll::alerting {

// The alerts of a message one after the other, within one limit: an alert that
// finds no room whole is cut when it is the first, else left out; the last line
// says how many were.
std::string AlertList(const MessageText& text, size_t most, TextUnit unit, EscapeCharacter escape,
                      const std::function<void(const AlertText&, BoundedText&)>& write);

}  // namespace plimsoll::alerting
