#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/data/table.hpp"
#include "offprint/papers/mec_bottleneck/verbs.hpp"

namespace offprint::mec_bottleneck {
namespace {

constexpr std::size_t most_heat_cells = 10000, most_table_rows = 5000;

std::int64_t count(std::size_t n) { return static_cast<std::int64_t>(n); }

data::Column text_column(std::string name, std::vector<std::string> values) {
  return {std::move(name), false, {}, values, std::vector<char>(values.size(), 0), {}};
}

data::Column number_column(std::string name, std::vector<double> values) {
  return {std::move(name), true, values, {}, std::vector<char>(values.size(), 0), {}};
}

void write_coupling(const OutputFile& file, const SparseCoupling& coupling, const NamedDistribution& x,
                    const NamedDistribution& y, Run& run) {
  std::vector<std::string> xs, ys;
  for (std::size_t c = 0; c < coupling.mass.size(); ++c) {
    xs.push_back(x.names[coupling.rows[c]]);
    ys.push_back(y.names[coupling.columns[c]]);
  }
  data::write_csv(
      file.path,
      {file.path, {text_column("x", xs), text_column("y", ys), number_column("probability", coupling.mass)}, {}});
  run.file(file.path, "The coupling, one line a cell that is not zero");
}

double marginal_error(const SparseCoupling& coupling, const Distribution& q) {
  const auto sums = coupling.column_marginal();
  double error = 0;
  for (std::size_t y = 0; y < sums.size(); ++y) error = std::max(error, std::abs(sums[y] - q[y]));
  return error;
}

void show_coupling(const SparseCoupling& coupling, Run& run) {
  if (coupling.row_count * coupling.column_count > most_heat_cells) {
    run.note(
        fmt::format("the coupling has {} x {} cells: too many to draw", coupling.row_count, coupling.column_count));
    return;
  }
  run.figure({"coupling",
              "The coupling",
              "Probability of each pair of symbols.",
              {"y", "", Scale::linear},
              {"x", "", Scale::linear},
              {coupling_heat_map(coupling, "")}});
}

void report_parts(const BottleneckCoupling& result, const NamedDistribution& x, const NamedDistribution& y, Run& run) {
  const auto part = [&](const char* id, const char* title, const SparseCoupling& joint, const char* from,
                        const char* to, const auto& from_name, const auto& to_name) {
    const auto sums = joint.row_marginal();
    ResultTable table{id, title, {{from, ""}, {to, ""}, {"probability", ""}, {"conditional", ""}}, {}};
    for (std::size_t c = 0; c < std::min(joint.mass.size(), most_table_rows); ++c)
      table.rows.push_back(
          {from_name(joint.rows[c]), to_name(joint.columns[c]), joint.mass[c], joint.mass[c] / sums[joint.rows[c]]});
    run.table(table);
    if (joint.mass.size() > most_table_rows)
      run.note(fmt::format("the first {} of {} cells of the {} are shown", most_table_rows, joint.mass.size(), id));
  };
  const auto group = [](std::size_t t) -> Cell { return count(t + 1); };
  part(
      "encoder", "Encoder: p(x, t) and p(t | x)", result.encoder, "x", "group",
      [&](std::size_t i) -> Cell { return x.names[i]; }, group);
  part("decoder", "Decoder: p(t, y) and p(y | t)", result.decoder, "group", "y", group,
       [&](std::size_t i) -> Cell { return y.names[i]; });
}

std::vector<double> rate_grid(double highest, std::size_t points) {
  std::vector<double> rates;
  for (std::size_t i = 0; i < points; ++i)
    rates.push_back(highest * static_cast<double>(i) / static_cast<double>(points - 1));
  return rates;
}

std::size_t support_size(const Distribution& p) {
  return static_cast<std::size_t>(
      std::count_if(p.masses().begin(), p.masses().end(), [](double mass) { return mass > 0; }));
}

/// All maps of small supports, else a hundred of those visited by Algorithm 1.
std::vector<Partition> maps_of(const Distribution& p) {
  return support_size(p) <= 8 ? all_maps(p) : greedy_maps(p, 100);
}

}  // namespace

Mark coupling_heat_map(const SparseCoupling& coupling, std::string facet) {
  const auto dense = coupling.dense();
  Mark mark{.kind = MarkKind::heat_map, .facet = std::move(facet)};
  for (std::size_t x = 0; x < coupling.row_count; ++x) {
    const auto row = dense.begin() + static_cast<std::ptrdiff_t>(x * coupling.column_count);
    mark.grid.emplace_back(row, row + static_cast<std::ptrdiff_t>(coupling.column_count));
  }
  return mark;
}

Figure information_rate_figure(const Distribution& p, std::optional<double> rate, std::string id, std::string title) {
  const auto maps = maps_of(p);
  const double highest = std::max(p.entropy(), 1e-9);
  const auto rates = rate_grid(highest, 120);
  Mark envelope{.kind = MarkKind::line, .name = "envelope"},
      all{.kind = MarkKind::points, .name = "deterministic maps"},
      visited{.kind = MarkKind::points, .name = "visited by Algorithm 1"},
      diagonal{.kind = MarkKind::line, .name = "I = R", .x = {0, highest}, .y = {0, highest}, .dashed = true};
  for (const auto& point : ebim_curve(p, rates, maps)) {
    envelope.x.push_back(point.rate);
    envelope.y.push_back(point.information);
  }
  for (const auto& map : maps) {
    all.x.push_back(map.entropy);
    all.y.push_back(map.entropy);
  }
  Figure figure{
      std::move(id),
      std::move(title),
      "Points: deterministic maps, which lie on the diagonal. Dashes: Theorem 3's couplings next to those of Algorithm 1, to higher rates flat, to "
      "lower rates steep.",
      {"rate H(T)", "bits", Scale::linear},
      {"information I(X;T)", "bits", Scale::linear},
      {diagonal}};
  for (const auto& map : greedy_maps(p, 25)) {
    visited.x.push_back(map.entropy);
    visited.y.push_back(map.entropy);
    for (const auto& sweep : {left_sweep(p, map), right_sweep(p, map)}) {
      if (!sweep) continue;
      Mark dash{.kind = MarkKind::line, .name = "Theorem 3", .dashed = true};
      for (int i = 0; i <= 40; ++i) {
        const double delta = sweep->mass * std::pow(i / 40.0, 3);
        dash.x.push_back(sweep->entropy(delta));
        dash.y.push_back(sweep->information(delta));
      }
      figure.marks.push_back(std::move(dash));
    }
  }
  figure.marks.push_back(std::move(envelope));
  if (support_size(p) <= 6) figure.marks.push_back(std::move(all));
  figure.marks.push_back(std::move(visited));
  if (rate)
    figure.marks.push_back(
        {.kind = MarkKind::line, .name = "R", .x = {*rate, *rate}, .y = {0, highest}, .dashed = true});
  return figure;
}

void couple_verb(const CoupleOptions& options, Run& run) {
  const auto x = read_distribution(options.px, options), y = read_distribution(options.py, options);
  const auto result = mecb(x.masses, y.masses, options.rate, options.encoder, options.fill, options.decoder,
                           run.random("linearisation"), [&] { run.check_cancelled(); });
  run.table(
      {"coupling",
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
        {"groups", ""},
        {"cells", ""},
        {"output_marginal_error", ""}},
       {{options.rate, x.masses.entropy(), y.masses.entropy(), result.code_entropy, result.encoder_information,
         result.decoder_information, result.information, result.bound, result.joint.entropy(),
         count(result.decoder.row_count), count(result.joint.mass.size()), marginal_error(result.joint, y.masses)}}});
  if (options.report) report_parts(result, x, y, run);
  show_coupling(result.joint, run);
  write_coupling(options.output, result.joint, x, y, run);
}

