#include "offprint/papers/continual_privacy/counters.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>

#include "offprint/base/error.hpp"
#include "offprint/math/statistics.hpp"

namespace offprint::continual_privacy {
namespace {

std::size_t lowest_level(std::int64_t t) {
  return static_cast<std::size_t>(std::countr_zero(static_cast<std::uint64_t>(t)));
}

Noise node_noise(const MechanismConfig& config) {
  return Noise::for_releases(config.budget, config.rows.l1_sensitivity(), config.rows.l2_sensitivity(),
                             tree_levels(config.horizon));
}

template <class T>
void restore_vector(const nlohmann::ordered_json& json, std::vector<T>& values) {
  auto restored = json.get<std::vector<T>>();
  if (restored.size() != values.size()) throw BadInput("", "the saved stream is damaged");
  values = std::move(restored);
}

/// The square root of the matrix of sums: f_0 = 1, f_k = f_{k-1} (2k - 1) / (2k).
std::vector<double> square_root_kernel(std::int64_t horizon) {
  std::vector<double> kernel(static_cast<std::size_t>(horizon), 1.0);
  for (std::size_t k = 1; k < kernel.size(); ++k)
    kernel[k] = kernel[k - 1] * static_cast<double>(2 * k - 1) / static_cast<double>(2 * k);
  return kernel;
}

/// The l with l * kernel = 1, 1, 1, ...
std::vector<double> left_factor(const std::shared_ptr<const ConvolutionKernel>& right) {
  const auto kernel = right->values();
  std::vector<double> shifted(kernel.begin() + 1, kernel.end());
  std::vector<double> left{1 / kernel[0]};
  if (shifted.empty()) return left;
  OnlineConvolution product(std::make_shared<ConvolutionKernel>(std::move(shifted)), false);
  while (left.size() < kernel.size()) left.push_back((1 - product.push(left.back())) / kernel[0]);
  return left;
}

}  // namespace

/// L and R of a horizon, R rounded to multiples of 2^-grid_bits and held in those units.
struct SquareRootFactors {
  SquareRootFactors(std::int64_t horizon, int bits) : grid_bits(bits) {
    auto kernel = square_root_kernel(horizon);
    const double grid = std::ldexp(1.0, grid_bits);
    for (double& value : kernel) {
      value = std::nearbyint(value * grid);
      column_norm += value * value;
      total += value;
    }
    error_of_one = rounding_error(kernel, kernel.size(), 1);
    right = std::make_shared<ConvolutionKernel>(std::move(kernel));
    auto values = left_factor(right);
    double norm = 0;
    left_norms.reserve(values.size());
    for (const double value : values) left_norms.push_back(norm += value * value);
    left = std::make_shared<ConvolutionKernel>(std::move(values));
  }
  int grid_bits;
  double column_norm = 0, total = 0;  ///< R's first column: sum of squares, sum
  double error_of_one = 0;            ///< rounding_error() of R for inputs of at most 1
  std::shared_ptr<const ConvolutionKernel> right, left;
  std::vector<double> left_norms;  ///< by step: the sum of squares of L's row
};

namespace {

/// The last factors are kept: repetitions of an experiment have one horizon, and L costs as much as its noise.
std::shared_ptr<const SquareRootFactors> square_root_factors(std::int64_t horizon, int grid_bits) {
  static std::mutex mutex;
  static std::shared_ptr<const SquareRootFactors> last;
  const std::lock_guard lock(mutex);
  if (!last || static_cast<std::int64_t>(last->left_norms.size()) != horizon || last->grid_bits != grid_bits)
    last = std::make_shared<SquareRootFactors>(horizon, grid_bits);
  return last;
}

}  // namespace

int tree_levels(std::int64_t horizon) { return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(horizon))); }

