#include "config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <sstream>

#include "config/yaml_bytes.h"

namespace plimsoll {
namespace {

constexpr size_t kMaxDepth = 32;  // yaml-cpp recurses once per level

// yaml-cpp 0.8 appends the anchor's name, which may be a password without quotes.
constexpr std::string_view kUnknownAnchor = "the referenced anchor is not defined";

std::string Message(const YAML::ParserException& exception) {
  return exception.msg.starts_with(kUnknownAnchor) ? std::string(kUnknownAnchor) : exception.msg;
}

struct Place {
  int line = 0, column = 0;
};

struct TooDeep {
  YAML::Mark mark;
};

// Turns yaml-cpp's events into nodes. An event parser sees what yaml-cpp's own
// nodes hide: duplicate keys, a quote that is never closed, the way to a fault.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, std::vector<YamlNode>& nodes, std::vector<ConfigFault>& faults)
      : text_(text), nodes_(nodes), faults_(faults) {
    for (size_t at = 0; at != std::string_view::npos && at <= text.size();) {
      lines_.push_back(at);
      const size_t end = text.find('\n', at);
      at = end == std::string_view::npos ? end : end + 1;
    }
  }

  std::optional<size_t> root() const { return root_; }

  void Fault(const YAML::Mark& mark, std::string message) {
    const Place place = At(mark);
    faults_.push_back({place.line, place.column, std::move(message)});
  }

  // Parsing ended inside of what is still open.
  void CutShort() {
    for (const size_t node : Open()) {
      nodes_[node].complete = false;
      if (!nodes_[node].items.empty()) nodes_[nodes_[node].items.back()].complete = false;
    }
  }

  // What yaml-cpp could not read, in words that help where its own do not.
  void SyntaxFault(const YAML::ParserException& exception) {
    CutShort();
    if (unclosed_quote_) return;  // the true cause, already told
    const std::string message = Message(exception);
    // The value before has swallowed a key that is indented too far.
    if (message == YAML::ErrorMsg::MAP_VALUE && last_scalar_ > 0) nodes_[last_scalar_].complete = false;
    if (message == YAML::ErrorMsg::END_OF_SEQ_FLOW || message == YAML::ErrorMsg::END_OF_MAP_FLOW) {
      if (!frames_.empty()) {
        const YamlNode& node = nodes_[frames_.back().node];
        faults_.push_back(
            {node.line, node.column,
             node.kind == YamlNode::Kind::kList ? "this [ is never closed" : "this { is never closed"});
        return;
      }
    }
    Fault(exception.mark, "not valid YAML: " + Escaped(message) + Advice(exception));
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) Fault(mark, "a second document begins here; the file must hold one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Leaf(mark, anchor, YamlNode::Kind::kNull, "");
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (Ignored()) return;
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) return;  // yaml-cpp throws for an anchor it does not know
    size_t node = found->second;
    const std::vector<size_t> open = Open();
    if (std::find(open.begin(), open.end(), node) != open.end()) {
      Fault(mark, "this alias stands inside its own anchor");
      node = NewNode(mark, YamlNode::Kind::kNull);
    }
    Attach(node, mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (Ignored()) return;
    const bool complete = CheckTag(mark, tag) && (tag == "?" || CheckQuote(mark));
    Leaf(mark, anchor, YamlNode::Kind::kScalar, value);
    last_scalar_ = nodes_.size() - 1;
    nodes_[last_scalar_].complete = complete;
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Begin(mark, tag, anchor, YamlNode::Kind::kList);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Begin(mark, tag, anchor, YamlNode::Kind::kMap);
  }
  void OnSequenceEnd() override { End(); }
  void OnMapEnd() override { End(); }

 private:
  // A list or map that is being read.
  struct Frame {
    size_t node;
    std::map<std::string, Place> keys;  // seen so far, to find duplicates
    YamlNode::Entry key;                // read, its value not yet
    bool has_key = false, key_is_usable = false;
  };