void ebim_verb(const EbimOptions& options, Run& run) {
  const auto x = read_distribution(options.px, options);
  const auto& p = x.masses;
  const auto check = [&] { run.check_cancelled(); };
  const auto map = encode(options.method, p, options.rate, check);
  const auto encoder = !options.fill                             ? joint_of(p, map)
                       : options.method == EncoderMethod::greedy ? ebim_at(p, options.rate)
                                                                 : ebim_at(p, options.rate, {map});
  const Distribution code(encoder.column_marginal());
  ResultTable compared{"methods",
                       "The methods at this rate",
                       {{"method", ""}, {"entropy_t", "bits"}, {"information", "bits"}, {"groups", ""}},
                       {}};
  const auto add = [&](const char* name, double entropy, double information, std::size_t groups) {
    compared.rows.push_back({std::string(name), entropy, information, count(groups)});
  };
  const auto add_map = [&](const char* name, const Partition& one) {
    add(name, one.entropy, one.entropy, one.masses.size());
  };
  add("chosen", code.entropy(), encoder.mutual_information(), encoder.column_count);
  add_map("greedy", ebim_greedy(p, options.rate));
  if (support_size(p) <= 10) add_map("exact", ebim_exact(p, options.rate));
  if (p.size() <= 1000) {
    add_map("local search", ebim_local_search(p, options.rate, check));
    add_map("Shkel-Verdu", shkel_verdu(p, options.rate, check));
  }
  add_map("quantiser", quantiser(p, options.rate));
  const auto exact_rate = ebim_at(p, options.rate);
  add("greedy, filled to the rate", Distribution(exact_rate.column_marginal()).entropy(),
      exact_rate.mutual_information(), exact_rate.column_count);
  run.table(compared);
  std::vector<double> sorted = p.masses();
  std::sort(sorted.rbegin(), sorted.rend());
  const double second = sorted.size() > 1 ? sorted[1] : 0;
  run.note(fmt::format("H(X) = {:.6g} bits; Theorem 2: the greedy map is within {:.6g} bits of the best encoder",
                       p.entropy(), Distribution({second, 1 - second}).entropy()));
  const auto sums = encoder.row_marginal();
  ResultTable groups{
      "encoder", "Groups of the symbols", {{"symbol", ""}, {"probability", ""}, {"group", ""}, {"share", ""}}, {}};
  for (std::size_t c = 0; c < std::min(encoder.mass.size(), most_table_rows); ++c)
    groups.rows.push_back({x.names[encoder.rows[c]], sums[encoder.rows[c]], count(encoder.columns[c] + 1),
                           encoder.mass[c] / sums[encoder.rows[c]]});
  run.table(groups);
  run.figure(information_rate_figure(p, options.rate, "information-rate", "Information against rate"));
  if (options.curve.empty()) return;
  const auto curve = ebim_curve(p, rate_grid(p.entropy(), 201), maps_of(p));
  data::Table table{
      options.curve.path, {number_column("rate", {}), number_column("information", {}), text_column("kind", {})}, {}};
  for (const auto& point : curve) {
    table.columns[0].numbers.push_back(point.rate);
    table.columns[1].numbers.push_back(point.information);
    table.columns[2].texts.push_back(point.kind == CurveKind::map     ? "map"
                                     : point.kind == CurveKind::right ? "above a map"
                                                                      : "below a map");
  }
  for (auto& column : table.columns) column.missing.assign(curve.size(), 0);
  data::write_csv(options.curve.path, table);
  run.file(options.curve.path, "Information against rate");
}

