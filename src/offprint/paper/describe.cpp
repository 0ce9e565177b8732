#include "offprint/paper/describe.hpp"

#include <fmt/format.h>

#include <cmath>

#include "offprint/base/text.hpp"
#include "offprint/paper/json.hpp"

namespace offprint {
namespace {

Json describe(const Option& option) {
  Json json{{"name", option.name},
            {"help", option.help},
            {"kind", kind_text(option.kind)},
            {"default", option.default_text},
            {"required", option.required},
            {"positional", option.positional}};
  if (!option.unit.empty()) json["unit"] = option.unit;
  if (std::isfinite(option.range.low)) json["minimum"] = option.range.low;
  if (std::isfinite(option.range.high)) json["maximum"] = option.range.high;
  if (!option.choices.empty()) json["choices"] = option.choices;
  if (!option.suggested_name.empty()) json["suggested_name"] = option.suggested_name;
  if (!option.accepts.empty()) json["accepts"] = option.accepts;
  if (!option.suggestions.empty()) json["suggestions"] = option.suggestions;
  if (!option.example.empty()) json["example"] = option.example;
  return json;
}

std::string placeholder(const Option& option) {
  switch (option.kind) {
    case OptionKind::flag:
      return "";
    case OptionKind::integer:
      return "N";
    case OptionKind::number:
      return "X";
    case OptionKind::choice:
      return join(option.choices, "|");
    case OptionKind::numbers:
      return "X,...";
    case OptionKind::integers:
      return "N,...";
    case OptionKind::texts:
      return "TEXT,...";
    case OptionKind::input_files:
      return "FILE,...";
    case OptionKind::input_file:
    case OptionKind::output_file:
      return "FILE";
    case OptionKind::text:
      return "TEXT";
  }
  return "";
}

std::string option_line(const Option& option) {
  std::string left = option.name == "output" ? "-o, --output" : "--" + option.name;
  if (const auto value = placeholder(option); !value.empty()) left += " " + value;
  std::string right = option.help;
  if (!option.unit.empty()) right += " (" + option.unit + ")";
  if (const auto range = range_text(option.range); range != "any") right += fmt::format(" [{}]", range);
  if (!option.example.empty()) right += fmt::format(" (for example {})", option.example);
  if (option.required)
    right += " (required)";
  else if (!option.default_text.empty() && option.kind != OptionKind::flag)
    right += fmt::format(" (default {})", option.default_text);
  return left.size() <= 26 ? fmt::format("  {:<27}{}\n", left, right)
                           : fmt::format("  {}\n  {:<27}{}\n", left, "", right);
}

}  // namespace

const Verb* Paper::find_verb(std::string_view name) const {
  for (const auto& verb : verbs)
    if (verb.name == name) return &verb;
  return nullptr;
}

const Claim* Paper::find_claim(std::string_view id) const {
  for (const auto& claim : claims)
    if (claim.id == id) return &claim;
  return nullptr;
}

namespace {

std::vector<std::pair<std::string, ErasedBody>>& registered_bodies() {
  static std::vector<std::pair<std::string, ErasedBody>> all;
  return all;
}

}  // namespace

const std::vector<std::pair<std::string, ErasedBody>>& torch_bodies() { return registered_bodies(); }
void add_torch_body(std::string name, ErasedBody body) {
  registered_bodies().emplace_back(std::move(name), std::move(body));
}
bool has_torch() { return !registered_bodies().empty(); }

const std::vector<std::string>& wings() {
  static const std::vector<std::string> all{"privacy",   "information",           "reward learning", "offline RL",
                                            "decisions", "language-model safety", "robust learning", "physics"};
  return all;
}

std::string command_name(std::string_view slug) { return replace_all(std::string(slug), "_", "-"); }
std::string slug_of(std::string_view name) { return replace_all(std::string(name), "-", "_"); }

Json options_schema(const Verb& verb) {
  Json properties = Json::object(), required = Json::array();
  for (const auto& option : verb.options) {
    Json value{{"type", option.kind == OptionKind::flag                                             ? "boolean"
                        : option.kind == OptionKind::integer || option.kind == OptionKind::integers ? "integer"
                        : option.kind == OptionKind::number || option.kind == OptionKind::numbers   ? "number"
                                                                                                    : "string"}};
    if (std::isfinite(option.range.low)) value["minimum"] = option.range.low;
    if (std::isfinite(option.range.high)) value["maximum"] = option.range.high;
    if (!option.choices.empty()) value["enum"] = option.choices;
    if (!option.suggestions.empty()) value["examples"] = option.suggestions;
    Json schema = option.is_list() ? Json{{"type", "array"}, {"items", value}} : value;
    schema["description"] = option.help;
    if (!option.default_text.empty()) schema["default"] = option.default_text;
    properties[option.name] = schema;
    if (option.required && option.kind != OptionKind::output_file) required.push_back(option.name);
  }
  return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
          {"title", verb.name},
          {"description", verb.help},
          {"type", "object"},
          {"properties", properties},
          {"required", required},
          {"additionalProperties", false}};
}

