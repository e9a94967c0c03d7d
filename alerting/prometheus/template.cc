#include "alerting/prometheus/template.h"

#include <string_view>
#include <vector>

#include "alerting/prometheus/quoted_text.h"

namespace plimsoll::alerting {
namespace {

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

// Goes through one template from its head to its end.
class Translation {
 public:
  Translation(std::string_view rest, const FieldLookup& find) : rest_(rest), find_(find) {}

  Result<std::string> Run() {
    while (!rest_.empty()) {
      const size_t tag = rest_.find("{{");
      if (IsShown()) text_ += TemplateLiteral(rest_.substr(0, tag));
      if (tag == std::string_view::npos) break;
      rest_.remove_prefix(tag);
      if (const Result<void> taken = TakeTag(); !taken) return tl::unexpected(taken.error());
    }
    if (!open_.empty()) return Fail("the section " + open_.back().name + " has no end");
    return std::move(text_);
  }

 private:
  struct Section {
    std::string name;
    bool shown;  // its text is taken over
    bool is_if;  // and stands between {{ if }} and {{ end }}
  };

  bool IsShown() const { return open_.empty() || open_.back().shown; }

  Result<void> TakeTag() {
    const bool is_triple = rest_.starts_with("{{{");
    const std::string_view close = is_triple ? "}}}" : "}}";
    const size_t end = rest_.find(close, close.size());
    if (end == std::string_view::npos) return Fail("a {{ is never closed");
    std::string_view tag = Trimmed(rest_.substr(close.size(), end - close.size()));
    rest_.remove_prefix(end + close.size());
    const char mark = is_triple || tag.empty() ? '\0' : tag.front();
    if (mark == '!') return {};
    if (mark == '>' || mark == '=') return Fail("it has partials or other delimiters");
    const bool has_mark = mark == '#' || mark == '^' || mark == '/' || mark == '&';
    if (has_mark) tag = Trimmed(tag.substr(1));
    const std::string name(tag);
    if (mark == '/') return Close(name);
    const PrometheusField field = find_(name);
    if (mark == '#' || mark == '^') return Open(name, field, mark == '#');
    return AppendVariable(name, field);
  }

  static tl::unexpected<Error> Unavailable(const std::string& name) {
    return Fail("Prometheus has nothing for {{" + name + "}}");
  }

  Result<void> AppendVariable(const std::string& name, const PrometheusField& field) {
    using Kind = PrometheusField::Kind;
    if (!IsShown()) return {};
    if (field.kind == Kind::kMissing || field.kind == Kind::kFlag) return Unavailable(name);
    if (field.kind == Kind::kLabel) text_ += "{{ $labels." + field.text + " }}";
    if (field.kind == Kind::kLiteral) text_ += TemplateLiteral(field.text);
    if (field.kind == Kind::kTemplate) text_ += field.text;
    return {};
  }

  Result<void> Open(const std::string& name, const PrometheusField& field, bool wants) {
    using Kind = PrometheusField::Kind;
    if (!IsShown()) {
      open_.push_back({name, false, false});
    } else if (field.kind == Kind::kMissing) {
      return Unavailable(name);
    } else if (field.kind == Kind::kLabel) {
      text_ += (wants ? "{{ if $labels." : "{{ if not $labels.") + field.text + " }}";
      open_.push_back({name, true, true});
    } else {
      open_.push_back({name, field.text.empty() != wants, false});
    }
    return {};
  }

  Result<void> Close(const std::string& name) {
    if (open_.empty() || open_.back().name != name) return Fail("{{/" + name + "}} ends no section");
    if (open_.back().is_if) text_ += "{{ end }}";
    open_.pop_back();
    return {};
  }

  std::string_view rest_;
  const FieldLookup& find_;
  std::string text_;
  std::vector<Section> open_;
};

}  // namespace

Result<std::string> ToPrometheusTemplate(const std::string& mustache, const FieldLookup& find) {
  return Translation(mustache, find).Run();
}

}  // namespace plimsoll::alerting