  bool Ignored() const { return documents_ > 1; }

  // yaml-cpp counts bytes and from 0. Goes on from the place asked last, as a
  // file of one long line has many.
  Place At(const YAML::Mark& mark) {
    if (mark.line < 0 || mark.column < 0 || static_cast<size_t>(mark.line) >= lines_.size()) return {1, 1};
    const auto bytes = static_cast<size_t>(mark.column);
    if (mark.line + 1 != last_place_.line || bytes < last_bytes_) {
      last_place_ = {mark.line + 1, 1};
      last_bytes_ = 0;
    }
    const std::string_view passed = text_.substr(lines_[mark.line]).substr(0, bytes).substr(last_bytes_);
    const auto is_start = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
    last_place_.column += static_cast<int>(std::count_if(passed.begin(), passed.end(), is_start));
    last_bytes_ += passed.size();
    return last_place_;
  }

  size_t NewNode(const YAML::Mark& mark, YamlNode::Kind kind) {
    YamlNode node;
    node.kind = kind;
    const Place place = At(mark);
    node.line = place.line;
    node.column = place.column;
    nodes_.push_back(std::move(node));
    return nodes_.size() - 1;
  }

  std::vector<size_t> Open() const {
    std::vector<size_t> nodes;
    for (const Frame& frame : frames_) nodes.push_back(frame.node);
    return nodes;
  }

  void Leaf(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind, const std::string& text) {
    if (Ignored()) return;
    const size_t node = NewNode(mark, kind);
    nodes_[node].text = text;
    if (anchor != 0) anchors_[anchor] = node;
    Attach(node, mark);
  }

  void Begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    if (frames_.size() == kMaxDepth) throw TooDeep{mark};
    const size_t node = NewNode(mark, kind);
    nodes_[node].complete = Ignored() || CheckTag(mark, tag);
    if (anchor != 0) anchors_[anchor] = node;
    if (!Ignored()) Attach(node, mark);
    frames_.push_back(Frame{node, {}, {}, false, false});
  }

  void End() { frames_.pop_back(); }

  // Puts a node where it belongs: the root, a list's item, a map's key or value.
  void Attach(size_t node, const YAML::Mark& mark) {
    if (frames_.empty()) {
      root_ = node;
      return;
    }
    Frame& frame = frames_.back();
    if (nodes_[frame.node].kind == YamlNode::Kind::kList) {
      nodes_[frame.node].items.push_back(node);
    } else if (!frame.has_key) {
      TakeKey(frame, nodes_[node], mark);
    } else {
      frame.key.value = node;
      if (frame.key_is_usable) nodes_[frame.node].entries.push_back(frame.key);
      frame.has_key = false;
    }
  }

  void TakeKey(Frame& frame, const YamlNode& node, const YAML::Mark& mark) {
    frame.has_key = true;
    frame.key_is_usable = false;
    if (node.kind == YamlNode::Kind::kList || node.kind == YamlNode::Kind::kMap)
      return Fault(mark, "a key must be plain text, not a list or a mapping");
    if (node.text.empty()) return Fault(mark, "empty key");
    if (node.text == "<<") return Fault(mark, "merge keys (<<) are not supported; write the keys out");
    const Place place = At(mark);
    const auto [first, is_new] = frame.keys.emplace(node.text, place);
    if (!is_new) {
      return Fault(mark, "duplicate key " + Quoted(node.text) + ", first at " +
                             std::to_string(first->second.line) + ":" + std::to_string(first->second.column));
    }
    frame.key = {node.text, place.line, place.column, 0};
    frame.key_is_usable = true;
  }

