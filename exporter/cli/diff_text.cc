#include "exporter/cli/diff_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "exporter/cli/shown_text.h"

namespace plimsoll::cli {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;
using Kind = FamilyDiff::Kind;

std::string Counted(size_t count, const char* one, const char* several) {
  return std::to_string(count) + " " + (count == 1 ? one : several);
}

std::string ValueText(double value) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string Shown(const std::string& labels) { return labels.empty() ? "(no labels)" : ShownText(labels); }

// What a reader of cAdvisor would miss; `all`: also what only we have.
class Table {
 public:
  explicit Table(size_t most) : most_(most) {}

  void Add(const ExpositionDiff& diff) {
    Cgroups("cgroup missing", diff.missing_cgroups);
    for (const FamilyDiff& one : diff.families) Add(one);
    if (ShowsAll()) Cgroups("cgroup extra", diff.extra_cgroups);
  }

  std::string Text() {
    // The same in family after family is one row.
    for (const auto& [difference, families] : shared_) {
      const std::string where =
          families.size() == 1 ? families[0] : "(" + std::to_string(families.size()) + " families)";
      Row(where, difference.first, difference.second);
    }
    return rows_.size() == 1 ? "" : ColumnsText(rows_) + "\n";
  }

 private:
  bool ShowsAll() const { return most_ == 0; }

  void Add(const FamilyDiff& diff) {
    const std::string with =
        diff.group.empty() ? "" : "; comes with collector.enable_groups: [" + diff.group + "]";
    if (diff.kind == Kind::kMissing && diff.IsWorse())
      Row(diff.name, "family missing", std::to_string(diff.their_series) + " series of cAdvisor" + with);
    if (diff.kind == Kind::kExtra && ShowsAll())
      Row(diff.name, "family extra", std::to_string(diff.our_series) + " series");
    if (diff.kind != Kind::kShared) return;
    if (diff.their_type != diff.our_type)
      Row(diff.name, "type differs", diff.their_type + " there, " + diff.our_type + " here");
    Shared(diff, "labels missing", Joined(diff.missing_labels));
    if (ShowsAll()) Shared(diff, "labels extra", Joined(diff.extra_labels));
    for (const auto& one : diff.differing_labels) Shared(diff, "labels differ", ShownText(one.second));
    Series(diff, "series missing", diff.missing_series);
    if (ShowsAll()) Series(diff, "series missing", diff.missing_of_group);
    if (!diff.missing_of_group.empty()) Shared(diff, "series missing", with.substr(2));
    if (ShowsAll()) Series(diff, "series extra", diff.extra_series);
    std::vector<std::string> values;
    for (const ValueDifference& one : diff.values)
      values.push_back(ValueText(one.theirs) + " there, " + ValueText(one.ours_before) +
                       (one.ours_after == one.ours_before ? "" : " to " + ValueText(one.ours_after)) +
                       " here: " + Shown(one.labels));
    Examples(diff.name, "value differs", values);
  }

  void Row(const std::string& name, const std::string& what, const std::string& detail) {
    rows_.push_back({name, what, detail});
  }
  void Shared(const FamilyDiff& diff, const std::string& what, const std::string& detail) {
    if (!detail.empty()) shared_[{what, detail}].push_back(diff.name);
  }
  void Series(const FamilyDiff& diff, const char* what, const std::vector<std::string>& labels) {
    std::vector<std::string> shown;
    for (const std::string& one : labels) shown.push_back(Shown(one));
    Examples(diff.name, what, shown);
  }
  void Cgroups(const char* what, const std::vector<OneSidedCgroup>& cgroups) {
    std::vector<std::string> shown;
    for (const OneSidedCgroup& one : cgroups)
      shown.push_back(ShownText(one.id) + (one.name.empty() ? "" : " (" + ShownText(one.name) + ")") + ", " +
                      std::to_string(one.series) + " series");
    Examples("(all families)", what, shown);
  }
  void Examples(const std::string& name, const std::string& what, const std::vector<std::string>& all) {
    const size_t count = ShowsAll() ? all.size() : std::min(most_, all.size());
    for (size_t i = 0; i < count; ++i) Row(name, what, all[i]);
    if (count < all.size()) Row(name, what, "... and " + std::to_string(all.size() - count) + " more");
  }

