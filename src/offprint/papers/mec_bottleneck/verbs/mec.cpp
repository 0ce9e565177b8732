#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "offprint/papers/mec_bottleneck/verbs/distributions.hpp"

namespace offprint::mec_bottleneck::verbs {
namespace {

struct MecOptions : PairOptions {
  DecoderMethod method = DecoderMethod::max_seeking;
  OutputFile output;
};

constexpr std::size_t most_cells = 200;

void couple_without_bottleneck(const MecOptions& options, Run& run) {
  const auto x = read_distribution(options.px, options), y = read_distribution(options.py, options);
  const auto coupling = mec_bottleneck::couple(options.method, x.masses, y.masses, run.random("linearisation"));
  run.table(ResultTable{"coupling",
                        "The coupling",
                        {{"entropy_x", "bits"},
                         {"entropy_y", "bits"},
                         {"entropy_x_y", "bits"},
                         {"information", "bits"},
                         {"lower_bound", "bits"},
                         "cells",
                         "output_marginal_error"}}
                .row(x.masses.entropy(), y.masses.entropy(), coupling.entropy(), coupling.mutual_information(),
                     std::max(x.masses.entropy(), y.masses.entropy()), coupling.mass.size(),
                     marginal_error(coupling, y.masses)));
  std::vector<std::size_t> order(coupling.mass.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return coupling.mass[a] > coupling.mass[b]; });
  order.resize(std::min(order.size(), most_cells));
  ResultTable cells{"cells", "Cells by mass", {"x", "y", "probability"}};
  for (const auto c : order) cells.row(x.names[coupling.rows[c]], y.names[coupling.columns[c]], coupling.mass[c]);
  run.table(cells);
  if (order.size() < coupling.mass.size())
    run.note(
        fmt::format("the {} largest of {} cells are shown; --output writes all", order.size(), coupling.mass.size()));
  show_coupling(coupling, x, y, options.output, run);
}

}  // namespace

Verb mec() {
  return verb<MecOptions>("mec", "Couple two distributions with little joint entropy")
      .with(pair_options())
      .option(&MecOptions::method, "method",
              "max- or zero-seeking greedy, successive linearisation, or exact (at most 16 cells)", decoders)
      .option(&MecOptions::output, "output", "Also write the coupling to this file",
              SuggestedName{"coupling.csv", false})
      .example("mec data:example-mec-messages data:example-mec-outputs --method max")
      .instant()
      .runs(couple_without_bottleneck);
}

}  // namespace offprint::mec_bottleneck::verbs
