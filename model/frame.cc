#include "model/frame.h"

namespace plimsoll {

const char* EventName(ContainerEvent::Kind kind) {
  switch (kind) {
    case ContainerEvent::Kind::kStart:
      return "start";
    case ContainerEvent::Kind::kStop:
      return "stop";
    case ContainerEvent::Kind::kOom:
      return "oom";
    case ContainerEvent::Kind::kRename:
      return "rename";
    case ContainerEvent::Kind::kHealth:
      return "health";
    case ContainerEvent::Kind::kPause:
      return "pause";
    case ContainerEvent::Kind::kUnpause:
      return "unpause";
  }
  return "";
}

}  // namespace plimsoll
