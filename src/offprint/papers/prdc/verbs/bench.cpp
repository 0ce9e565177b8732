#include <fmt/format.h>

#include "offprint/control/training.hpp"
#include "offprint/paper/verb.hpp"
#include "offprint/papers/prdc/nearest_pairs.hpp"

namespace offprint::prdc::verbs {
namespace {

struct BenchOptions {
  int pairs = 100000, queries = 2000;
};

/// Microseconds of CPU time a query takes, in batches as trainings search.
double search_microseconds(const NearestPairs& pairs, const std::vector<float>& keys,
                           const std::vector<std::uint32_t>& hints, std::vector<Neighbour>& found) {
  const auto queries = hints.size(), dimensions = keys.size() / queries;
  found.resize(queries);
  const double started = control::thread_seconds();
  for (std::size_t from = 0; from < queries; from += 256) {
    const auto count = std::min<std::size_t>(256, queries - from);
    pairs.nearest(keys.data() + from * dimensions, count, std::span(hints).subspan(from, count), 1,
                  found.data() + from);
  }
  return 1e6 * (control::thread_seconds() - started) / static_cast<double>(queries);
}

void measure_search(const BenchOptions& options, Run& run) {
  ResultTable table{"search",
                    "One search, CPU time of one thread",
                    {"dimensions",
                     "pairs",
                     {"build", "s"},
                     {"tree", "us"},
                     {"tree_without_hint", "us"},
                     {"brute_force", "us"},
                     "touched"}};
  const auto n = static_cast<std::size_t>(options.pairs), queries = static_cast<std::size_t>(options.queries);
  for (const auto& [o, a] : {std::pair<std::size_t, std::size_t>{3, 1}, {4, 2}, {11, 3}, {17, 6}, {29, 8}}) {
    run.progress(static_cast<double>(table.rows.size()), 5, "sizes");
    Random random = run.random("bench");
    // Correlated states, as trajectories have: a walk pulled to the middle.
    std::vector<float> states, actions;
    std::vector<double> x(o, 0);
    for (std::size_t i = 0; i < n; ++i) {
      for (auto& value : x) {
        value = 0.95 * value + 0.3 * random.normal();
        states.push_back(static_cast<float>(value));
      }
      for (std::size_t f = 0; f < a; ++f) actions.push_back(static_cast<float>(random.uniform(-1, 1)));
    }
    const int widths[]{static_cast<int>(o), static_cast<int>(a)};
    const double started = control::thread_seconds();
    const NearestPairs tree(states, actions, widths[0], widths[1], 2, SearchMethod::kd_tree);
    const double build = control::thread_seconds() - started;
    const NearestPairs brute(states, actions, widths[0], widths[1], 2, SearchMethod::brute_force);
    const auto dimensions = o + a;
    std::vector<float> keys(queries * dimensions);
    std::vector<std::uint32_t> own(queries), none(queries, NearestPairs::none);
    std::size_t touched = 0;
    for (std::size_t q = 0; q < queries; ++q) {
      own[q] = static_cast<std::uint32_t>(random.below(n));
      float* key = keys.data() + q * dimensions;
      tree.make_key(states.data() + own[q] * o, actions.data() + random.below(n) * a, key);
      tree.nearest(key, std::span(own).subspan(q, 1), &touched);
    }
    std::vector<Neighbour> found, others;
    const double hinted = search_microseconds(tree, keys, own, found),
                 plain = search_microseconds(tree, keys, none, others),
                 all = search_microseconds(brute, keys, own, others);
    for (std::size_t q = 0; q < queries; ++q)
      if (found[q].index != others[q].index)
        throw NumericalFailure("the tree and the products disagree", fmt::format("{} searches", q));
    table.row(dimensions, n, build, hinted, plain, all, static_cast<double>(touched) / static_cast<double>(queries));
  }
  run.table(table);
}

}  // namespace

Verb bench() {
  return verb<BenchOptions>("bench", "Speed of the search: tree against brute force")
      .option(&BenchOptions::pairs, "pairs", "Logged pairs", between(1, 1e8))
      .option(&BenchOptions::queries, "queries", "Searches", between(1, 1e8))
      .example("bench --pairs 20000 --queries 500")
      .runs(measure_search);
}

}  // namespace offprint::prdc::verbs
