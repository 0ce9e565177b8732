#include "offprint/paper/command_line.hpp"

#include <algorithm>
#include <set>

#include "offprint/base/text.hpp"

namespace offprint {
namespace {

OptionDescription common(std::string name, OptionKind kind, Range range = {}, std::vector<std::string> choices = {}) {
  OptionDescription option;
  option.name = std::move(name);
  option.kind = kind;
  option.range = range;
  option.choices = std::move(choices);
  return option;
}

const std::vector<OptionDescription>& common_options() {
  static const std::vector<OptionDescription> all{common("seed", OptionKind::integer, at_least(0)),
                                                  common("threads", OptionKind::integer, between(1, 1024)),
                                                  common("device", OptionKind::choice, {}, {"cpu", "cuda"}),
                                                  common("json", OptionKind::flag),
                                                  common("quiet", OptionKind::flag),
                                                  common("help", OptionKind::flag),
                                                  common("detach", OptionKind::flag),
                                                  common("no-record", OptionKind::flag)};
  return all;
}

template <class One>
const One* find_named(const std::vector<One>& options, std::string_view name) {
  for (const auto& option : options)
    if (option.name == name) return &option;
  return nullptr;
}

void set_common(Invocation& invocation, const OptionDescription& option, const std::string& text) {
  if (option.name == "seed")
    invocation.settings.seed = static_cast<std::uint64_t>(detail::parse_option_integer(option, text));
  else if (option.name == "threads")
    invocation.settings.threads = static_cast<int>(detail::parse_option_integer(option, text));
  else if (option.name == "device") {
    if (std::find(option.choices.begin(), option.choices.end(), text) == option.choices.end())
      detail::refuse_choice(option, text);
    if (text != "cpu" && !invocation.verb->chooses_device)
      throw UsageError("--device " + text + ": " + invocation.verb->name +
                       " computes on the processor only; leave it out");
    invocation.settings.device = text;
  } else {
    const bool on = detail::parse_option_flag(option, text);
    if (option.name == "json") invocation.json = on;
    if (option.name == "quiet") invocation.quiet = on;
    if (option.name == "help") invocation.help = on;
    if (option.name == "detach") invocation.detach = on;
    if (option.name == "no-record") invocation.no_record = on;
  }
}

template <class One>
[[noreturn]] void refuse_unknown(const std::string& command, const std::vector<One>& options, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& option : options) names.push_back(option.name);
  const auto near = nearest_name(name, names);
  throw UsageError("--" + name + ": " + command + " has no such option" +
                   (near.empty() ? "; see --help" : "; did you mean --" + near + "?"));
}

std::string shell_quoted(const std::string& text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  return "'" + replace_all(text, "'", "'\\''") + "'";
}

/// A list given by repeating its option is the same as one given with commas.
void remember(GivenValues& given, const OptionDescription& option, const std::string& text) {
  for (auto& [name, value] : given)
    if (name == option.name) {
      if (!option.is_list()) throw UsageError("--" + name + ": given twice");
      value += "," + text;
      return;
    }
  given.emplace_back(option.name, text);
}

void refuse_unknown_claims(const Paper& paper, const std::string& text) {
  std::vector<std::string> ids;
  for (const auto& claim : paper.claims) ids.push_back(claim.id);
  for (const auto& id : detail::parse_option_list(text))
    if (std::find(ids.begin(), ids.end(), id) == ids.end())
      throw UsageError("--claims: '" + id + "' is no claim of " + command_name(paper.slug) + "; its claims are " +
                       join(ids, ", "));
}

}  // namespace

