// Entropies and informations of finite distributions, in bits. Masses are nonnegative; they need not sum to one. Zero
// masses count for nothing.
// Sums are carried in long double, so that 10^6 masses lose nothing visible.
#pragma once
#include <cstddef>
#include <span>

namespace offprint {

/// -m log2 m; 0 at 0.
double entropy_term(double mass);
/// H(p) = sum of entropy_term.
double entropy_bits(std::span<const double> masses);
/// h(p) = H(p, 1 - p); p in [0, 1].
double binary_entropy_bits(double p);
/// Entropy lost when two masses become one: a log2(1 + b/a) + b log2(1 + a/b); 0 if either is 0.
double merge_loss_bits(double a, double b);
/// I(X;Y) = H(X) + H(Y) - H(X,Y) of a joint distribution with `columns` columns, row after row; never below 0.
/// Throws std::invalid_argument unless the size is a multiple of `columns`.
double mutual_information_bits(std::span<const double> joint, std::size_t columns);

}  // namespace offprint
