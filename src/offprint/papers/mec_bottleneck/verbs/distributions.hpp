// What the verbs on tables share: which columns hold a distribution, the names of the methods, what is shown of a
// coupling and of a curve.
#pragma once
#include "offprint/paper/verb.hpp"
#include "offprint/papers/mec_bottleneck/mec_bottleneck.hpp"

namespace offprint::mec_bottleneck {

inline const Choices<DecoderMethod> decoders{{{"max", DecoderMethod::max_seeking},
                                              {"zero", DecoderMethod::zero_seeking},
                                              {"sla", DecoderMethod::sla},
                                              {"exact", DecoderMethod::exact}}};

struct TableOptions {
  InputFile px;
  std::string column;      ///< of the masses; empty: found by name
  bool normalise = false;  ///< divide by the sum
};
const OptionList<TableOptions>& table_options();

struct PairOptions : TableOptions {
  InputFile py;
};
const OptionList<PairOptions>& pair_options();

/// What an encoder is asked for.
struct EncoderOptions {
  double rate = 1;
  EncoderMethod encoder = EncoderMethod::greedy;
  bool fill = false;
};
const OptionList<EncoderOptions>& encoder_options();

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