double Counter::largest_variance() const {
  // The largest variance is at a step with all lower bits set, or at the end.
  double largest = variance_at(horizon());
  for (std::int64_t t = 1; t <= horizon(); t = 2 * t + 1) largest = std::max(largest, variance_at(t));
  const auto bits = static_cast<std::uint64_t>(horizon());
  for (int level = 0; level < 63; ++level)
    if (bits >> level & 1) {
      const auto t = static_cast<std::int64_t>((bits ^ std::uint64_t{1} << level) | ((std::uint64_t{1} << level) - 1));
      if (t >= 1) largest = std::max(largest, variance_at(t));
    }
  return largest;
}

double Counter::half_width(std::int64_t t) const { return normal_quantile(0.975) * std::sqrt(variance_at(t)); }

void Counter::publish(std::span<const double> sums) {
  const double grid = config().rows.grid;
  auto& out = release();
  out.values.resize(sums.size());
  for (std::size_t j = 0; j < sums.size(); ++j) out.values[j] = sums[j] * grid;
  out.stddev = std::sqrt(variance_at(now())) * grid;
  out.half_width_95 = half_width(now()) * grid;
}

TreeCounter::TreeCounter(const MechanismConfig& config, RandomBits bits)
    : Counter(config, std::move(bits)), noise_(node_noise(config)) {
  sums_.resize(dimension());
  values_.resize(dimension());
  noises_.resize(dimension() * static_cast<std::size_t>(tree_levels(config.horizon)));
}

double TreeCounter::variance_at(std::int64_t t) const {
  return std::popcount(static_cast<std::uint64_t>(t)) * noise_.variance();
}

double TreeCounter::half_width(std::int64_t t) const {
  return noise_.is_laplace() ? noise_.bound(0.05, std::popcount(static_cast<std::uint64_t>(t)))
                             : Counter::half_width(t);
}

void TreeCounter::advance(std::span<const std::int64_t> row) {
  const std::int64_t before = now() & (now() - 1);
  const std::size_t d = dimension(), level = lowest_level(now());
  const std::int64_t* parent = before == 0 ? nullptr : &noises_[lowest_level(before) * d];
  for (std::size_t j = 0; j < d; ++j) {
    sums_[j] += row[j];
    const std::int64_t total = (parent == nullptr ? 0 : parent[j]) + noise_(bits());
    noises_[level * d + j] = total;
    values_[j] = static_cast<double>(sums_[j] + total);
  }
  publish(values_);
}

nlohmann::ordered_json TreeCounter::save_state() const { return {{"sums", sums_}, {"noises", noises_}}; }

void TreeCounter::restore_state(const nlohmann::ordered_json& state) {
  restore_vector(state.at("sums"), sums_);
  restore_vector(state.at("noises"), noises_);
}

HonakerCounter::HonakerCounter(const MechanismConfig& config, RandomBits bits)
    : Counter(config, std::move(bits)), noise_(node_noise(config)) {
  const auto levels = static_cast<std::size_t>(tree_levels(config.horizon));
  double share = 1;  // of a draw's variance that a node's estimate keeps
  for (std::size_t level = 0; level < levels; ++level) {
    if (level > 0) share = 2 * share / (1 + 2 * share);
    own_weight_.push_back(share);
    node_variance_.push_back(share * noise_.variance());
  }
  sums_.resize(dimension());
  values_.resize(dimension());
  ends_.resize(dimension() * levels);
  estimates_.resize(dimension() * levels);
  prefixes_.resize(dimension() * levels);
}

double HonakerCounter::variance_at(std::int64_t t) const {
  double variance = 0;
  for (std::size_t level = 0; level < node_variance_.size(); ++level)
    if (t >> level & 1) variance += node_variance_[level];
  return variance;
}

