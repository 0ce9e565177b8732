#include "offprint/papers/mec_bottleneck/coupling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <queue>
#include <set>
#include <tuple>

#include "offprint/base/error.hpp"
#include "offprint/math/entropy.hpp"
#include "offprint/math/linear_program.hpp"

namespace offprint::mec_bottleneck {
namespace {

/// Remainders of this size are rounding: they are put on the cell that leaves them.
constexpr double residue = 1e-14;

/// Gives the pair (x, y) the smaller of its masses; the masses become what remains.
void pair_up(SparseCoupling& coupling, std::size_t x, std::size_t y, double& px, double& qy) {
  const bool close = std::abs(px - qy) <= residue;
  const double mass = close ? std::max(px, qy) : std::min(px, qy);
  coupling.add(x, y, mass);
  px = close ? 0 : px - mass;
  qy = close ? 0 : qy - mass;
}

/// What one side keeps when the other is used up is rounding: it goes to the last cell of its row (or column), or
/// beside the last cell.
void settle(SparseCoupling& coupling, std::size_t index, double mass, bool of_row) {
  auto& mine = of_row ? coupling.rows : coupling.columns;
  if (mine.empty()) return;
  for (std::size_t c = coupling.mass.size(); c-- > 0;)
    if (mine[c] == index) {
      coupling.mass[c] += mass;
      return;
    }
  of_row ? coupling.add(index, coupling.columns.back(), mass) : coupling.add(coupling.rows.back(), index, mass);
}

using Heap = std::priority_queue<
    std::pair<double, std::ptrdiff_t>>;  // mass, minus index: of equal masses the lower index is on top

Heap heap_of(const Distribution& p) {
  std::vector<std::pair<double, std::ptrdiff_t>> entries;
  entries.reserve(p.size());
  for (std::size_t i = 0; i < p.size(); ++i)
    if (p[i] > 0) entries.emplace_back(p[i], -static_cast<std::ptrdiff_t>(i));
  return Heap({}, std::move(entries));
}

LinearProgram transport_program(const Distribution& p, const Distribution& q) {
  const std::size_t n = p.size(), m = q.size();
  if (n * m > 40000)
    throw BadInput("successive linearisation", std::to_string(n * m) + " cells are too many",
                   "at most 40000; use max-seeking");
  LinearProgram program;
  program.cost.assign(n * m, 0);
  program.rows.resize(n + m);
  for (std::size_t x = 0; x < n; ++x)
    for (std::size_t y = 0; y < m; ++y)
      for (const std::size_t row : {x, n + y}) {
        program.rows[row].columns.push_back(static_cast<int>(x * m + y));
        program.rows[row].coefficients.push_back(1);
      }
  for (std::size_t x = 0; x < n; ++x) program.rows[x].low = program.rows[x].high = p[x];
  // One equality is implied by the others; leaving it open spares the solver contradictions of rounding.
  for (std::size_t y = 0; y + 1 < m; ++y) program.rows[n + y].low = program.rows[n + y].high = q[y];
  return program;
}

/// The solver's vertex with marginals made exact: its cells are a forest, so that a cell alone in its row or column has
/// what the marginal still needs; what the solver's tolerance leaves open is paired greedily.
std::vector<double> exact_vertex(LinearSolver& solver, const Distribution& p, const Distribution& q) {
  const std::size_t n = p.size(), m = q.size();
  const auto found = solver.solve().variables;
  std::vector<double> need = p.masses(), point(n * m);
  need.insert(need.end(), q.masses().begin(), q.masses().end());
  std::vector<std::vector<std::size_t>> cells(n + m);
  std::vector<std::size_t> degree(n + m), leaves;
  for (std::size_t c = 0; c < found.size(); ++c)
    if (found[c] > 1e-9) {
      cells[c / m].push_back(c);
      cells[n + c % m].push_back(c);
    }
  for (std::size_t i = 0; i < n + m; ++i)
    if ((degree[i] = cells[i].size()) == 1) leaves.push_back(i);
  std::vector<char> done(n * m);
  for (; !leaves.empty();) {
    const std::size_t leaf = leaves.back();
    leaves.pop_back();
    for (const std::size_t c : cells[leaf]) {
      if (done[c]) continue;
      const std::size_t other = leaf < n ? n + c % m : c / m;
      done[c] = 1;
      point[c] = std::min(need[leaf], need[other]);
      need[leaf] -= point[c];
      need[other] -= point[c];
      if (--degree[other] == 1) leaves.push_back(other);
    }
  }
  const auto rest =
      mec_max_seeking(Distribution::trusted({need.begin(), need.begin() + static_cast<std::ptrdiff_t>(n)}),
                      Distribution::trusted({need.begin() + static_cast<std::ptrdiff_t>(n), need.end()}));
  for (std::size_t c = 0; c < rest.mass.size(); ++c) point[rest.rows[c] * m + rest.columns[c]] += rest.mass[c];
  return point;
}

SparseCoupling linearise(LinearSolver& solver, const Distribution& p, const Distribution& q,
                         std::vector<double> point) {
  double entropy = entropy_bits(point);
  std::vector<double> cost(point.size());
  for (int step = 0; step < 1000; ++step) {
    for (std::size_t c = 0; c < cost.size(); ++c) cost[c] = -std::log2(std::max(point[c], 1e-9)) - std::numbers::log2e;
    solver.set_cost(cost);
    auto next = exact_vertex(solver, p, q);
    const double reached = entropy_bits(next);
    if (reached > entropy - 1e-9) break;
    entropy = reached;
    point = std::move(next);
  }
  SparseCoupling coupling{p.size(), q.size(), {}, {}, {}};
  for (std::size_t c = 0; c < point.size(); ++c)
    if (point[c] > 0) coupling.add(c / q.size(), c % q.size(), point[c]);
  return coupling;
}

/// The masses that a spanning tree of cells must have; false if one is negative or the cells hold a cycle.
bool solve_tree(const std::vector<std::size_t>& cells, std::vector<double> need, std::size_t n, std::size_t m,
                std::vector<double>& mass) {
  std::vector<int> degree(n + m, 0);
  for (const std::size_t cell : cells) {
    ++degree[cell / m];
    ++degree[n + cell % m];
  }
  std::vector<char> done(cells.size(), 0);
  for (std::size_t solved = 0; solved < cells.size(); ++solved) {
    std::size_t i = 0;
    while (i < cells.size() && (done[i] || (degree[cells[i] / m] != 1 && degree[n + cells[i] % m] != 1))) ++i;
    if (i == cells.size()) return false;
    const std::size_t row = cells[i] / m, column = n + cells[i] % m;
    mass[i] = need[degree[row] == 1 ? row : column];
    if (mass[i] < -1e-13) return false;
    need[row] -= mass[i];
    need[column] -= mass[i];
    --degree[row];
    --degree[column];
    done[i] = 1;
  }
  return std::all_of(need.begin(), need.end(), [](double rest) { return std::abs(rest) < 1e-12; });
}

}  // namespace

SparseCoupling mec_max_seeking(const Distribution& p, const Distribution& q) {
  SparseCoupling coupling{p.size(), q.size(), {}, {}, {}};
  auto xs = heap_of(p), ys = heap_of(q);
  while (!xs.empty() && !ys.empty()) {
    auto [px, x] = xs.top();
    auto [qy, y] = ys.top();
    xs.pop();
    ys.pop();
    pair_up(coupling, static_cast<std::size_t>(-x), static_cast<std::size_t>(-y), px, qy);
    if (px > 0) xs.emplace(px, x);
    if (qy > 0) ys.emplace(qy, y);
  }
  for (; !xs.empty(); xs.pop()) settle(coupling, static_cast<std::size_t>(-xs.top().second), xs.top().first, true);
  for (; !ys.empty(); ys.pop()) settle(coupling, static_cast<std::size_t>(-ys.top().second), ys.top().first, false);
  return coupling;
}

SparseCoupling mec_zero_seeking(const Distribution& p, const Distribution& q) {
  // All masses of both sides in one order: the closest pair of different sides is adjacent in it. Pairs that were
  // adjacent once wait in a heap and are skipped when one of the two has changed since.
  using Node = std::tuple<double, int, std::size_t>;  // mass, side, index
  using Gap = std::tuple<double, Node, Node>;
  SparseCoupling coupling{p.size(), q.size(), {}, {}, {}};
  std::set<Node> nodes;
  std::priority_queue<Gap, std::vector<Gap>, std::greater<>> gaps;
  const auto offer = [&](const Node& a, const Node& b) {
    if (std::get<1>(a) != std::get<1>(b)) gaps.emplace(std::get<0>(b) - std::get<0>(a), a, b);
  };
  const auto insert = [&](const Node& node) {
    const auto at = nodes.insert(node).first;
    if (at != nodes.begin()) offer(*std::prev(at), node);
    if (std::next(at) != nodes.end()) offer(node, *std::next(at));
  };
  const auto remove = [&](const Node& node) {
    const auto after = nodes.erase(nodes.find(node));
    if (after != nodes.begin() && after != nodes.end()) offer(*std::prev(after), *after);
  };
  for (std::size_t x = 0; x < p.size(); ++x)
    if (p[x] > 0) insert({p[x], 0, x});
  for (std::size_t y = 0; y < q.size(); ++y)
    if (q[y] > 0) insert({q[y], 1, y});
  while (!gaps.empty()) {
    const auto [gap, a, b] = gaps.top();
    gaps.pop();
    if (!nodes.contains(a) || !nodes.contains(b)) continue;
    remove(a);
    remove(b);
    auto [px, x_side, x] = std::get<1>(a) == 0 ? a : b;
    auto [qy, y_side, y] = std::get<1>(a) == 0 ? b : a;
    pair_up(coupling, x, y, px, qy);
    if (px > 0) insert({px, 0, x});
    if (qy > 0) insert({qy, 1, y});
  }
  for (const auto& [mass, side, index] : nodes) settle(coupling, index, mass, side == 0);
  return coupling;
}

SparseCoupling mec_sla(const Distribution& p, const Distribution& q, const SparseCoupling& start) {
  LinearSolver solver(transport_program(p, q));
  return linearise(solver, p, q, start.dense());
}

SparseCoupling mec_sla(const Distribution& p, const Distribution& q, int restarts, Random random) {
  LinearSolver solver(transport_program(p, q));
  auto best = linearise(solver, p, q, independent_coupling(p, q).dense());
  std::vector<double> cost(p.size() * q.size());
  for (int i = 0; i < restarts; ++i) {
    for (auto& value : cost) value = random.normal();
    solver.set_cost(cost);
    auto found = linearise(solver, p, q, exact_vertex(solver, p, q));
    if (found.entropy() < best.entropy()) best = std::move(found);
  }
  return best;
}

SparseCoupling mec_exact(const Distribution& p, const Distribution& q) {
  std::vector<std::size_t> xs, ys;
  for (std::size_t x = 0; x < p.size(); ++x)
    if (p[x] > 0) xs.push_back(x);
  for (std::size_t y = 0; y < q.size(); ++y)
    if (q[y] > 0) ys.push_back(y);
  const std::size_t n = xs.size(), m = ys.size(), basis = n + m - 1;
  if (n * m > 16)
    throw BadInput("the exact coupling", std::to_string(n * m) + " cells are too many for enumeration",
                   "at most 16; use max-seeking");
  std::vector<double> need;
  for (const std::size_t x : xs) need.push_back(p[x]);
  for (const std::size_t y : ys) need.push_back(q[y]);
  std::vector<char> chosen(n * m, 0);
  std::fill(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(basis), 1);
  SparseCoupling best{p.size(), q.size(), {}, {}, {}};
  double least = std::numeric_limits<double>::infinity();
  std::vector<std::size_t> cells;
  std::vector<double> mass(basis);
  do {
    cells.clear();
    for (std::size_t c = 0; c < chosen.size(); ++c)
      if (chosen[c]) cells.push_back(c);
    if (!solve_tree(cells, need, n, m, mass)) continue;
    const double entropy = entropy_bits(mass);
    if (entropy >= least - 1e-14) continue;
    least = entropy;
    best = {p.size(), q.size(), {}, {}, {}};
    for (std::size_t i = 0; i < basis; ++i)
      if (mass[i] > residue) best.add(xs[cells[i] / m], ys[cells[i] % m], mass[i]);
  } while (std::prev_permutation(chosen.begin(), chosen.end()));
  return best;
}

SparseCoupling couple(DecoderMethod method, const Distribution& p, const Distribution& q, const Random& random) {
  switch (method) {
    case DecoderMethod::zero_seeking:
      return mec_zero_seeking(p, q);
    case DecoderMethod::sla:
      return mec_sla(p, q, 5, random);
    case DecoderMethod::exact:
      return mec_exact(p, q);
    case DecoderMethod::max_seeking:
      break;
  }
  return mec_max_seeking(p, q);
}

}  // namespace offprint::mec_bottleneck
