#include "offprint/papers/prdc/nearest_pairs.hpp"

#include <cblas.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "offprint/base/error.hpp"
#include "offprint/papers/prdc/distances.hpp"

namespace offprint::prdc {
namespace {

constexpr float far_away = 1e18F;      ///< coordinate of unused places: its square stays finite
constexpr float slack = 1 - 1e-5F;     ///< bounds are rounded: a bound prunes only if it is clearly above
constexpr double touched_limit = 0.3;  ///< beyond this share of the points, matrix products are faster than the tree

}  // namespace

/// The k best so far, nearest first.
struct NearestPairs::Best {
  explicit Best(int k) : k_(k) { list_.reserve(static_cast<std::size_t>(k)); }
  float worst() const {
    return static_cast<int>(list_.size()) < k_ ? std::numeric_limits<float>::infinity() : list_.back().squared_distance;
  }
  void offer(std::uint32_t index, float squared_distance) {
    if (index == none || squared_distance > worst()) return;
    const Neighbour candidate{index, squared_distance};
    const auto nearer = [](const Neighbour& a, const Neighbour& b) {
      return a.squared_distance < b.squared_distance || (a.squared_distance == b.squared_distance && a.index < b.index);
    };
    const auto place = std::lower_bound(list_.begin(), list_.end(), candidate, nearer);
    if (place != list_.end() && place->index == index) return;  // a hint met again
    if (static_cast<int>(list_.size()) == k_) {
      if (place == list_.end()) return;
      list_.pop_back();
    }
    list_.insert(place, candidate);
  }
  int k_;
  std::vector<Neighbour> list_;
};

NearestPairs::NearestPairs(std::span<const float> states, std::span<const float> actions, int state_size,
                           int action_size, double beta, SearchMethod method)
    : state_size_(state_size), dimensions_(state_size + action_size), beta_(beta) {
  const auto o = static_cast<std::size_t>(state_size), a = static_cast<std::size_t>(action_size);
  if (state_size < 1 || action_size < 0 || states.size() % o != 0 || actions.size() != states.size() / o * a)
    throw BadInput("pairs", "states and actions do not fit each other", "give as many states as actions");
  size_ = states.size() / o;
  if (size_ == 0 || size_ >= none) throw BadInput("pairs", "no pairs, or more than 4 billion", "give some");
  if (!(beta >= 0) || !std::isfinite(beta))
    throw BadInput("--beta", fmt::format("{} is negative or not finite", beta), "give 0 or more");
  std::vector<float> points(size_ * static_cast<std::size_t>(dimensions_));
  for (std::size_t i = 0; i < size_; ++i) {
    float* const point = points.data() + i * static_cast<std::size_t>(dimensions_);
    make_key(states.data() + i * o, actions.data() + i * a, point);
    for (int d = 0; d < dimensions_; ++d)
      if (!std::isfinite(point[d]))
        throw BadInput("pairs", fmt::format("row {} is not finite", i), "remove or mend it");
  }
  std::vector<std::uint32_t> order(size_);
  std::iota(order.begin(), order.end(), 0U);
  places_.resize(size_);
  padded_ = (dimensions_ + block_size - 1) / block_size * block_size;
  nodes_.emplace_back();
  build(0, order, 0, size_, points);
  for (std::size_t place = 0; place < block_indices_.size(); ++place)
    if (block_indices_[place] != none) places_[block_indices_[place]] = static_cast<std::uint32_t>(place);
  method_ = method;
  if (method == SearchMethod::automatic) choose_method();
  if (method_ == SearchMethod::brute_force) {
    norms_.assign(block_indices_.size(), far_away);
    for (std::size_t place = 0; place < norms_.size(); ++place) {
      if (block_indices_[place] == none) continue;
      const auto p = point(block_indices_[place]);
      norms_[place] = std::inner_product(p.begin(), p.end(), p.begin(), 0.0F);
    }
  }
}

void NearestPairs::make_key(const float* state, const float* action, float* key) const {
  const float scale = static_cast<float>(beta_);
  for (int d = 0; d < state_size_; ++d) key[d] = scale * state[d];
  std::copy_n(action, dimensions_ - state_size_, key + state_size_);
}

void NearestPairs::build(std::uint32_t node, std::vector<std::uint32_t>& order, std::size_t from, std::size_t to,
                         const std::vector<float>& points) {
  const auto d_count = static_cast<std::size_t>(dimensions_), padded = static_cast<std::size_t>(padded_);
  boxes_.resize(nodes_.size() * 2 * padded);
  float* const low = boxes_.data() + node * 2 * padded;
  float* const high = low + padded;
  std::fill(low, low + padded, -far_away);  // unused dimensions hold any key
  std::fill(high, high + padded, far_away);
  std::size_t axis = 0;
  for (std::size_t d = 0; d < d_count; ++d) {
    low[d] = far_away;
    high[d] = -far_away;
    for (std::size_t i = from; i < to; ++i) {
      const float x = points[order[i] * d_count + d];
      low[d] = std::min(low[d], x);
      high[d] = std::max(high[d], x);
    }
    if (high[d] - low[d] > high[axis] - low[axis]) axis = d;
  }
  if (to - from <= block_size) {
    const std::size_t block = block_indices_.size() / block_size;
    nodes_[node] = {true, static_cast<std::uint32_t>(block)};
    block_indices_.resize(block_indices_.size() + block_size, none);
    blocks_.resize(blocks_.size() + d_count * block_size, far_away);
    std::sort(order.begin() + static_cast<std::ptrdiff_t>(from), order.begin() + static_cast<std::ptrdiff_t>(to));
    for (std::size_t j = 0; j < to - from; ++j) {
      const auto index = order[from + j];
      block_indices_[block * block_size + j] = index;
      for (std::size_t d = 0; d < d_count; ++d)
        blocks_[(block * d_count + d) * block_size + j] = points[index * d_count + d];
    }
    return;
  }
  const std::size_t middle = from + (to - from + 1) / 2;
  const auto coordinate = [&](std::uint32_t index) { return points[index * d_count + axis]; };
  std::nth_element(order.begin() + static_cast<std::ptrdiff_t>(from),
                   order.begin() + static_cast<std::ptrdiff_t>(middle), order.begin() + static_cast<std::ptrdiff_t>(to),
                   [&](std::uint32_t a, std::uint32_t b) {
                     return coordinate(a) < coordinate(b) || (coordinate(a) == coordinate(b) && a < b);
                   });
  const auto child = static_cast<std::uint32_t>(nodes_.size());
  nodes_[node] = {false, child};
  nodes_.resize(nodes_.size() + 2);
  build(child, order, from, middle, points);
  build(child + 1, order, middle, to, points);
}

std::vector<float> NearestPairs::point(std::uint32_t index) const {
  const std::size_t place = places_[index], block = place / block_size, lane = place % block_size,
                    d_count = static_cast<std::size_t>(dimensions_);
  std::vector<float> p(d_count);
  for (std::size_t d = 0; d < d_count; ++d) p[d] = blocks_[(block * d_count + d) * block_size + lane];
  return p;
}

float NearestPairs::squared_distance(const float* key, std::uint32_t index) const {
  float distances[block_size];
  const std::size_t place = places_[index];
  block_distances(blocks_.data() + place / block_size * block_size * static_cast<std::size_t>(dimensions_), key,
                  dimensions_, distances);
  return distances[place % block_size];
}

void NearestPairs::scan(std::uint32_t block, const float* key, Best& best) const {
  float distances[block_size];
  block_distances(blocks_.data() + static_cast<std::size_t>(block) * block_size * static_cast<std::size_t>(dimensions_),
                  key, dimensions_, distances);
  const float worst = best.worst();
  for (int j = 0; j < block_size; ++j)
    if (distances[j] <= worst)
      best.offer(block_indices_[static_cast<std::size_t>(block) * block_size + static_cast<std::size_t>(j)],
                 distances[j]);
}

void NearestPairs::search(std::uint32_t id, const float* key, Best& best, std::size_t& touched) const {
  const Node node = nodes_[id];
  if (node.leaf) {
    touched += block_size;
    scan(node.child, key, best);
    return;
  }
  float bounds[2];
  box_distances(boxes_.data() + static_cast<std::size_t>(node.child) * 2 * static_cast<std::size_t>(padded_), key,
                padded_, bounds);
  const std::uint32_t near = bounds[1] < bounds[0];
  if (bounds[near] * slack <= best.worst()) search(node.child + near, key, best, touched);
  if (bounds[1 - near] * slack <= best.worst()) search(node.child + 1 - near, key, best, touched);
}

void NearestPairs::start_search(const float* key, Best& best, std::size_t& touched) const {
  constexpr int usual = 64;
  float small[usual] = {};
  std::vector<float> large;
  if (padded_ > usual) large.assign(static_cast<std::size_t>(padded_), 0);
  float* const padded = padded_ > usual ? large.data() : small;
  std::copy_n(key, dimensions_, padded);
  search(0, padded, best, touched);
}

Neighbour NearestPairs::nearest(const float* key, std::span<const std::uint32_t> hints, std::size_t* touched) const {
  Best best(1);
  for (const auto hint : hints)
    if (hint != none) best.offer(hint, squared_distance(key, hint));
  std::size_t looked_at = 0;
  start_search(key, best, looked_at);
  if (touched) *touched += looked_at;
  return best.list_[0];
}

std::vector<Neighbour> NearestPairs::nearest(const float* key, int k) const {
  if (k < 1 || static_cast<std::size_t>(k) > size_)
    throw BadInput("--k", fmt::format("{} neighbours of {} pairs", k, size_), "give 1 to that many");
  Best best(k);
  std::size_t touched = 0;
  start_search(key, best, touched);
  return best.list_;
}

void NearestPairs::nearest(const float* keys, std::size_t count, std::span<const std::uint32_t> hints,
                           int hints_per_key, Neighbour* results) const {
  const auto own = static_cast<std::size_t>(hints_per_key);
  if (method_ != SearchMethod::brute_force) {
    for (std::size_t i = 0; i < count; ++i)
      results[i] = nearest(keys + i * static_cast<std::size_t>(dimensions_), hints.subspan(i * own, own));
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    results[i] = {};
    for (const auto hint : hints.subspan(i * own, own)) {
      if (hint == none) continue;
      const float distance = squared_distance(keys + i * static_cast<std::size_t>(dimensions_), hint);
      if (distance < results[i].squared_distance ||
          (distance == results[i].squared_distance && hint < results[i].index))
        results[i] = {hint, distance};
    }
  }
  search_all(keys, count, results);
}

void NearestPairs::search_all(const float* keys, std::size_t count, Neighbour* results) const {
  const auto d_count = static_cast<std::size_t>(dimensions_);
  constexpr std::size_t chunk = 256 * block_size;  // points whose products stay in the cache
  std::vector<float> rows(chunk * d_count), products(count * chunk), key_norms(count);
  std::vector<unsigned> places(chunk);
  float largest_norm = 0;
  for (std::size_t i = 0; i < count; ++i)
    key_norms[i] = std::inner_product(keys + i * d_count, keys + (i + 1) * d_count, keys + i * d_count, 0.0F);
  for (std::size_t place = 0; place < norms_.size(); ++place)
    if (block_indices_[place] != none) largest_norm = std::max(largest_norm, norms_[place]);
  for (std::size_t from = 0; from < norms_.size(); from += chunk) {
    const std::size_t n = std::min(chunk, norms_.size() - from), blocks = n / block_size;
    for (std::size_t b = 0; b < blocks; ++b)  // [dimension][point] of the chunk
      for (std::size_t d = 0; d < d_count; ++d)
        std::copy_n(blocks_.begin() + static_cast<std::ptrdiff_t>(((from / block_size + b) * d_count + d) * block_size),
                    block_size, rows.begin() + static_cast<std::ptrdiff_t>(d * n + b * block_size));
    for (std::size_t b = 0; b < blocks; ++b)
      for (std::size_t j = 0; j < block_size; ++j)
        if (block_indices_[from + b * block_size + j] == none)
          for (std::size_t d = 0; d < d_count; ++d) rows[d * n + b * block_size + j] = 0;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(count), static_cast<int>(n), dimensions_, 1,
                keys, dimensions_, rows.data(), static_cast<int>(n), 0, products.data(), static_cast<int>(n));
    for (std::size_t i = 0; i < count; ++i) {
      // Products lose digits to cancellation: whatever could still be nearest is measured exactly.
      const float doubt = 4e-6F * (key_norms[i] + largest_norm);
      const auto found = candidates(products.data() + i * n, norms_.data() + from, key_norms[i],
                                    results[i].squared_distance + doubt, n, places.data());
      for (std::size_t c = 0; c < found; ++c) {
        const auto index = block_indices_[from + places[c]];
        if (index == none || key_norms[i] + norms_[from + places[c]] - 2 * products[i * n + places[c]] >
                                 results[i].squared_distance + doubt)
          continue;
        const float distance = squared_distance(keys + i * d_count, index);
        if (distance < results[i].squared_distance ||
            (distance == results[i].squared_distance && index < results[i].index))
          results[i] = {index, distance};
      }
    }
  }
}