void HonakerCounter::advance(std::span<const std::int64_t> row) {
  const std::int64_t before = now() & (now() - 1);
  const std::size_t d = dimension(), top = lowest_level(now()), parent = before == 0 ? 0 : lowest_level(before);
  for (std::size_t j = 0; j < d; ++j) {
    sums_[j] += row[j];
    double estimate = static_cast<double>(row[j] + noise_(bits()));
    for (std::size_t level = 1; level <= top; ++level) {
      const std::int64_t start = level < top ? ends_[level * d + j] : before == 0 ? 0 : ends_[parent * d + j];
      const double own = static_cast<double>(sums_[j] - start + noise_(bits())),
                   children = estimates_[(level - 1) * d + j] + estimate;
      estimate = own_weight_[level] * own + (1 - own_weight_[level]) * children;
    }
    const std::size_t here = top * d + j;
    estimates_[here] = estimate;
    ends_[here] = sums_[j];
    prefixes_[here] = values_[j] = (before == 0 ? 0 : prefixes_[parent * d + j]) + estimate;
  }
  publish(values_);
}

nlohmann::ordered_json HonakerCounter::save_state() const {
  return {{"sums", sums_}, {"ends", ends_}, {"estimates", estimates_}, {"prefixes", prefixes_}};
}

void HonakerCounter::restore_state(const nlohmann::ordered_json& state) {
  restore_vector(state.at("sums"), sums_);
  restore_vector(state.at("ends"), ends_);
  restore_vector(state.at("estimates"), estimates_);
  restore_vector(state.at("prefixes"), prefixes_);
}

SquareRootCounter::SquareRootCounter(const MechanismConfig& config, RandomBits bits)
    : Counter(config, std::move(bits)) {
  if (config.budget.is_pure)
    throw BadInput("mechanism", "the square-root mechanism adds Gaussian noise, which is not purely private",
                   "give --rho, or --delta with --epsilon, or use honaker");
  if (config.horizon > 1 << 20)
    throw BadInput("horizon", "the square-root mechanism takes at most 2^20 steps", "use honaker");
  double norm = 0;
  for (const double value : square_root_kernel(config.horizon)) norm += value * value;
  const double d2 = config.rows.l2_sensitivity(), variance = d2 * d2 * norm / (2 * config.budget.rho);
  int grid_bits = 24;
  while (grid_bits > 8 && variance * std::ldexp(1.0, 2 * grid_bits) > 0x1p60) --grid_bits;
  factors_ = square_root_factors(config.horizon, grid_bits);
  noise_ = Noise::for_releases(config.budget, 0, d2, factors_->column_norm);
  column_norm_ = std::ldexp(factors_->column_norm, -2 * grid_bits);
  const double largest = static_cast<double>(std::max(std::abs(config.rows.low), std::abs(config.rows.high)));
  if (factors_->total * largest > 0x1p52)
    throw BadInput("low, high", "the square-root mechanism's products could leave 52 bits",
                   "choose a coarser grid or honaker");
  while (digit_bits_ < 40 && std::ldexp(2 * factors_->error_of_one, digit_bits_) < 0.1) ++digit_bits_;
  while (std::ldexp(1.0, digit_bits_ * digits_) <= largest) ++digits_;
  for (std::size_t j = 0; j < dimension(); ++j) {
    left_products_.emplace_back(factors_->left, false);
    for (int digit = 0; digit < digits_; ++digit) right_products_.emplace_back(factors_->right, true);
  }
  values_.resize(dimension());
}

double SquareRootCounter::variance_at(std::int64_t t) const {
  return noise_.variance() * factors_->left_norms[static_cast<std::size_t>(t - 1)];
}

/// The next value of R x in one column, exactly: digit by digit, so that the FFT's rounding stays below one half.
double SquareRootCounter::exact_product(std::size_t column, std::int64_t x) {
  const std::int64_t sign = x < 0 ? -1 : 1, mask = (std::int64_t{1} << digit_bits_) - 1;
  std::int64_t rest = x * sign;
  double sum = 0;
  for (int digit = 0; digit < digits_; ++digit, rest >>= digit_bits_)
    sum +=
        std::ldexp(right_products_[column * static_cast<std::size_t>(digits_) + static_cast<std::size_t>(digit)].push(
                       static_cast<double>(sign * (rest & mask))),
                   digit * digit_bits_);
  return sum;
}

