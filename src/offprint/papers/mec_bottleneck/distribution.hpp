// Finite distributions, deterministic maps of their symbols, and sparse joint distributions. Entropies and informations
// are in bits.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace offprint::mec_bottleneck {

/// Masses of finitely many symbols: nonnegative, finite, summing to one.
class Distribution {
 public:
  /// Throws BadInput beginning with `where` if there is no symbol, a mass is negative or not finite, or the sum is off
  /// by more than 1e-6. A smaller error is divided out; with `normalise` any positive sum is (counts).
  explicit Distribution(std::vector<double> masses, bool normalise = false,
                        const std::string& where = "the distribution");
  static Distribution uniform(std::size_t n);
  /// For inner loops whose masses are known to be good.
  static Distribution trusted(std::vector<double> masses);

  std::size_t size() const { return masses_.size(); }
  double operator[](std::size_t i) const { return masses_[i]; }
  const std::vector<double>& masses() const { return masses_; }
  double entropy() const;

 private:
  Distribution() = default;
  std::vector<double> masses_;
};

/// A deterministic map g of symbols to groups.
struct Partition {
  std::vector<int> labels;     ///< group of each symbol; -1 where its mass is zero
  std::vector<double> masses;  ///< of each group, all positive
  double entropy = 0;          ///< H(g(X)) = I(X; g(X))
};

/// The partition of `labels` (any nonnegative numbers); symbols without mass lose theirs, groups are renumbered in
/// order of appearance.
Partition make_partition(const Distribution& p, std::vector<int> labels);
Partition identity_partition(const Distribution& p);

/// A joint distribution of (row, column), its positive cells only.
struct SparseCoupling {
  std::size_t row_count = 0, column_count = 0;
  std::vector<std::size_t> rows, columns;  ///< of each cell; a cell may be listed once only
  std::vector<double> mass;                ///< positive

  void add(std::size_t row, std::size_t column, double value);
  std::vector<double> dense() const;  ///< row after row
  std::vector<double> row_marginal() const;
  std::vector<double> column_marginal() const;
  double entropy() const;             ///< H(row, column)
  double mutual_information() const;  ///< I(row; column), at least 0
};

/// p(x, t) of a deterministic map.
SparseCoupling joint_of(const Distribution& p, const Partition& map);
/// p(x, y) = p(x) q(y).
SparseCoupling independent_coupling(const Distribution& p, const Distribution& q);

}  // namespace offprint::mec_bottleneck
