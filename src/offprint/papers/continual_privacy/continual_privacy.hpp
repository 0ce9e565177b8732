// What every mechanism for private statistics of a stream has in common: admissible rows, what is released after
// each, and the state that survives a restart.
// Jain, Raskhodnikova, Sivakumar and Smith, "The Price of Differential Privacy under Continual Observation" (2023).
#pragma once
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <variant>
#include <vector>

#include "offprint/math/exact_sampling.hpp"
#include "offprint/math/privacy_accounting.hpp"

namespace offprint::continual_privacy {

/// Which streams are neighbours: one row replaced by another admissible one, or one row replaced by zeros.
enum class Neighbours { replacement, add_remove };
/// What happens to a value outside [low, high].
enum class OutsidePolicy { reject, clip };

/// The rows a mechanism admits. Values are integers, in units of `grid`.
struct RowSpec {
  int dimension = 1;               ///< columns, >= 1
  std::int64_t low = 0, high = 1;  ///< each value, in units of the grid; low < high
  double grid = 1;                 ///< user units of one; releases are multiplied by it
  bool one_hot = false;            ///< at most one value is 1, the others 0; needs low = 0 and high = 1
  Neighbours neighbours = Neighbours::replacement;
  OutsidePolicy outside = OutsidePolicy::reject;

  void validate() const;                ///< BadInput
  std::int64_t largest_change() const;  ///< of one column's sum between neighbours; also the sensitivity of MaxSum
  double l1_sensitivity() const;        ///< of all columns' sums
  double l2_sensitivity() const;
};

enum class Statistic { count, max_sum, sum_select };
enum class MechanismKind {
  automatic,
  tree,
  honaker,
  square_root,
  recompute,
  parallel,
  naive,
  batch,
  trivial,
  non_private
};

/// Everything that is fixed before the first row. Noise depends on this and on past releases alone, so that inputs
/// may be chosen adaptively.
struct MechanismConfig {
  Statistic statistic = Statistic::count;
  MechanismKind kind = MechanismKind::automatic;
  RowSpec rows;
  std::int64_t horizon = 0;  ///< rows that may come, 1 to 2^40; the square-root mechanism up to 2^20
  PrivacyBudget budget;
  std::int64_t every = 0;  ///< recompute: steps between releases; 0: the optimal number
};

/// What is published after a row, in user units.
struct Release {
  std::vector<double> values;  ///< count: one a column; MaxSum: one; SumSelect: none
  std::int64_t index = -1;     ///< SumSelect: the chosen column, from 0
  double stddev = 0;           ///< of the noise of each value
  double half_width_95 =
      0;  ///< each value lies this near the truth with probability 0.95; SumSelect: the regret is at most this
};

/// Integer noise of one distribution, or none.
class Noise {
 public:
  Noise() = default;
  /// What makes `releases` releases of a value of these sensitivities cost the budget: discrete Gaussian for zCDP,
  /// discrete Laplace for pure.
  static Noise for_releases(const PrivacyBudget& budget, double l1, double l2, double releases);
  std::int64_t operator()(RandomBits& bits) const;
  double variance() const { return variance_; }
  double parameter() const;  ///< s2 of a Gaussian, scale of a Laplace, 0 of none
  bool is_laplace() const { return std::holds_alternative<DiscreteLaplace>(distribution_); }
  /// With probability 1 - beta the sum of `count` draws is at most this in absolute value.
  double bound(double beta, double count = 1) const;

 private:
  std::variant<std::monostate, DiscreteGaussian, DiscreteLaplace> distribution_;
  double variance_ = 0;
};

class StreamMechanism {
 public:
  StreamMechanism(const MechanismConfig& config, RandomBits bits);
  virtual ~StreamMechanism() = default;
  StreamMechanism(const StreamMechanism&) = delete;
  StreamMechanism& operator=(const StreamMechanism&) = delete;

  /// Takes the next row (`dimension` values) and says what to publish; valid until the next call.
  /// BadInput: beyond the horizon, wrong length, a value outside the admissible range (or clipped). A refused row
  /// changes nothing.
  const Release& step(std::span<const std::int64_t> row);
  const Release& current() const {
    return release_;
  }  ///< the last release again: noise is never drawn twice for a step
  std::int64_t now() const { return now_; }
  std::int64_t horizon() const { return config_.horizon; }
  PrivacyBudget spent() const { return config_.budget; }  ///< for the whole stream, fixed at the start
  const MechanismConfig& config() const { return config_; }
  virtual bool is_private() const { return bits_.is_private() && config_.kind != MechanismKind::non_private; }

  /// The whole state, raw sums and noise with it: as secret as the data.
  nlohmann::ordered_json save() const;
  /// Continues a saved stream. Continuing the same state twice with different rows draws new noise for the same
  /// steps, which breaks the guarantee.
  void restore(const nlohmann::ordered_json& state);

 protected:
  virtual void advance(std::span<const std::int64_t> row) = 0;  ///< now() already counts this row; fills release()
  virtual nlohmann::ordered_json save_state() const = 0;
  virtual void restore_state(const nlohmann::ordered_json& state) = 0;
  std::size_t dimension() const { return static_cast<std::size_t>(config_.rows.dimension); }
  RandomBits& bits() { return bits_; }
  Release& release() { return release_; }

 private:
  MechanismConfig config_;
  RandomBits bits_;
  std::int64_t now_ = 0;
  std::vector<std::int64_t> clipped_;
  Release release_;
};

/// The mechanism of this configuration; `automatic` is resolved by choose() of error_bounds.hpp. BadInput names what
/// does not go together.
std::unique_ptr<StreamMechanism> make_mechanism(MechanismConfig config, RandomBits bits);
/// A mechanism that continues a saved state; BadInput if it is damaged.
std::unique_ptr<StreamMechanism> load_mechanism(const nlohmann::ordered_json& saved, RandomBits bits);

}  // namespace offprint::continual_privacy
