#include "offprint/base/text.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/paper/repeat.hpp"
#include "offprint/papers/presto/comparison.hpp"
#include "offprint/papers/presto/verbs/table.hpp"

namespace offprint::presto::verbs {
namespace {

struct CompareOptions : TableOptions, PathOptions {
  int splits = 20;
  double test = 0.1;
};

void compare_methods(const CompareOptions& options, Run& run) {
  const auto table = code_table(options);
  const auto solver = solver_options(options, run);
  const auto results = repeat(run, static_cast<std::size_t>(options.splits), "splits", [&](std::size_t i) {
    return one_split(table.data, options.test, solver, run.random("splits").split(i));
  });
  ResultTable means{"comparison",
                    "Means over splits; t is of the paired difference PRESTO minus baseline",
                    {"metric", "presto", "logit", "proportional_odds", "t_logit", "t_proportional_odds"}};
  const std::vector<std::pair<std::string, Errors SplitErrors::*>> metrics{
      {"calibration_error", &SplitErrors::corrected},
      {"calibration_error_as_published", &SplitErrors::published},
      {"log_loss", &SplitErrors::log_loss},
      {"brier_score", &SplitErrors::brier}};
  for (const auto& [name, metric] : metrics) {
    const auto presto = column(results, metric, &Errors::presto), logit = column(results, metric, &Errors::logit),
               odds = column(results, metric, &Errors::odds);
    means.row(name, mean(presto), mean(logit), mean(odds), paired_t(presto, logit), paired_t(presto, odds));
    const auto words = replace_all(name, "_", " ");
    Figure figure{replace_all(name, "_", "-"), "Over splits: " + words, "Smaller is better.", "method", words};
    figure.boxes(methods, {presto, logit, odds});
    run.figure(figure);
  }
  run.table(means);
}

}  // namespace

Verb compare() {
  return verb<CompareOptions>("compare", "PRESTO against logistic regression and proportional odds on random splits")
      .with(table_options)
      .option(&CompareOptions::splits, "splits", "Random splits", between(2, 10000))
      .option(&CompareOptions::test, "test", "Share of rows held out", between(0.01, 0.9))
      .with(path_options)
      .example("compare data:fair --response rate_marriage --order 5,4,3,2,1 --splits 20 --test 0.1 --json")
      .runs(compare_methods);
}

}  // namespace offprint::presto::verbs