Json describe(const Paper& paper) {
  Json links = Json::array(), claims = Json::array(), verbs = Json::array();
  for (const auto& link : paper.links) links.push_back({{"label", link.label}, {"url", link.url}});
  for (const auto& claim : paper.claims) claims.push_back(to_json(claim));
  for (const auto& verb : paper.verbs) {
    Json options = Json::array();
    for (const auto& option : verb.options) options.push_back(describe(option));
    Json experiments = Json::array();
    for (const auto& [measures, repeats] : verb.experiments)
      experiments.push_back({{"measures", measures},
                             {"smoke", repeats.smoke},
                             {"standard", repeats.standard},
                             {"full", repeats.full},
                             {"of", repeats.of}});
    verbs.push_back({{"name", verb.name},
                     {"instant", verb.instant},
                     {"experiments", experiments},
                     {"help", verb.help},
                     {"options", options},
                     {"schema", options_schema(verb)},
                     {"examples", verb.examples}});
  }
  return {{"slug", paper.slug},
          {"command", command_name(paper.slug)},
          {"title", paper.title},
          {"authors", paper.authors},
          {"venue", paper.venue},
          {"year", paper.year},
          {"arxiv", paper.arxiv},
          {"published", paper.published},
          {"wing", paper.wing},
          {"summary", paper.summary},
          {"has_room", paper.has_room()},
          {"links", links},
          {"bibtex", paper.bibtex},
          {"claims", claims},
          {"verbs", verbs}};
}

std::string usage_of(const std::vector<Option>& options) {
  std::string text;
  for (const auto& option : options)
    if (option.positional) text += option.required ? " " + to_lower(option.name) : " [" + to_lower(option.name) + "]";
  return text + " [options]";
}

std::string option_lines(const std::vector<Option>& options) {
  std::string text;
  for (const auto& option : options) text += option_line(option);
  return text;
}

std::string verb_help(const Paper& paper, const Verb& verb) {
  std::string text = fmt::format("offprint {} {}: {}\n\nusage: offprint {} {}", command_name(paper.slug), verb.name,
                                 verb.help, command_name(paper.slug), verb.name);
  text += usage_of(verb.options) + "\n\n" + option_lines(verb.options);
  text +=
      "\n  --seed N                   Seed of the random streams (default 0)\n"
      "  --threads N                Threads to use (default 1)\n";
  if (verb.chooses_device) text += "  --device cpu|cuda          Where networks run (default cpu)\n";
  text +=
      "  --json                     One JSON object on standard output, nothing else\n"
      "  --quiet                    No progress, no notes\n"
      "  --detach                   Queue the run, print its number and return\n"
      "  --no-record                Do not store this run\n"
      "  -h, --help                 This text\n";
  if (!verb.examples.empty()) text += "\nexamples:\n";
  for (const auto& example : verb.examples)
    text += fmt::format("  offprint {} {}\n", command_name(paper.slug), example);
  text += "\nA file may be data:NAME, a data set of the catalogue (offprint data list).\n";
  return text;
}

std::string paper_help(const Paper& paper) {
  std::string text = paper.title + "\n";
  text += paper.is_tool() ? paper.summary + "\n" : fmt::format("{}. {}.\n", join(paper.authors, ", "), paper.venue);
  text += fmt::format("\nusage: offprint {} VERB [options]\n\n", command_name(paper.slug));
  for (const auto& verb : paper.verbs) text += fmt::format("  {:<14}{}\n", verb.name, verb.help);
  return text + fmt::format("\noffprint {} VERB --help tells a verb's options.\n", command_name(paper.slug));
}

}  // namespace offprint
