#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/sample.h"
#include "rollup/history.h"

namespace plimsoll {
class Database;
}

namespace plimsoll::rollup {

// The table `revision`, one row at a time. All throw SQLite::Exception.
void PutRevision(Database& database, uint32_t container, const Revision& revision);
std::optional<Revision> NewestRevision(Database& database, uint32_t container);
std::vector<Revision> Revisions(Database& database, uint32_t container);  // oldest first

// Labels as one JSON object, whole ones up to 16 KiB together; bytes that are no UTF-8 are replaced.
std::string LabelsText(const Labels& labels);
// Nothing in it when the text is no JSON object of strings.
Labels LabelsOf(const std::string& text);

// What `sample` is known by from `since` on. The interface or device that is
// not known at the moment is taken from `before`.
Revision RevisionOf(const ContainerSample& sample, WallTime since, const Revision* before);

// Whether anything that a revision tells of a container differs. Never looks at labels' text when the
// identities are one object.
bool TellsTheSame(const Container& a, const Container& b);

}  // namespace plimsoll::rollup
