#include <fmt/format.h>

#include "offprint/papers/mec_bottleneck/verbs/distributions.hpp"

namespace offprint::mec_bottleneck::verbs {
namespace {

struct CoupleOptions : PairOptions, EncoderOptions {
  DecoderMethod decoder = DecoderMethod::max_seeking;
  bool report = false;
  OutputFile output;
};

/// One half of the chain: the cells of p(from, to) with p(to | from), by name.
void report_half(ResultTable table, const SparseCoupling& joint, const std::vector<std::string>& from,
                 const std::vector<std::string>& to, Run& run) {
  const auto sums = joint.row_marginal();
  for (std::size_t c = 0; c < std::min(joint.mass.size(), most_table_rows); ++c)
    table.row(from[joint.rows[c]], to[joint.columns[c]], joint.mass[c], joint.mass[c] / sums[joint.rows[c]]);
  run.table(table);
  if (joint.mass.size() > most_table_rows)
    run.note(fmt::format("the first {} of {} cells of the {} are shown", most_table_rows, joint.mass.size(), table.id));
}

void couple_tables(const CoupleOptions& options, Run& run) {
  const auto x = read_distribution(options.px, options), y = read_distribution(options.py, options);
  const auto result = mecb(x.masses, y.masses, options.rate, options.encoder, options.fill, options.decoder,
                           run.random("linearisation"), [&] { run.check_cancelled(); });
  run.table(ResultTable{"coupling",
                        "The coupling through the bottleneck",
                        {{"rate", "bits"},
                         {"entropy_x", "bits"},
                         {"entropy_y", "bits"},
                         {"entropy_t", "bits"},
                         {"information_x_t", "bits"},
                         {"information_t_y", "bits"},
                         {"information_x_y", "bits"},
                         {"lower_bound", "bits"},
                         {"entropy_x_y", "bits"},
                         "groups",
                         "cells",
                         "output_marginal_error"}}
                .row(options.rate, x.masses.entropy(), y.masses.entropy(), result.code_entropy,
                     result.encoder_information, result.decoder_information, result.information, result.bound,
                     result.joint.entropy(), result.decoder.row_count, result.joint.mass.size(),
                     marginal_error(result.joint, y.masses)));
  if (options.report) {
    std::vector<std::string> groups;
    for (std::size_t t = 1; t <= result.decoder.row_count; ++t) groups.push_back(std::to_string(t));
    report_half({"encoder", "Encoder: p(x, t) and p(t | x)", {"x", "group", "probability", "conditional"}},
                result.encoder, x.names, groups, run);
    report_half({"decoder", "Decoder: p(t, y) and p(y | t)", {"group", "y", "probability", "conditional"}},
                result.decoder, groups, y.names, run);
  }
  show_coupling(result.joint, x, y, options.output, run);
}

}  // namespace

Verb couple() {
  return verb<CoupleOptions>("couple", "Couple two distributions through a bottleneck of R bits")
      .with(pair_options())
      .with(encoder_options())
      .option(&CoupleOptions::decoder, "decoder", "How groups and outputs are coupled", decoders)
      .option(&CoupleOptions::report, "report", "Print the encoder and the decoder too")
      .option(&CoupleOptions::output, "output", "Also write the coupling to this file",
              SuggestedName{"coupling.csv", false})
      .example("couple data:example-mec-messages data:example-mec-outputs --rate 1.5 --report")
      .instant()
      .runs(couple_tables);
}

}  // namespace offprint::mec_bottleneck::verbs
