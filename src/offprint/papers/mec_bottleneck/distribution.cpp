#include "offprint/papers/mec_bottleneck/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"
#include "offprint/math/entropy.hpp"

namespace offprint::mec_bottleneck {

Distribution::Distribution(std::vector<double> masses, bool normalise, const std::string& where)
    : masses_(std::move(masses)) {
  if (masses_.empty()) throw BadInput(where, "has no symbols", "give at least one");
  long double sum = 0;
  for (std::size_t i = 0; i < masses_.size(); ++i) {
    if (!std::isfinite(masses_[i]) || masses_[i] < 0)
      throw BadInput(where, "mass " + std::to_string(i + 1) + " is " + short_number(masses_[i]),
                     "masses are finite and not negative");
    sum += masses_[i];
  }
  if (!(sum > 0) || !std::isfinite(static_cast<double>(sum)))
    throw BadInput(where, "the masses sum to " + short_number(static_cast<double>(sum)),
                   "at least one must be positive");
  if (!normalise && std::abs(sum - 1) > 1e-6L)
    throw BadInput(where, "the masses sum to " + short_number(static_cast<double>(sum), 8) + ", not 1",
                   "normalise them (--normalise) if they are counts");
  for (auto& mass : masses_) mass = static_cast<double>(mass / sum);
}

Distribution Distribution::uniform(std::size_t n) { return Distribution(std::vector<double>(n, 1.0), true); }

Distribution Distribution::trusted(std::vector<double> masses) {
  Distribution result;
  result.masses_ = std::move(masses);
  return result;
}

double Distribution::entropy() const { return entropy_bits(masses_); }

Partition make_partition(const Distribution& p, std::vector<int> labels) {
  Partition result{std::move(labels), {}, 0};
  std::unordered_map<int, int> number;
  for (std::size_t x = 0; x < p.size(); ++x) {
    int& label = result.labels[x];
    if (p[x] <= 0) {
      label = -1;
      continue;
    }
    label = number.emplace(label, static_cast<int>(number.size())).first->second;
    if (static_cast<std::size_t>(label) == result.masses.size()) result.masses.push_back(0);
    result.masses[static_cast<std::size_t>(label)] += p[x];
  }
  result.entropy = std::max(0.0, entropy_bits(result.masses));
  return result;
}

Partition identity_partition(const Distribution& p) {
  std::vector<int> labels(p.size());
  for (std::size_t x = 0; x < p.size(); ++x) labels[x] = static_cast<int>(x);
  return make_partition(p, std::move(labels));
}

void SparseCoupling::add(std::size_t row, std::size_t column, double value) {
  rows.push_back(row);
  columns.push_back(column);
  mass.push_back(value);
}

std::vector<double> SparseCoupling::dense() const {
  std::vector<double> result(row_count * column_count);
  for (std::size_t c = 0; c < mass.size(); ++c) result[rows[c] * column_count + columns[c]] += mass[c];
  return result;
}

std::vector<double> SparseCoupling::row_marginal() const {
  std::vector<double> result(row_count);
  for (std::size_t c = 0; c < mass.size(); ++c) result[rows[c]] += mass[c];
  return result;
}

std::vector<double> SparseCoupling::column_marginal() const {
  std::vector<double> result(column_count);
  for (std::size_t c = 0; c < mass.size(); ++c) result[columns[c]] += mass[c];
  return result;
}

double SparseCoupling::entropy() const { return entropy_bits(mass); }

double SparseCoupling::mutual_information() const {
  return std::max(0.0, entropy_bits(row_marginal()) + entropy_bits(column_marginal()) - entropy());
}

SparseCoupling joint_of(const Distribution& p, const Partition& map) {
  SparseCoupling joint{p.size(), map.masses.size(), {}, {}, {}};
  for (std::size_t x = 0; x < p.size(); ++x)
    if (map.labels[x] >= 0) joint.add(x, static_cast<std::size_t>(map.labels[x]), p[x]);
  return joint;
}

SparseCoupling independent_coupling(const Distribution& p, const Distribution& q) {
  SparseCoupling joint{p.size(), q.size(), {}, {}, {}};
  for (std::size_t x = 0; x < p.size(); ++x)
    for (std::size_t y = 0; y < q.size(); ++y)
      if (p[x] * q[y] > 0) joint.add(x, y, p[x] * q[y]);
  return joint;
}

}  // namespace offprint::mec_bottleneck
