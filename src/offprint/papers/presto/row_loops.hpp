// The solver's loops over rows. Columns lie one after another, `n` values each; compiled for several instruction sets, chosen when the program starts.
#pragma once

namespace offprint::presto {

/// grams[(k * columns + a) * columns + b], b >= a: sum over rows of weight_k * z_a * z_b. Rewrites that half of `grams`.
void weighted_grams(const double* z, long n, int columns, const double* weights, int weight_columns, double* grams);

/// products = z * coefficients: n x m out of n x columns and columns x m.
void combine_columns(const double* z, long n, int columns, const double* coefficients, int m, double* products);

/// products = z' * u: columns x m out of n x columns and n x m.
void column_products(const double* z, long n, int columns, const double* u, int m, double* products);

/// lower and upper: sigma(eta) and sigma(-eta), `count` of each; neither overflows or cancels.
void logistic_sides(const double* eta, long count, double* lower, double* upper);

/// Sum of the logarithms of `count` numbers of at least 2^-1000.
double sum_of_logarithms(const double* values, long count);

/// own: each row's probability of its class, negative where cumulatives cross. Arrays as in row_derivatives().
void own_probabilities(const double* lower, const double* upper, const int* y, long n, int m, double* own);

/// First derivatives of each row's log-likelihood by its m linear predictors, and the negative second ones, which are tridiagonal. `lower` and `upper`:
/// sigma(eta_k) and sigma(-eta_k), n x m; y: class from 0. Class probabilities are at least `smallest` here. Fills score and diagonal, n x m, and off, n x (m -
/// 1).
void row_derivatives(const double* lower, const double* upper, const int* y, long n, int m, double smallest, double* score, double* diagonal, double* off);

}  // namespace offprint::presto