void NearestPairs::choose_method() {
  // Keys of the data's states with other pairs' actions, as a policy early in its training makes them.
  constexpr std::size_t trials = 64;
  std::size_t touched = 0;
  for (std::size_t t = 0; t < trials; ++t) {
    const auto own = static_cast<std::uint32_t>(t * size_ / trials),
               other = static_cast<std::uint32_t>((t * 7919 + size_ / 2) % size_);
    auto key = point(own);
    const auto borrowed = point(other);
    std::copy(borrowed.begin() + state_size_, borrowed.end(), key.begin() + state_size_);
    const std::uint32_t hints[]{own};
    nearest(key.data(), hints, &touched);
  }
  touched_share_ =
      static_cast<double>(touched) / static_cast<double>(trials) / static_cast<double>(block_indices_.size());
  method_ = touched_share_ > touched_limit && size_ > 4096 ? SearchMethod::brute_force : SearchMethod::kd_tree;
}

Neighbour nearest_by_definition(const std::vector<float>& points, int dimensions, const float* key) {
  Neighbour best;
  double least = std::numeric_limits<double>::infinity();
  const auto d_count = static_cast<std::size_t>(dimensions);
  for (std::size_t i = 0; i < points.size() / d_count; ++i) {
    double sum = 0;
    for (std::size_t d = 0; d < d_count; ++d) {
      const double difference = static_cast<double>(key[d]) - static_cast<double>(points[i * d_count + d]);
      sum += difference * difference;
    }
    if (sum < least) {
      least = sum;
      best = {static_cast<std::uint32_t>(i), static_cast<float>(sum)};
    }
  }
  return best;
}

}  // namespace offprint::prdc
