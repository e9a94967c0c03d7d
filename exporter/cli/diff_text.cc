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

class Table {
 public:
  explicit Table(size_t most) : most_(most) {}

  void Add(const FamilyDiff& diff) {
    if (diff.kind == Kind::kMissing)
      Row(diff.name, "family missing",
          std::to_string(diff.their_series) + " series of cAdvisor" +
              (diff.group.empty() ? "" : "; comes with collector.enable_groups: [" + diff.group + "]"));
    if (diff.kind == Kind::kExtra)
      Row(diff.name, "family extra", std::to_string(diff.our_series) + " series");
    if (diff.kind != Kind::kShared) return;
    if (diff.their_type != diff.our_type)
      Row(diff.name, "type differs", diff.their_type + " there, " + diff.our_type + " here");
    Labels(diff, "labels missing", diff.missing_labels);
    Labels(diff, "labels extra", diff.extra_labels);
    Series(diff, "series missing", diff.missing_series);
    Series(diff, "series extra", diff.extra_series);
    std::vector<std::string> values;
    for (const ValueDifference& one : diff.values)
      values.push_back(ValueText(one.theirs) + " there, " + ValueText(one.ours_before) +
                       (one.ours_after == one.ours_before ? "" : " to " + ValueText(one.ours_after)) +
                       " here: " + Shown(one.labels));
    Examples(diff, "value differs", values);
  }

  std::string Text() {
    for (const auto& [difference, families] : labels_) {
      const std::string where =
          families.size() == 1 ? families[0] : "(" + std::to_string(families.size()) + " families)";
      Row(where, difference.first, difference.second);
    }
    return rows_.size() == 1 ? "" : ColumnsText(rows_) + "\n";
  }

 private:
  void Row(const std::string& name, const std::string& what, const std::string& detail) {
    rows_.push_back({name, what, detail});
  }
  // The same names in family after family are one row: Text() says of how many.
  void Labels(const FamilyDiff& diff, const std::string& what, const std::vector<std::string>& names) {
    if (!names.empty()) labels_[{what, Joined(names)}].push_back(diff.name);
  }
  void Series(const FamilyDiff& diff, const char* what, const std::vector<std::string>& labels) {
    std::vector<std::string> shown;
    for (const std::string& one : labels) shown.push_back(Shown(one));
    Examples(diff, what, shown);
  }
  void Examples(const FamilyDiff& diff, const std::string& what, const std::vector<std::string>& all) {
    const size_t count = most_ == 0 ? all.size() : std::min(most_, all.size());
    for (size_t i = 0; i < count; ++i) Row(diff.name, what, all[i]);
    if (count < all.size()) Row(diff.name, what, "... and " + std::to_string(all.size() - count) + " more");
  }

  const size_t most_;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> labels_;  // what, names; families
  Rows rows_ = {{"FAMILY", "WHAT", "DETAIL"}};
};

bool LacksContainerLabels(const ExpositionDiff& diff) {
  return std::any_of(diff.families.begin(), diff.families.end(), [](const FamilyDiff& one) {
    return std::any_of(one.missing_labels.begin(), one.missing_labels.end(),
                       [](const std::string& name) { return name.starts_with("container_label_"); });
  });
}

std::string Summary(const ExpositionDiff& diff) {
  size_t shared = 0, missing = 0, extra = 0, types = 0, labels = 0, series = 0, compared = 0, values = 0,
         ambiguous = 0;
  for (const FamilyDiff& one : diff.families) {
    shared += one.kind == Kind::kShared;
    missing += one.kind == Kind::kMissing;
    extra += one.kind == Kind::kExtra;
    types += one.kind == Kind::kShared && one.their_type != one.our_type;
    labels += !one.missing_labels.empty();
    series += one.missing_series.size();
    compared += one.compared;
    values += one.values.size();
    ambiguous += one.ambiguous;
  }
  std::string text = "families: " + std::to_string(shared) + " on both sides, " + std::to_string(missing) +
                     " missing here, " + std::to_string(extra) + " only here\n";
  text += "of those on both sides: " + Counted(types, "has", "have") + " another type, " +
          Counted(labels, "lacks", "lack") + " labels\n";
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
               {"missing_series", diff.missing_series},
               {"extra_series", diff.extra_series},
               {"compared", diff.compared},
               {"ambiguous", diff.ambiguous},
               {"values", Json::array()}};
  for (const ValueDifference& one : diff.values)
    json["values"].push_back({{"series", one.labels},
                              {"theirs", Number(one.theirs)},
                              {"ours_before", Number(one.ours_before)},
                              {"ours_after", Number(one.ours_after)}});
  return json;
}

}  // namespace

std::string DiffTable(const ExpositionDiff& diff, size_t most_examples) {
  Table table(most_examples);
  for (const FamilyDiff& one : diff.families) table.Add(one);
  return table.Text() + Summary(diff);
}

std::string DiffJson(const ExpositionDiff& diff) {
  Json json = {{"differs", diff.IsWorse()},
               {"their_own_families", diff.their_own},
               {"our_own_families", diff.our_own},
               {"families", Json::array()}};
  for (const FamilyDiff& one : diff.families) json["families"].push_back(FamilyJson(one));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace plimsoll::cli