  // yaml-cpp gives "?" for plain values, "!" for quoted ones.
  bool CheckTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return true;
    for (const char* core : {"str", "seq", "map", "int", "float", "bool", "null"})
      if (tag == std::string("tag:yaml.org,2002:") + core) return true;
    Fault(mark, "tags such as " + Quoted(tag) + " are not supported; put text that begins with ! in quotes");
    return false;
  }

  // yaml-cpp takes a quote that the end of the file closes: half the file may
  // have become one value. `mark` is the quote's, or its anchor's or tag's.
  bool CheckQuote(const YAML::Mark& mark) {
    size_t at = static_cast<size_t>(std::max(mark.pos, 0));
    while (at < text_.size() && (text_[at] == '&' || text_[at] == '!')) {
      at = text_.find_first_of(" \t\r\n", at);
      at = std::min(text_.find_first_not_of(" \t\r\n", at), text_.size());
    }
    if (at >= text_.size() || (text_[at] != '"' && text_[at] != '\'')) return true;  // | and > blocks
    const char quote = text_[at];
    for (size_t i = at + 1; i < text_.size(); ++i) {
      if (quote == '"' && text_[i] == '\\') {
        ++i;
      } else if (text_[i] == quote) {
        if (quote == '"' || i + 1 == text_.size() || text_[i + 1] != '\'') return true;
        ++i;
      }
    }
    unclosed_quote_ = true;
    Fault(mark, std::string("this ") + quote + " is never closed");
    return false;
  }

  std::string Advice(const YAML::ParserException& exception) const {
    if (exception.mark.line >= 0 && static_cast<size_t>(exception.mark.line) < lines_.size()) {
      const std::string_view line = text_.substr(lines_[exception.mark.line]);
      const size_t indent = line.find_first_not_of(" \t");
      if (line.substr(0, indent).find('\t') != std::string_view::npos)
        return " (indent with spaces, not with tabs)";
    }
    const std::string message = Message(exception);
    if (message == YAML::ErrorMsg::ALIAS_NOT_FOUND || message == kUnknownAnchor ||
        message == YAML::ErrorMsg::CHAR_IN_ALIAS)
      return " (put text that begins with * in quotes)";
    if (message == YAML::ErrorMsg::MAP_VALUE)
      return " (is the indentation right, and text with \": \" in quotes?)";
    if (message == YAML::ErrorMsg::EOF_IN_SCALAR) return " (a quote is never closed)";
    if (message == YAML::ErrorMsg::UNKNOWN_TOKEN) return " (put text that begins with @ or ` in quotes)";
    return "";
  }

  const std::string_view text_;
  std::vector<size_t> lines_;  // where each line begins in text_
  std::vector<YamlNode>& nodes_;
  std::vector<ConfigFault>& faults_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, size_t> anchors_;
  std::optional<size_t> root_;
  Place last_place_;  // see At
  size_t last_bytes_ = 0;
  size_t last_scalar_ = 0;  // 0: none yet (node 0 is the empty file's)
  int documents_ = 0;
  bool unclosed_quote_ = false;
};

}  // namespace

YamlTree::YamlTree(const std::string& text, std::vector<ConfigFault>& faults) {
  nodes_.emplace_back();  // what an empty file is
  nodes_[0].line = nodes_[0].column = 1;
  const std::string body = text.starts_with("\xef\xbb\xbf") ? text.substr(3) : text;
  if (const auto fault = CheckBytes(body)) {
    faults.push_back(*fault);
    nodes_[0].complete = false;
    return;
  }
  TreeBuilder builder(body, nodes_, faults);
  try {
    std::istringstream in(body);
    YAML::Parser parser(in);
    // One document, and a look whether a second begins.
    if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
  } catch (const TooDeep& deep) {
    builder.CutShort();
    builder.Fault(deep.mark, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
  } catch (const YAML::ParserException& exception) {
    builder.SyntaxFault(exception);
  } catch (const std::exception& exception) {
    faults.push_back({0, 0, std::string("cannot be parsed: ") + Escaped(exception.what())});
  }
  if (builder.root()) root_ = *builder.root();
}

}  // namespace plimsoll
