// The solver's loops over rows. Columns lie one after another, `n` values each; compiled for several instruction sets,
// chosen when the program starts.
#pragma once

namespace offprint::presto {

/// Rows first..last - 1: where a column of weights is not zero. A row's derivatives concern the two boundaries beside
/// its class only.
struct RowRange {
  long first, last;
};

/// grams[(k * columns + a) * columns + b], b >= a: sum over rows[k] of weight_k * z_a * z_b. Rewrites that half of
/// `grams`.
void weighted_grams(const double* z, long n, int columns, const double* weights, const RowRange* rows,
                    int weight_columns, double* grams);

/// products = z * coefficients: n x m out of n x columns and columns x m.
void combine_columns(const double* z, long n, int columns, const double* coefficients, int m, double* products);

/// products = z' * u: columns x m out of n x columns and n x m; column k of u is zero outside rows[k].
void column_products(const double* z, long n, int columns, const double* u, const RowRange* rows, int m,
                     double* products);

/// lower and upper: sigma(eta) and sigma(-eta), `count` of each; neither overflows or cancels.
void logistic_sides(const double* eta, long count, double* lower, double* upper);

/// Sum of the logarithms of `count` numbers of at least 2^-1000.
double sum_of_logarithms(const double* values, long count);

// Below, rows stand in order of class: those of class k (from 0) are first[k]..first[k + 1] - 1, and first[m + 1] = n.
// Of each column only the rows of the two classes beside its boundary are read and written. `lower` and `upper`:
// sigma(eta_k) and sigma(-eta_k), n x m.

/// own: each row's probability of its class, negative where cumulatives cross.
void own_probabilities(const double* lower, const double* upper, const long* first, long n, int m, double* own);

/// First derivatives of each row's log-likelihood by its linear predictors, and the negative second ones, which are
/// tridiagonal. `own`: as own_probabilities() gives it, taken as at least `smallest`. Fills score and diagonal, n x m,
/// and off, n x (m - 1), whose column k - 1 stands for class k.
void row_derivatives(const double* lower, const double* upper, const double* own, const long* first, long n, int m,
                     double smallest, double* score, double* diagonal, double* off);

}  // namespace offprint::presto