void mec_verb(const MecOptions& options, Run& run) {
  const auto x = read_distribution(options.px, options), y = read_distribution(options.py, options);
  const auto coupling = couple(options.method, x.masses, y.masses, run.random("linearisation"));
  run.table({"coupling",
             "The coupling",
             {{"entropy_x", "bits"},
              {"entropy_y", "bits"},
              {"entropy_x_y", "bits"},
              {"information", "bits"},
              {"lower_bound", "bits"},
              {"cells", ""},
              {"output_marginal_error", ""}},
             {{x.masses.entropy(), y.masses.entropy(), coupling.entropy(), coupling.mutual_information(),
               std::max(x.masses.entropy(), y.masses.entropy()), count(coupling.mass.size()),
               marginal_error(coupling, y.masses)}}});
  ResultTable cells{"cells", "Cells by mass", {{"x", ""}, {"y", ""}, {"probability", ""}}, {}};
  std::vector<std::size_t> order(coupling.mass.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return coupling.mass[a] > coupling.mass[b]; });
  order.resize(std::min<std::size_t>(order.size(), 200));
  for (const std::size_t c : order)
    cells.rows.push_back({x.names[coupling.rows[c]], y.names[coupling.columns[c]], coupling.mass[c]});
  run.table(cells);
  if (order.size() < coupling.mass.size())
    run.note(
        fmt::format("the {} largest of {} cells are shown; --coupling writes all", order.size(), coupling.mass.size()));
  show_coupling(coupling, run);
  if (!options.coupling.empty()) write_coupling(options.coupling, coupling, x, y, run);
}

}  // namespace offprint::mec_bottleneck
