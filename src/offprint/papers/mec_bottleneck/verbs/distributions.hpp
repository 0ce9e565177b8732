// What the verbs on tables share: which columns hold a distribution, the names of the methods, what is shown of a
// coupling and of a curve.
#pragma once
#include "offprint/paper/verb.hpp"
#include "offprint/papers/mec_bottleneck/mec_bottleneck.hpp"

namespace offprint::mec_bottleneck {

inline const Choices<EncoderMethod> encoders{{{"greedy", EncoderMethod::greedy},
                                              {"exact", EncoderMethod::exact},
                                              {"local", EncoderMethod::local_search},
                                              {"quantiser", EncoderMethod::quantiser},
                                              {"shkel-verdu", EncoderMethod::shkel_verdu}}};
inline const Choices<DecoderMethod> decoders{{{"max", DecoderMethod::max_seeking},
                                              {"zero", DecoderMethod::zero_seeking},
                                              {"sla", DecoderMethod::sla},
                                              {"exact", DecoderMethod::exact}}};

struct TableOptions {
  InputFile px;
  std::string column;      ///< of the masses; empty: found by name
  bool normalise = false;  ///< divide by the sum
};
inline const Accepts tables{{"csv", "tsv", "jsonl", "npy"}};
inline const auto table_options =
    options_of<TableOptions>()
        .option(&TableOptions::px, "px", "Table of the probabilities of X", Positional{}, Required{}, tables,
                Example{"data:example-mec-messages"})
        .option(&TableOptions::column, "column",
                "Column of the masses; default: probability, mass, count, or the only one of numbers")
        .option(&TableOptions::normalise, "normalise", "The masses are counts: divide by their sum");

struct PairOptions : TableOptions {
  InputFile py;
};
inline const auto pair_options =
    options_of<PairOptions>()
        .with(table_options)
        .option(&PairOptions::py, "py", "Table of the probabilities of Y, which couplings keep exactly", Positional{},
                Required{}, tables, Example{"data:example-mec-outputs"});

/// What an encoder is asked for.
struct EncoderOptions {
  double rate = 1;
  EncoderMethod encoder = EncoderMethod::greedy;
  bool fill = false;
};
inline const auto encoder_options =
    options_of<EncoderOptions>()
        .option(&EncoderOptions::rate, "rate", "Most entropy of the code T", Unit{"bits"}, at_least(0))
        .option(&EncoderOptions::encoder, "encoder", "How symbols are grouped", encoders)
        .option(&EncoderOptions::fill, "fill", "Split symbols between groups until H(T) is the rate");

/// A distribution of a table with the names of its symbols.
struct NamedDistribution {
  Distribution masses;
  std::vector<std::string> names;
};
/// Throws BadInput naming the place: no column of masses, a negative or missing one, a sum that is not 1.
NamedDistribution read_distribution(const InputFile& file, const TableOptions& options);

/// Tables of cells show so many.
inline constexpr std::size_t most_table_rows = 5000;

double marginal_error(const SparseCoupling& coupling, const Distribution& q);
std::vector<std::vector<double>> grid_of(const SparseCoupling& coupling);
/// Draws it if it is small enough, and writes its cells to `file` if there is one.
void show_coupling(const SparseCoupling& coupling, const NamedDistribution& x, const NamedDistribution& y,
                   const OutputFile& file, Run& run);

/// Symbols that have mass.
std::size_t support_size(const Distribution& p);
/// Rates from 0 to H(X), and EBIM's curve there: from all maps of small supports, else from a hundred of Algorithm 1.
std::vector<CurvePoint> curve_of(const Distribution& p, std::size_t points);
Figure information_rate_figure(const Distribution& p, std::optional<double> rate, std::string id, std::string title);

}  // namespace offprint::mec_bottleneck
