// Entropy-bounded information maximisation (EBIM): max I(X;T) subject to H(T) <= R, the encoder's half of the problem
// (Section 3). Rates are in bits; a map of entropy up to R + 1e-12 is taken as within R, so that a rate met exactly is
// not lost to rounding.
#pragma once
#include <functional>
#include <optional>
#include <span>

#include "offprint/papers/mec_bottleneck/distribution.hpp"

namespace offprint::mec_bottleneck {

inline constexpr double rate_tolerance = 1e-12;

/// Called often by the slower solvers; may throw to stop them.
using Check = std::function<void()>;

/// The maps that Algorithm 1 visits. Symbols in decreasing order of mass (ties: lower index first), those without mass
/// left out. In step k = 1..symbols()-1 the group of the k largest symbols is there; the candidate merges the two
/// smallest, what is kept adds the next largest to the group.
class GreedyMaps {
 public:
  explicit GreedyMaps(const Distribution& p);
  std::size_t symbols() const { return order_.size(); }
  double kept_entropy(std::size_t step) const;       ///< H(T) after the large merge; step 0: H(X)
  double candidate_entropy(std::size_t step) const;  ///< H(T) of the small merge; step >= 1
  Partition kept(std::size_t step) const;
  Partition candidate(std::size_t step) const;

 private:
  std::size_t alphabet_;
  std::vector<std::size_t> order_;
  std::vector<double> sorted_, group_, rest_entropy_;  ///< masses; sums of the first k; entropies of those from k on
};

/// Algorithm 1: the first visited map of entropy at most `rate`. O(n log n). EBIM(p, rate) - entropy <= h(second
/// largest mass) (Theorem 2). All solvers throw BadInput if `rate` is negative or not a number.
Partition ebim_greedy(const Distribution& p, double rate);
/// The best deterministic map, by enumeration of all partitions; at most 12 symbols with mass (BadInput).
Partition ebim_exact(const Distribution& p, double rate);
/// Extension: starts at the better of Algorithm 1's and Shkel-Verdu's maps, then moves and swaps symbols between groups
/// while H(T) grows within the rate.
Partition ebim_local_search(const Distribution& p, double rate, const Check& check = {}, int rounds = 100);
/// Algorithm 5: floor(2^rate) bins of ceil(n / bins) consecutive symbols, whatever their masses.
Partition quantiser(const Distribution& p, double rate);
/// Shkel and Verdu 2017: for each number of groups, symbols in decreasing order, each to the lightest group; the best
/// of those within the rate. O(n^2 log n).
Partition shkel_verdu(const Distribution& p, double rate, const Check& check = {});

enum class EncoderMethod { greedy, exact, local_search, quantiser, shkel_verdu };
Partition encode(EncoderMethod method, const Distribution& p, double rate, const Check& check = {});

/// All partitions of the support, in order of restricted growth strings; at most 10 symbols with mass (BadInput).
std::vector<Partition> all_maps(const Distribution& p);
/// The maps visited by Algorithm 1, by decreasing entropy; `limit` of them spread evenly if there are more.
std::vector<Partition> greedy_maps(const Distribution& p, std::size_t limit = 4000);

/// Theorem 3: optimal couplings next to a deterministic map move mass `delta` of one symbol to another group.
struct Sweep {
  std::size_t symbol = 0;
  int from = 0, to = 0;                         ///< `to` == number of groups: a new one
  double mass = 0, from_mass = 0, to_mass = 0;  ///< of the symbol and of the two groups before
  double map_entropy = 0;                       ///< H(T) before
  double entropy(double delta) const;           ///< H(T), delta in [0, mass]; monotone
  double information(double delta) const;       ///< I(X;T)
  std::optional<double> delta_at(double rate)
      const;  ///< where H(T) = rate, within 1e-13 bits or the spacing of numbers; nothing if outside the sweep
};
/// To higher rates: the cell with the smallest share of its group, to a new group. Nothing if all groups are single
/// symbols.
std::optional<Sweep> right_sweep(const Distribution& p, const Partition& map);
/// To lower rates: the smallest symbol of the lightest group, to the heaviest group. Nothing if there is one group.
std::optional<Sweep> left_sweep(const Distribution& p, const Partition& map);

enum class CurveKind { map, right, left };
struct CurvePoint {
  double rate = 0, information = 0;
  std::size_t map = 0;  ///< index in the maps given
  CurveKind kind = CurveKind::map;
  double delta = 0;
};
/// For each rate the largest I(X;T) with H(T) <= rate among the maps and their sweeps. With all_maps this is EBIM's
/// value for three symbols (proved by brute force) and conjectured to be in general; with fewer maps a lower bound.
std::vector<CurvePoint> ebim_curve(const Distribution& p, std::span<const double> rates,
                                   const std::vector<Partition>& maps);

/// A stochastic encoder p(x, t) with H(T) = rate within 1e-9: the best of the sweeps from `maps`, where needed one
/// sweep after another. At rates of H(X) and above, T = X. BadInput if no sweep from `maps` meets the rate.
SparseCoupling ebim_at(const Distribution& p, double rate, const std::vector<Partition>& maps);
/// From the map of Algorithm 1 and its neighbours.
SparseCoupling ebim_at(const Distribution& p, double rate);

}  // namespace offprint::mec_bottleneck
