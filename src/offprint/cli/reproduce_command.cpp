// `offprint reproduce --all [--record]`: measures the claims of several papers, one after the other, and writes the
// ledger.
#include <fmt/format.h>
#include <sys/resource.h>

#include <cmath>
#include <ctime>
#include <filesystem>
#include <iostream>

#include "offprint/base/file.hpp"
#include "offprint/base/share.hpp"
#include "offprint/cli/commands.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/paper/ledger.hpp"
#include "offprint/paper/reproduction.hpp"
#include "offprint/paper/sinks.hpp"
#include "offprint/runs/provenance.hpp"

namespace offprint {
namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  char text[11];
  std::strftime(text, sizeof text, "%Y-%m-%d", std::gmtime(&now));
  return text;
}

struct Measured {
  Estimates estimates;
  double cpu_seconds = 0;
  std::string failure;
};

/// Measures one paper. A failure is said and counted: the others still run.
Measured measure(const Paper& paper, const std::string& budget, std::uint64_t seed, int threads, bool quiet) {
  const auto invocation =
      parse_command_line(paper, *paper.find_verb("reproduce"),
                         {"--budget", budget, "--seed", std::to_string(seed), "--threads", std::to_string(threads)});
  TerminalSink terminal(std::cout, std::cerr, paper, true, false);
  MemorySink memory;
  SeveralSinks both({&memory, &terminal});
  EventSink& sink = quiet ? static_cast<EventSink&>(memory) : both;
  Run run(invocation.settings, paper.claims, sink);
  Measured result;
  const double start = cpu_seconds();
  try {
    perform(invocation, run);
  } catch (const std::exception& error) {
    result.failure = error.what();
    std::cerr << "offprint: " << command_name(paper.slug) << ": " << result.failure << '\n';
  }
  if (!quiet) terminal.finish();
  result.cpu_seconds = cpu_seconds() - start;
  result.estimates = run.estimates();
  return result;
}

/// A record says which commit it is of: a changed tree is none.
void require_clean_tree() {
  if (build_commit().ends_with('+') || build_commit() == "unknown")
    throw BadInput("--record", "the program was built from a tree with changes that are not committed",
                   "commit them, build again, and record then");
}

struct Wanted : JsonOption {
  bool all = false, record = false;
  std::string budget = "standard", ledger;
  std::int64_t seed = 0;
  int threads = 1;
  std::vector<std::string> papers;
};

int reproduce_papers(const Wanted& options) {
  const bool all = options.all, record = options.record, json = options.json;
  const auto& slugs = options.papers;
  const auto& budget = options.budget;
  const auto seed = static_cast<std::uint64_t>(options.seed);
  const int threads = options.threads;
  const auto ledger_file = options.ledger.empty() ? (share_folder() / "claims.json").string() : options.ledger;
  if (all == !slugs.empty()) throw UsageError("name the papers to reproduce, or give --all");
  std::vector<const Paper*> chosen;
  if (all) chosen = papers();
  for (const auto& slug : slugs) {
    const auto* paper = find_paper(slug);
    if (!paper || !paper->has_room())
      throw UsageError("'" + slug + "': no such paper that runs; offprint list shows them");
    chosen.push_back(paper);
  }
  for (const auto* paper : chosen) {
    if (paper->find_verb("reproduce")->on_torch && !has_torch()) become_torch_program();
  }
  if (record) require_clean_tree();
  Json ledger = record ? read_ledger(ledger_file) : Json{{"papers", Json::object()}}, judged = Json::object();
  bool failed = false;
  for (const auto* paper : chosen) {
    if (!json)
      std::cout << "\n" << paper->title << " (" << command_name(paper->slug) << ", " << budget << ")\n" << std::flush;
    const auto measured = measure(*paper, budget, seed, threads, json);
    failed |= !measured.failure.empty();
    offprint::record(ledger, *paper, measured.estimates,
                     {{"budget", budget},
                      {"seed", seed},
                      {"threads", threads},
                      {"cpu_seconds", std::round(10 * measured.cpu_seconds) / 10},
                      {"commit", build_commit()},
                      {"date", today()},
                      {"machine", runs::machine_facts()}});
    judged[paper->slug] = judged_claims(*paper, ledger);
    // Written after each paper: a long recording that is interrupted keeps what it has measured.
    if (record) write_file(std::filesystem::weakly_canonical(ledger_file), ledger.dump(1) + "\n");
  }
  if (json) std::cout << Json{{"papers", judged}}.dump(2) << '\n';
  return failed ? 1 : 0;
}

}  // namespace

std::vector<Action> reproduce_command() {
  return {action("", "Measure what papers claim",
                 options_of<Wanted>()
                     .option(&Wanted::papers, "papers", "Papers, by name", Positional{})
                     .option(&Wanted::all, "all", "Every paper that runs")
                     .option(&Wanted::record, "record", "Write the results into the ledger")
                     .option(&Wanted::ledger, "ledger", "The ledger's file; default: the program's")
                     .option(&Wanted::budget, "budget", "How much to measure", budgets)
                     .option(&Wanted::seed, "seed", "Seed", at_least(0))
                     .option(&Wanted::threads, "threads", "Threads", between(1, 1024))
                     .with(json_option),
                 reproduce_papers)};
}

}  // namespace offprint
