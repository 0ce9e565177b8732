#include "offprint/papers/mec_bottleneck/verbs/distributions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/base/text.hpp"
#include "offprint/data/table.hpp"

namespace offprint::mec_bottleneck {
namespace {

constexpr std::size_t most_heat_cells = 10000;

const Accepts tables{{"csv", "tsv", "jsonl", "npy"}};

std::string mass_column(const data::Table& table, const TableOptions& options) {
  if (!options.column.empty()) return table.column(options.column).name;
  std::vector<std::string> numeric;
  for (const auto& column : table.columns) {
    if (parse_double(column.name))
      throw BadInput(table.source + " line 1", "the header '" + column.name + "' is a number",
                     "name the columns in the first line, as in symbol,probability");
    if (column.numeric || column.doubt) numeric.push_back(column.name);
  }
  for (const char* name : {"probability", "mass", "count", "p"})
    if (table.has(name)) return name;
  if (numeric.empty()) throw BadInput(table.source, "has no column of numbers", "give one with the masses");
  if (numeric.size() > 1)
    throw BadInput(table.source, "has several columns of numbers: " + join(numeric, ", "), "choose with --column");
  return numeric[0];
}

/// All maps of small supports, else a hundred of those visited by Algorithm 1.
std::vector<Partition> maps_of(const Distribution& p) {
  return support_size(p) <= 8 ? all_maps(p) : greedy_maps(p, 100);
}

}  // namespace

const OptionList<TableOptions>& table_options() {
  static const auto list =
      options_of<TableOptions>()
          .option(&TableOptions::px, "px", "Table of the probabilities of X", Positional{}, Required{}, tables,
                  Example{"data:example-mec-messages"})
          .option(&TableOptions::column, "column",
                  "Column of the masses; default: probability, mass, count, or the only one of numbers")
          .option(&TableOptions::normalise, "normalise", "The masses are counts: divide by their sum");
  return list;
}

const OptionList<PairOptions>& pair_options() {
  static const auto list =
      options_of<PairOptions>()
          .with(table_options())
          .option(&PairOptions::py, "py", "Table of the probabilities of Y, which couplings keep exactly", Positional{},
                  Required{}, tables, Example{"data:example-mec-outputs"});
  return list;
}

const OptionList<EncoderOptions>& encoder_options() {
  static const auto list =
      options_of<EncoderOptions>()
          .option(&EncoderOptions::rate, "rate", "Most entropy of the code T", Unit{"bits"}, at_least(0))
          .option(&EncoderOptions::encoder, "encoder", "How symbols are grouped",
                  Choices<EncoderMethod>{{{"greedy", EncoderMethod::greedy},
                                          {"exact", EncoderMethod::exact},
                                          {"local", EncoderMethod::local_search},
                                          {"quantiser", EncoderMethod::quantiser},
                                          {"shkel-verdu", EncoderMethod::shkel_verdu}}})
          .option(&EncoderOptions::fill, "fill", "Split symbols between groups until H(T) is the rate");
  return list;
}

NamedDistribution read_distribution(const InputFile& file, const TableOptions& options) {
  const auto table = data::read_table(file.source);
  const auto name = mass_column(table, options);
  auto masses = table.numeric(name);
  for (std::size_t i = 0; i < masses.size(); ++i)
    if (masses[i] < 0)
      throw BadInput(table.place(i, name), "the mass " + short_number(masses[i]) + " is negative",
                     "masses are probabilities or counts");
  NamedDistribution result{Distribution(std::move(masses), options.normalise, table.source + " column " + name), {}};
  const auto names = std::find_if(table.columns.begin(), table.columns.end(),
                                  [&](const data::Column& column) { return column.name != name; });
  for (std::size_t i = 0; i < table.rows(); ++i)
    result.names.push_back(names == table.columns.end() || names->missing[i] ? std::to_string(i + 1)
                           : names->texts.empty()                            ? exact_number(names->numbers[i])
                                                                             : names->texts[i]);
  return result;
}

double marginal_error(const SparseCoupling& coupling, const Distribution& q) {
  const auto sums = coupling.column_marginal();
  double error = 0;
  for (std::size_t y = 0; y < sums.size(); ++y) error = std::max(error, std::abs(sums[y] - q[y]));
  return error;
}

std::vector<std::vector<double>> grid_of(const SparseCoupling& coupling) {
  std::vector<std::vector<double>> grid(coupling.row_count, std::vector<double>(coupling.column_count));
  for (std::size_t c = 0; c < coupling.mass.size(); ++c) grid[coupling.rows[c]][coupling.columns[c]] = coupling.mass[c];
  return grid;
}

void show_coupling(const SparseCoupling& coupling, const NamedDistribution& x, const NamedDistribution& y,
                   const OutputFile& file, Run& run) {
  if (coupling.row_count * coupling.column_count <= most_heat_cells) {
    Figure figure{"coupling", "The coupling", "Probability of each pair of symbols.", "y", "x"};
    auto& map = figure.heat_map(grid_of(coupling));
    if (y.names.size() <= 30) map.labels = y.names;
    run.figure(figure);
  } else {
    run.note(
        fmt::format("the coupling has {} x {} cells: too many to draw", coupling.row_count, coupling.column_count));
  }
  if (file.empty()) return;
  std::vector<std::string> xs, ys;
  for (std::size_t c = 0; c < coupling.mass.size(); ++c) {
    xs.push_back(x.names[coupling.rows[c]]);
    ys.push_back(y.names[coupling.columns[c]]);
  }
  data::write_csv(file.path, data::Table().add("x", xs).add("y", ys).add("probability", coupling.mass));
  run.file(file.path, "The coupling, one line a cell that is not zero");
}

std::size_t support_size(const Distribution& p) {
  return static_cast<std::size_t>(
      std::count_if(p.masses().begin(), p.masses().end(), [](double mass) { return mass > 0; }));
}

std::vector<CurvePoint> curve_of(const Distribution& p, std::size_t points) {
  std::vector<double> rates;
  for (std::size_t i = 0; i < points; ++i)
    rates.push_back(std::max(p.entropy(), 1e-9) * static_cast<double>(i) / static_cast<double>(points - 1));
  return ebim_curve(p, rates, maps_of(p));
}

Figure information_rate_figure(const Distribution& p, std::optional<double> rate, std::string id, std::string title) {
  Figure figure{std::move(id),
                std::move(title),
                "Points: deterministic maps, which lie on the diagonal. Dashes: Theorem 3's couplings next to those of "
                "Algorithm 1, to higher rates flat, to lower rates steep.",
                {"rate H(T)", "bits"},
                {"information I(X;T)", "bits"}};
  const double highest = std::max(p.entropy(), 1e-9);
  figure.line("I = R", {0, highest}, {0, highest}).dash();
  const auto visited = greedy_maps(p, 25);
  for (const auto& map : visited)
    for (const auto& sweep : {left_sweep(p, map), right_sweep(p, map)}) {
      if (!sweep) continue;
      auto& dashes = figure.line("Theorem 3").dash();
      for (int i = 0; i <= 40; ++i) {
        const double delta = sweep->mass * std::pow(i / 40.0, 3);  // dense where the curve bends
        dashes.add(sweep->entropy(delta), sweep->information(delta));
      }
    }
  auto& envelope = figure.line("envelope");
  for (const auto& point : curve_of(p, 120)) envelope.add(point.rate, point.information);
  const auto show_maps = [&](Mark& points, const std::vector<Partition>& maps) {
    for (const auto& map : maps) points.add(map.entropy, map.entropy);
  };
  if (support_size(p) <= 6) show_maps(figure.points("deterministic maps"), maps_of(p));
  show_maps(figure.points("visited by Algorithm 1").as(Role::method), visited);
  if (rate) figure.line("R", {*rate, *rate}, {0, highest}).dash();
  return figure;
}

}  // namespace offprint::mec_bottleneck