GivenValues read_words(const std::string& command, const std::vector<OptionDescription>& options,
                       const std::vector<std::string>& words) {
  GivenValues given;
  std::vector<const OptionDescription*> places;
  for (const auto& option : options)
    if (option.positional) places.push_back(&option);
  std::size_t place = 0;
  bool options_ended = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i];
    const bool is_option = !options_ended && word.size() > 1 && word[0] == '-' && !parse_double(word);
    if (word == "--" && !options_ended) {
      options_ended = true;
      continue;
    }
    if (!is_option) {
      if (place == places.size())
        throw UsageError("'" + word + "': " + command + " takes no further argument; see --help");
      remember(given, *places[place], word);
      if (!places[place]->is_list()) ++place;
      continue;
    }
    if (word == "-o") word = "--output";
    if (word == "-h") word = "--help";
    if (word[1] != '-') throw UsageError(word + ": no such short option; see --help");
    const auto equals = word.find('=');
    const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
    const auto* option = find_named(options, name);
    if (!option) refuse_unknown(command, options, name);
    std::string text = "true";
    if (equals != std::string::npos)
      text = word.substr(equals + 1);
    else if (option->kind != OptionKind::flag) {
      if (++i == words.size()) throw UsageError("--" + name + ": a value is missing");
      text = words[i];
      // `--models a b c`: further words that are not options belong to a list of files.
      while (option->kind == OptionKind::input_files && i + 1 < words.size() && !words[i + 1].starts_with("-"))
        text += "," + words[++i];
    }
    remember(given, *option, text);
  }
  return given;
}

void set_options(const std::string& command, const std::vector<Option>& options, const GivenValues& values,
                 void* target) {
  std::set<std::string> seen;
  for (const auto& [name, text] : values) {
    const auto* option = find_named(options, name);
    if (!option) refuse_unknown(command, options, name);
    option->set(target, text);
    if (!text.empty()) seen.insert(name);
  }
  for (const auto& option : options)
    if (option.required && !seen.count(option.name))
      throw UsageError(
          "--" + option.name + ": is needed" +
          (option.name == "output" ? "; say where to write, -o " + option.suggested_name : "; " + option.help));
}

std::shared_ptr<void> make_options(const Paper& paper, const Verb& verb, const GivenValues& values) {
  auto options = verb.make_options();
  for (const auto& [name, text] : values)
    if (verb.name == "reproduce" && name == "claims") refuse_unknown_claims(paper, text);
  set_options(verb.name, verb.options, values, options.get());
  return options;
}

Invocation parse_command_line(const Paper& paper, const Verb& verb, const std::vector<std::string>& arguments) {
  Invocation invocation;
  invocation.paper = &paper;
  invocation.verb = &verb;
  // A verb's own option hides a common one of its name.
  std::vector<OptionDescription> options(verb.options.begin(), verb.options.end());
  options.insert(options.end(), common_options().begin(), common_options().end());
  for (const auto& [name, text] : read_words(verb.name, options, arguments))
    if (find_named(verb.options, name))
      invocation.given.emplace_back(name, text);
    else
      set_common(invocation, *find_named(common_options(), name), text);
  if (!invocation.help) invocation.options = make_options(paper, verb, invocation.given);
  return invocation;
}

std::string command_line_of(const Paper& paper, const Verb& verb, const GivenValues& values) {
  std::string positional, named;
  for (const auto& option : verb.options)
    for (const auto& [name, text] : values) {
      if (name != option.name || text.empty() || text == option.default_text) continue;
      if (option.positional)
        positional += " " + shell_quoted(text);
      else if (option.kind == OptionKind::flag)
        named += " --" + name + (text == "true" || text == "on" ? "" : "=false");
      else
        named += (name == "output" ? " -o " : " --" + name + " ") + shell_quoted(text);
    }
  for (const auto& [name, text] : values)
    if (find_named(common_options(), name) && !find_named(verb.options, name) && !text.empty())
      named += " --" + name + " " + shell_quoted(text);
  return "offprint " + command_name(paper.slug) + " " + verb.name + positional + named;
}

void perform(const Invocation& invocation, Run& run) {
  const auto& verb = *invocation.verb;
  if (verb.body) return verb.body(invocation.options.get(), run);
  const auto name = invocation.paper->slug + " " + verb.name;
  for (const auto& [key, body] : torch_bodies())
    if (key == name) return body(invocation.options.get(), run);
  throw std::logic_error("this program has no body of " + name);
}

std::vector<std::string> shell_words(std::string_view line) {
  std::vector<std::string> words;
  bool open = false;  // in a word
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (!quote && (c == ' ' || c == '\t')) {
      open = false;
      continue;
    }
    if (!open) words.emplace_back();
    open = true;
    if (quote ? c == quote : c == '"' || c == '\'')
      quote = quote ? 0 : c;
    else if (c == '\\' && quote != '\'' && i + 1 < line.size())
      words.back() += line[++i];
    else
      words.back() += c;
  }
  if (quote) throw UsageError(std::string(line) + ": an open quote");
  return words;
}

}  // namespace offprint
