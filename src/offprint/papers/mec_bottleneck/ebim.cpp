#include "offprint/papers/mec_bottleneck/ebim.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <queue>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"
#include "offprint/math/entropy.hpp"

namespace offprint::mec_bottleneck {
namespace {

void check_rate(double rate) {
  if (!(rate >= 0)) throw BadInput("the rate", "is " + short_number(rate), "give bits, at least 0");
}

std::vector<std::size_t> support_by_mass(const Distribution& p) {
  std::vector<std::pair<double, std::size_t>> keyed;
  keyed.reserve(p.size());
  for (std::size_t x = 0; x < p.size(); ++x)
    if (p[x] > 0) keyed.emplace_back(-p[x], x);
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::size_t> order(keyed.size());
  for (std::size_t i = 0; i < keyed.size(); ++i) order[i] = keyed[i].second;
  return order;
}

std::vector<std::size_t> support(const Distribution& p, std::size_t limit) {
  std::vector<std::size_t> symbols;
  for (std::size_t x = 0; x < p.size(); ++x)
    if (p[x] > 0) symbols.push_back(x);
  if (symbols.size() > limit)
    throw BadInput("the distribution", "has " + std::to_string(symbols.size()) + " symbols, too many for enumeration",
                   "at most " + std::to_string(limit) + "; the other methods take any number");
  return symbols;
}

/// Calls visit(labels, masses) for every partition of the symbols.
void for_each_partition(const Distribution& p, const std::vector<std::size_t>& symbols,
                        const std::function<void(const std::vector<int>&, const std::vector<double>&)>& visit) {
  std::vector<int> labels(p.size(), -1);
  std::vector<double> masses;
  const std::function<void(std::size_t)> place = [&](std::size_t i) {
    if (i == symbols.size()) return visit(labels, masses);
    const std::size_t x = symbols[i], groups = masses.size();
    for (std::size_t g = 0; g < groups; ++g) {
      const double before = masses[g];
      labels[x] = static_cast<int>(g);
      masses[g] += p[x];
      place(i + 1);
      masses[g] = before;
    }
    labels[x] = static_cast<int>(groups);
    masses.push_back(p[x]);
    place(i + 1);
    masses.pop_back();
  };
  place(0);
}

}  // namespace

GreedyMaps::GreedyMaps(const Distribution& p) : alphabet_(p.size()), order_(support_by_mass(p)) {
  const std::size_t n = order_.size();
  sorted_.resize(n);
  group_.resize(n + 1);
  rest_entropy_.resize(n + 1);
  long double sum = 0, entropy = 0;
  for (std::size_t i = 0; i < n; ++i) {
    sorted_[i] = p[order_[i]];
    group_[i + 1] = static_cast<double>(sum += sorted_[i]);
  }
  for (std::size_t i = n; i-- > 0;) rest_entropy_[i] = static_cast<double>(entropy += entropy_term(sorted_[i]));
}

double GreedyMaps::kept_entropy(std::size_t step) const {
  return std::max(0.0, entropy_term(group_[step + 1]) + rest_entropy_[step + 1]);
}

double GreedyMaps::candidate_entropy(std::size_t step) const {
  const std::size_t n = order_.size();
  if (n - step < 2) return kept_entropy(step);
  return kept_entropy(step - 1) - merge_loss_bits(sorted_[n - 2], sorted_[n - 1]);
}

Partition GreedyMaps::kept(std::size_t step) const {
  Partition map{std::vector<int>(alphabet_, -1), {group_[step + 1]}, kept_entropy(step)};
  map.masses.insert(map.masses.end(), sorted_.begin() + static_cast<std::ptrdiff_t>(step) + 1, sorted_.end());
  for (std::size_t i = 0; i < order_.size(); ++i) map.labels[order_[i]] = i <= step ? 0 : static_cast<int>(i - step);
  return map;
}

Partition GreedyMaps::candidate(std::size_t step) const {
  if (order_.size() - step < 2) return kept(step);
  Partition map = kept(step - 1);
  map.labels[order_.back()] -= 1;
  const double smallest = map.masses.back();
  map.masses.pop_back();
  map.masses.back() += smallest;
  map.entropy = candidate_entropy(step);
  return map;
}

Partition ebim_greedy(const Distribution& p, double rate) {
  check_rate(rate);
  const GreedyMaps maps(p);
  const double limit = rate + rate_tolerance;
  if (maps.kept_entropy(0) <= limit) return maps.kept(0);
  // candidate(1) > kept(1) > candidate(2) > ...: bisection finds the first kept map within the rate, and its candidate
  // comes just before it.
  std::size_t above = 0, within = maps.symbols() - 1;
  while (within - above > 1) {
    const std::size_t middle = (above + within) / 2;
    (maps.kept_entropy(middle) <= limit ? within : above) = middle;
  }
  return maps.candidate_entropy(within) <= limit ? maps.candidate(within) : maps.kept(within);
}

Partition ebim_exact(const Distribution& p, double rate) {
  check_rate(rate);
  double best = -1;
  std::vector<int> best_labels;
  for_each_partition(p, support(p, 12), [&](const std::vector<int>& labels, const std::vector<double>& masses) {
    double entropy = 0;
    for (const double mass : masses) entropy += entropy_term(mass);
    if (entropy <= rate + rate_tolerance && entropy > best + 1e-14) {
      best = entropy;
      best_labels = labels;
    }
  });
  return make_partition(p, best_labels);
}

Partition ebim_local_search(const Distribution& p, double rate, const Check& check, int rounds) {
  auto map = ebim_greedy(p, rate);
  if (auto other = shkel_verdu(p, rate, check); other.entropy > map.entropy) map = std::move(other);
  auto& masses = map.masses;
  masses.push_back(0);  // room for a new group
  const auto symbols = support(p, p.size());
  const auto attempt = [&](std::size_t from, std::size_t to, double shift) {
    const double gain = entropy_term(masses[from] - shift) + entropy_term(masses[to] + shift) -
                        entropy_term(masses[from]) - entropy_term(masses[to]);
    if (gain <= 1e-12 || map.entropy + gain > rate + rate_tolerance) return false;
    masses[from] -= shift;
    masses[to] += shift;
    map.entropy += gain;
    return true;
  };
  bool improved = true;
  for (int round = 0; improved && round < rounds; ++round) {
    improved = false;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      if (check) check();
      int& label = map.labels[symbols[i]];
      for (std::size_t g = 0; g < masses.size(); ++g)
        if (static_cast<int>(g) != label && attempt(static_cast<std::size_t>(label), g, p[symbols[i]])) {
          label = static_cast<int>(g);
          improved = true;
          if (g + 1 == masses.size()) masses.push_back(0);
        }
      for (std::size_t j = 0; j < i; ++j) {
        int& other = map.labels[symbols[j]];
        if (other != label &&
            attempt(static_cast<std::size_t>(label), static_cast<std::size_t>(other), p[symbols[i]] - p[symbols[j]])) {
          std::swap(label, other);
          improved = true;
        }
      }
    }
  }
  return make_partition(p, map.labels);
}

