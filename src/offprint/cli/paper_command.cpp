// `offprint SLUG VERB ...`: parses, runs in this process, records, prints.
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <iostream>
#include <optional>

#include "offprint/base/file.hpp"
#include "offprint/base/process.hpp"
#include "offprint/base/share.hpp"
#include "offprint/base/text.hpp"
#include "offprint/cli/commands.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/paper/describe.hpp"
#include "offprint/paper/sinks.hpp"
#include "offprint/runs/recorder.hpp"

namespace offprint {
namespace {

std::atomic<bool> cancel_requested{false};

void raise_cancel(int) {
  if (cancel_requested.exchange(true)) std::_Exit(130);  // a second Ctrl-C does not wait
}

void watch_signals() {
  struct sigaction action {};
  action.sa_handler = raise_cancel;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

const Paper& paper_named(const std::string& name) {
  const auto* paper = find_paper(name);
  if (!paper) {
    std::vector<std::string> names;
    for (const auto& one : all_papers()) names.push_back(command_name(one.slug));
    for (const auto* tool : tools()) names.push_back(command_name(tool->slug));
    for (const auto& command : commands()) names.push_back(command.name);
    const auto near = nearest_name(name, names);
    throw UsageError("'" + name + "': no such paper or command" +
                     (near.empty() ? "; offprint list shows the papers" : "; did you mean " + near + "?"));
  }
  if (paper->is_being_built)
    throw UsageError("'" + name + "': its program is still being built; try again in a few minutes");
  if (!paper->has_room())
    throw UsageError("'" + name + "': this paper does not run yet; offprint list shows those that do");
  return *paper;
}

const Verb& verb_named(const Paper& paper, const std::string& name) {
  if (const auto* verb = paper.find_verb(name)) return *verb;
  std::vector<std::string> names;
  for (const auto& verb : paper.verbs) names.push_back(verb.name);
  throw UsageError("'" + name + "': " + command_name(paper.slug) + " has the verbs " + join(names, ", "));
}

int run_for_parent(const Invocation& invocation) {
  JsonLinesSink sink(std::cout);
  Run run(invocation.settings, invocation.paper->claims, sink, &cancel_requested);
  perform(invocation, run);
  return 0;
}

int run_here(const Invocation& invocation) {
  for (const auto& option : invocation.verb->options)
    if (const auto file = option.get(invocation.options.get()); option.kind == OptionKind::output_file && !file.empty())
      require_writable(file);
  JsonSink gathered(invocation);
  TerminalSink terminal(std::cout, std::cerr, *invocation.paper, invocation.quiet, isatty(STDERR_FILENO));
  std::vector<EventSink*> sinks{invocation.json ? static_cast<EventSink*>(&gathered) : &terminal};
  std::optional<runs::ForegroundRecord> record;
  if (!invocation.no_record) sinks.push_back(&record.emplace(invocation));
  SeveralSinks all(sinks);
  Run run(invocation.settings, invocation.paper->claims, all, &cancel_requested);
  try {
    perform(invocation, run);
  } catch (const Cancelled&) {
    if (record) record->finish("cancelled", 130, "");
    throw;
  } catch (const Error& error) {
    if (record) record->finish("failed", error.exit_code(), error.what());
    throw;
  } catch (const std::exception& error) {
    if (record) record->finish("failed", 1, error.what());
    throw;
  }
  if (record) record->finish("done", 0, "");
  if (invocation.json)
    std::cout << gathered.result().dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  else
    terminal.finish();
  return 0;
}

}  // namespace

void become_torch_program() {
  become(torch_program());
  throw MissingData(torch_program().string(), "cannot be started", "build or install the target offprint-torch");
}

int paper_command(const std::string& slug, const Arguments& arguments) {
  const auto& paper = paper_named(slug);
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h") {
    (arguments.empty() ? std::cerr : std::cout) << paper_help(paper);
    return arguments.empty() ? 2 : 0;
  }
  const auto& verb = verb_named(paper, arguments[0]);
  Arguments rest(arguments.begin() + 1, arguments.end());
  const bool for_parent = std::erase(rest, "--json-lines") > 0;
  const auto invocation = parse_command_line(paper, verb, rest);
  if (invocation.help) {
    std::cout << verb_help(paper, verb);
    return 0;
  }
  if (invocation.detach) {
    std::cout << runs::detach(invocation) << '\n';
    return 0;
  }
  if (verb.on_torch && !has_torch()) become_torch_program();
  watch_signals();
  return for_parent ? run_for_parent(invocation) : run_here(invocation);
}

}  // namespace offprint