void SquareRootCounter::advance(std::span<const std::int64_t> row) {
  for (std::size_t j = 0; j < dimension(); ++j) {
    inputs_.push_back(row[j]);
    noisy_.push_back(static_cast<std::int64_t>(exact_product(j, row[j])) + noise_(bits()));
    values_[j] = left_products_[j].push(static_cast<double>(noisy_.back()));
  }
  publish(values_);
}

nlohmann::ordered_json SquareRootCounter::save_state() const { return {{"inputs", inputs_}, {"noisy", noisy_}}; }

void SquareRootCounter::restore_state(const nlohmann::ordered_json& state) {
  auto inputs = state.at("inputs").get<std::vector<std::int64_t>>(),
       noisy = state.at("noisy").get<std::vector<std::int64_t>>();
  if (inputs.size() != noisy.size() || inputs.size() != static_cast<std::size_t>(now()) * dimension())
    throw BadInput("", "the saved stream is damaged");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    exact_product(i % dimension(), inputs[i]);
    left_products_[i % dimension()].push(static_cast<double>(noisy[i]));
  }
  inputs_ = std::move(inputs);
  noisy_ = std::move(noisy);
}

std::vector<double> SquareRootCounter::sums_at_once(std::span<const std::int64_t> stream, RandomBits& bits) const {
  if (config().rows.dimension != 1) throw BadInput("dimension", "sums at once are of one column");
  if (stream.size() > static_cast<std::size_t>(horizon())) throw BadInput("stream", "is longer than the horizon");
  if (digits_ > 1) throw BadInput("low, high", "the range is too wide for sums at once", "use a coarser grid");
  auto noisy = factors_->right->convolve(std::vector<double>(stream.begin(), stream.end()), true);
  for (double& value : noisy) value = static_cast<double>(static_cast<std::int64_t>(value) + noise_(bits));
  auto sums = factors_->left->convolve(noisy, false);
  for (double& sum : sums) sum *= config().rows.grid;
  return sums;
}

std::unique_ptr<Counter> make_counter(const MechanismConfig& config, RandomBits bits) {
  switch (config.kind) {
    case MechanismKind::tree:
      return std::make_unique<TreeCounter>(config, std::move(bits));
    case MechanismKind::honaker:
      return std::make_unique<HonakerCounter>(config, std::move(bits));
    case MechanismKind::square_root:
      return std::make_unique<SquareRootCounter>(config, std::move(bits));
    default:
      throw BadInput("mechanism", "does not count", "counts are kept by tree, honaker or square-root");
  }
}

ParallelCounters::ParallelCounters(const MechanismConfig& config, RandomBits bits)
    : StreamMechanism(config, RandomBits::seeded(Random(0))) {
  auto counting = config;
  counting.statistic = Statistic::count;
  counting.kind =
      config.budget.is_pure || config.horizon > 1 << 20 ? MechanismKind::honaker : MechanismKind::square_root;
  counter_ = make_counter(counting, std::move(bits));
}

void ParallelCounters::advance(std::span<const std::int64_t> row) {
  const auto& counts = counter_->step(row);
  const auto largest = std::max_element(counts.values.begin(), counts.values.end());
  auto& out = release();
  out.stddev = counts.stddev;
  const double each = counts.stddev * -normal_quantile(0.025 / static_cast<double>(dimension()));
  if (config().statistic == Statistic::max_sum) {
    out.values = {*largest};
    out.half_width_95 = each;
  } else {
    out.index = largest - counts.values.begin();
    out.half_width_95 = 2 * each;
  }
}

nlohmann::ordered_json ParallelCounters::save_state() const { return counter_->save(); }
void ParallelCounters::restore_state(const nlohmann::ordered_json& state) { counter_->restore(state); }

}  // namespace offprint::continual_privacy