Partition quantiser(const Distribution& p, double rate) {
  check_rate(rate);
  const double n = static_cast<double>(p.size()), bins = std::floor(std::exp2(rate) + 1e-9);
  const auto width = bins >= n ? 1 : static_cast<std::size_t>(std::ceil(n / bins));
  std::vector<int> labels(p.size());
  for (std::size_t x = 0; x < p.size(); ++x) labels[x] = static_cast<int>(x / width);
  return make_partition(p, std::move(labels));
}

Partition shkel_verdu(const Distribution& p, double rate, const Check& check) {
  check_rate(rate);
  const auto order = support_by_mass(p);
  if (p.entropy() <= rate + rate_tolerance) return identity_partition(p);
  Partition best;
  std::vector<int> labels(p.size());
  for (std::size_t groups = 1; groups < order.size(); ++groups) {
    if (check) check();
    std::priority_queue<std::pair<double, int>, std::vector<std::pair<double, int>>, std::greater<>> lightest;
    for (std::size_t g = 0; g < groups; ++g) lightest.emplace(0, static_cast<int>(g));
    for (const std::size_t x : order) {
      auto [mass, group] = lightest.top();
      lightest.pop();
      labels[x] = group;
      lightest.emplace(mass + p[x], group);
    }
    auto map = make_partition(p, labels);
    if (map.entropy <= rate + rate_tolerance && (best.masses.empty() || map.entropy > best.entropy))
      best = std::move(map);
  }
  return best;
}

Partition encode(EncoderMethod method, const Distribution& p, double rate, const Check& check) {
  switch (method) {
    case EncoderMethod::exact:
      return ebim_exact(p, rate);
    case EncoderMethod::local_search:
      return ebim_local_search(p, rate, check);
    case EncoderMethod::quantiser:
      return quantiser(p, rate);
    case EncoderMethod::shkel_verdu:
      return shkel_verdu(p, rate, check);
    case EncoderMethod::greedy:
      break;
  }
  return ebim_greedy(p, rate);
}

std::vector<Partition> all_maps(const Distribution& p) {
  std::vector<Partition> maps;
  for_each_partition(p, support(p, 10), [&](const std::vector<int>& labels, const std::vector<double>& masses) {
    maps.push_back({labels, masses, std::max(0.0, entropy_bits(masses))});
  });
  return maps;
}

std::vector<Partition> greedy_maps(const Distribution& p, std::size_t limit) {
  const GreedyMaps visited(p);
  const std::size_t count = 2 * visited.symbols() - 1, stride = (count + limit - 1) / limit;
  std::vector<Partition> maps;
  for (std::size_t i = 0; i < count; i += stride)
    maps.push_back(i % 2 == 1 ? visited.candidate((i + 1) / 2) : visited.kept(i / 2));
  if ((count - 1) % stride != 0) maps.push_back(visited.kept(visited.symbols() - 1));
  return maps;
}

}  // namespace offprint::mec_bottleneck