  const size_t most_;  // examples of one difference; 0: all there are
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> shared_;  // what, detail; families
  Rows rows_ = {{"FAMILY", "WHAT", "DETAIL"}};
};

std::string OnPurposeText(const ExpositionDiff& diff) {
  Rows rows;
  for (const OnPurpose& one : diff.on_purpose)
    rows.push_back({"  " + Counted(one.series, "series", "series"),
                    one.families.size() == 1 ? *one.families.begin()
                                             : "(" + std::to_string(one.families.size()) + " families)",
                    one.why});
  return rows.empty() ? "" : "different on purpose:\n" + ColumnsText(rows) + "\n";
}

bool LacksContainerLabels(const ExpositionDiff& diff) {
  return std::any_of(diff.families.begin(), diff.families.end(), [](const FamilyDiff& one) {
    return std::any_of(one.missing_labels.begin(), one.missing_labels.end(),
                       [](const std::string& name) { return name.starts_with("container_label_"); });
  });
}

std::string Summary(const ExpositionDiff& diff) {
  size_t shared = 0, missing = 0, meant = 0, extra = 0, types = 0, labels = 0, series = 0, compared = 0,
         values = 0, ambiguous = 0;
  for (const FamilyDiff& one : diff.families) {
    shared += one.kind == Kind::kShared;
    missing += one.kind == Kind::kMissing && one.IsWorse();
    meant += one.kind == Kind::kMissing && !one.IsWorse();
    extra += one.kind == Kind::kExtra;
    types += one.kind == Kind::kShared && one.their_type != one.our_type;
    labels += !one.missing_labels.empty() || !one.differing_labels.empty();
    series += one.missing_series.size() + one.missing_of_group.size();
    compared += one.compared;
    values += one.values.size();
    ambiguous += one.ambiguous;
  }
  std::string text = "families: " + std::to_string(shared) + " on both sides, " + std::to_string(missing) +
                     " missing here, " +
                     (meant == 0 ? "" : std::to_string(meant) + " left out on purpose, ") +
                     std::to_string(extra) + " only here\n";
  if (!diff.missing_cgroups.empty() || !diff.extra_cgroups.empty())
    text += "cgroups: " + std::to_string(diff.missing_cgroups.size()) + " missing here, " +
            std::to_string(diff.extra_cgroups.size()) + " only here\n";
  text += "of those on both sides: " + Counted(types, "has", "have") + " another type, " +
          Counted(labels, "lacks", "lack") + " labels or shows others\n";
  text += "series: " + std::to_string(compared) + " compared, " + Counted(values, "differs", "differ") +
          " in value, " + Counted(series, "is", "are") + " missing here";
  if (ambiguous != 0) text += ", " + std::to_string(ambiguous) + " could not be told apart";
  text += "\nnot compared: " + Counted(diff.their_own, "family", "families") + " of cAdvisor about itself, " +
          std::to_string(diff.our_own) + " of Plimsoll\n";
  if (LacksContainerLabels(diff))
    text +=
        "labels container_label_* come with collector.container_labels in the configuration, \"*\" for all\n";
  text += diff.IsWorse() ? "What was made for this cAdvisor would see the differences above.\n"
                         : "What was made for this cAdvisor would see no difference.\n";
  return text;
}

Json Number(double value) { return std::isfinite(value) ? Json(value) : Json(ValueText(value)); }

Json FamilyJson(const FamilyDiff& diff) {
  constexpr std::array kKinds = {"missing", "extra", "shared"};
  Json json = {{"family", diff.name},
               {"group", diff.group.empty() ? Json() : Json(diff.group)},
               {"kind", kKinds[static_cast<size_t>(diff.kind)]},
               {"differs", diff.IsWorse()},
               {"their_type", diff.their_type.empty() ? Json() : Json(diff.their_type)},
               {"our_type", diff.our_type.empty() ? Json() : Json(diff.our_type)},
               {"their_series", diff.their_series},
               {"our_series", diff.our_series},
               {"missing_labels", diff.missing_labels},
               {"extra_labels", diff.extra_labels},
               {"differing_labels", diff.differing_labels},
               {"missing_series", diff.missing_series},
               {"missing_of_group", diff.missing_of_group},
               {"extra_series", diff.extra_series},
               {"compared", diff.compared},
               {"on_purpose", diff.on_purpose},
               {"ambiguous", diff.ambiguous},
               {"values", Json::array()}};
  for (const ValueDifference& one : diff.values)
    json["values"].push_back({{"series", one.labels},
                              {"theirs", Number(one.theirs)},
                              {"ours_before", Number(one.ours_before)},
                              {"ours_after", Number(one.ours_after)}});
  return json;
}

Json CgroupsJson(const std::vector<OneSidedCgroup>& cgroups) {
  Json json = Json::array();
  for (const OneSidedCgroup& one : cgroups)
    json.push_back(
        {{"id", one.id}, {"name", one.name.empty() ? Json() : Json(one.name)}, {"series", one.series}});
  return json;
}

}  // namespace

std::string DiffTable(const ExpositionDiff& diff, size_t most_examples) {
  Table table(most_examples);
  table.Add(diff);
  return table.Text() + OnPurposeText(diff) + Summary(diff);
}

std::string DiffJson(const ExpositionDiff& diff) {
  Json json = {{"differs", diff.IsWorse()},
               {"their_own_families", diff.their_own},
               {"our_own_families", diff.our_own},
               {"missing_cgroups", CgroupsJson(diff.missing_cgroups)},
               {"extra_cgroups", CgroupsJson(diff.extra_cgroups)},
               {"on_purpose", Json::array()},
               {"families", Json::array()}};
  for (const OnPurpose& one : diff.on_purpose)
    json["on_purpose"].push_back({{"why", one.why}, {"families", one.families}, {"series", one.series}});
  for (const FamilyDiff& one : diff.families) json["families"].push_back(FamilyJson(one));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace plimsoll::cli
