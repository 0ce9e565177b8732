#include <fmt/format.h>

#include <algorithm>

#include "offprint/data/table.hpp"
#include "offprint/math/entropy.hpp"
#include "offprint/papers/mec_bottleneck/verbs/distributions.hpp"

namespace offprint::mec_bottleneck::verbs {
namespace {

struct EbimOptions : TableOptions, EncoderOptions {
  OutputFile curve;
};

const Choices<CurveKind> curve_kinds{
    {{"map", CurveKind::map}, {"above a map", CurveKind::right}, {"below a map", CurveKind::left}}};

/// The chosen encoder beside all others that are quick enough for this many symbols.
ResultTable compare_encoders(const SparseCoupling& chosen, const Distribution& p, double rate, const Check& check) {
  ResultTable table{
      "methods", "The methods at this rate", {"method", {"entropy_t", "bits"}, {"information", "bits"}, "groups"}};
  const auto add = [&](const char* name, const SparseCoupling& encoder) {
    table.row(name, Distribution(encoder.column_marginal()).entropy(), encoder.mutual_information(),
              encoder.column_count);
  };
  const auto add_map = [&](const char* name, const Partition& map) {
    table.row(name, map.entropy, map.entropy, map.masses.size());
  };
  add("chosen", chosen);
  add_map("greedy", ebim_greedy(p, rate));
  if (support_size(p) <= 10) add_map("exact", ebim_exact(p, rate));
  if (p.size() <= 1000) {
    add_map("local search", ebim_local_search(p, rate, check));
    add_map("Shkel-Verdu", shkel_verdu(p, rate, check));
  }
  add_map("quantiser", quantiser(p, rate));
  add("greedy, filled to the rate", ebim_at(p, rate));
  return table;
}

void write_curve(const OutputFile& file, const Distribution& p, Run& run) {
  std::vector<double> rates, information;
  std::vector<std::string> kinds;
  for (const auto& point : curve_of(p, 201)) {
    rates.push_back(point.rate);
    information.push_back(point.information);
    kinds.push_back(curve_kinds.name(point.kind));
  }
  data::write_csv(file.path, data::Table().add("rate", rates).add("information", information).add("kind", kinds));
  run.file(file.path, "Information against rate");
}

void compress(const EbimOptions& options, Run& run) {
  const auto x = read_distribution(options.px, options);
  const auto& p = x.masses;
  const auto check = [&] { run.check_cancelled(); };
  const auto map = encode(options.encoder, p, options.rate, check);
  const auto encoder = !options.fill                              ? joint_of(p, map)
                       : options.encoder == EncoderMethod::greedy ? ebim_at(p, options.rate)
                                                                  : ebim_at(p, options.rate, {map});
  run.table(compare_encoders(encoder, p, options.rate, check));
  auto sorted = p.masses();
  std::sort(sorted.rbegin(), sorted.rend());
  run.note(fmt::format("H(X) = {:.6g} bits; Theorem 2: the greedy map is within {:.6g} bits of the best encoder",
                       p.entropy(), sorted.size() > 1 ? binary_entropy_bits(sorted[1]) : 0));
  const auto sums = encoder.row_marginal();
  ResultTable groups{"encoder", "Groups of the symbols", {"symbol", "probability", "group", "share"}};
  for (std::size_t c = 0; c < std::min(encoder.mass.size(), most_table_rows); ++c)
    groups.row(x.names[encoder.rows[c]], sums[encoder.rows[c]], encoder.columns[c] + 1,
               encoder.mass[c] / sums[encoder.rows[c]]);
  run.table(groups);
  run.figure(information_rate_figure(p, options.rate, "information-rate", "Information against rate"));
  if (!options.curve.empty()) write_curve(options.curve, p, run);
}

}  // namespace

Verb ebim() {
  return verb<EbimOptions>("ebim", "Compress one distribution to R bits of entropy, keeping information")
      .with(table_options())
      .with(encoder_options())
      .option(&EbimOptions::curve, "curve", "Also write the curve of information against rate to this file",
              SuggestedName{"curve.csv", false})
      .example("ebim data:example-mec-messages --rate 1.2")
      .example("ebim data:example-mec-messages --rate 1.2 --curve curve.csv")
      .instant()
      .runs(compress);
}

}  // namespace offprint::mec_bottleneck::verbs
