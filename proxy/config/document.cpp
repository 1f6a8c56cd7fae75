#include "proxy/config/document.hpp"

#include <map>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace lastframe::config {
namespace {

position place(const YAML::Mark& mark) {
  return {static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1};
}

class tree_builder final : public YAML::EventHandler {
 public:
  tree_builder(const variable_lookup& variable, fault_list& faults) : variable_{variable}, faults_{faults} {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ == 1) {
      faults_.add(place(mark), "a second document begins here; a configuration is one document");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    attach(make(node::kind::null, mark, "?"), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found != anchors_.end()) {
      attach(found->second, 0);
    } else {
      faults_.add(place(mark), "an alias stands inside of what it names");
      attach(make(node::kind::broken, mark, "?"), 0);
    }
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto result = make(node::kind::scalar, mark, tag);
    expanded text = expand(value, variable_);
    result->text = std::move(text.text);
    for (std::string& each : text.errors) {
      result->type = node::kind::broken;
      faults_.add(result->where, std::move(each));
    }
    attach(std::move(result), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open_.push_back({make(node::kind::sequence, mark, tag), anchor, nullptr});
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open_.push_back({make(node::kind::mapping, mark, tag), anchor, nullptr});
  }
  void OnMapEnd() override { close(); }

  node_ptr root() const { return root_; }
  bool several() const { return documents_ > 1; }

 private:
  struct unfinished {
    std::shared_ptr<node> what;
    YAML::anchor_t anchor;
    node_ptr key;
  };

  std::shared_ptr<node> make(node::kind type, const YAML::Mark& mark, const std::string& tag) {
    // "?" and "!" are yaml-cpp's marks for what has no tag: plain, and in quotes.
    if (!tag.empty() && tag != "?" && tag != "!") {
      faults_.add(place(mark), in_quotes(tag) + ": tags are not used in a configuration");
    }
    auto result = std::make_shared<node>();
    result->type = type;
    result->where = place(mark);
    return result;
  }

  void close() {
    unfinished done = std::move(open_.back());
    open_.pop_back();
    attach(std::move(done.what), done.anchor);
  }

  void attach(node_ptr child, YAML::anchor_t anchor) {
    if (anchor != 0) {
      anchors_.insert_or_assign(anchor, child);
    }
    if (open_.empty()) {
      if (documents_ == 1) {
        root_ = std::move(child);
      }
      return;
    }
    unfinished& parent = open_.back();
    if (parent.what->type == node::kind::sequence) {
      parent.what->items.push_back(std::move(child));
    } else if (!parent.key) {
      parent.key = std::move(child);
    } else {
      parent.what->pairs.emplace_back(std::exchange(parent.key, nullptr), std::move(child));
    }
  }

  const variable_lookup& variable_;
  fault_list& faults_;
  std::map<YAML::anchor_t, node_ptr> anchors_;
  std::vector<unfinished> open_;
  node_ptr root_;
  int documents_ = 0;
};

// In flow style the braces and colons of these two are YAML's own, and its message says nothing of use.
std::string hint(const std::string& text, const YAML::Mark& mark) {
  std::istringstream lines{text};
  std::string line;
  for (int i = 0; i <= mark.line; ++i) {
    std::getline(lines, line);
  }
  if (line.find("${") != std::string::npos) {
    return "; between [ ] or { }, put a text with ${NAME} in quotes";
  }
  if (line.find("[::") != std::string::npos) {
    return "; put an address with [ ] in quotes";
  }
  return {};
}

}  // namespace

node_ptr read_document(const std::string& text, const variable_lookup& variable, fault_list& faults) {
  tree_builder builder{variable, faults};
  try {
    std::istringstream in{text};
    YAML::Parser parser{in};
    // Of a comma where a document begins the parser makes documents without end.
    while (!builder.several() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& problem) {
    faults.add(place(problem.mark), "not YAML: " + problem.msg + hint(text, problem.mark));
    return nullptr;
  }
  if (builder.root()) {
    return builder.root();
  }
  auto nothing = std::make_shared<node>();
  nothing->where = {1, 1};
  return nothing;
}

}  // namespace lastframe::config
