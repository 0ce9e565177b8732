// What privacy costs, in three currencies: pure (epsilon), approximate (epsilon, delta) and zero-concentrated (rho)
// differential privacy.
// Sources: Bun and Steinke 2016 (zCDP), Canonne, Kamath and Steinke 2020 (the tight conversion), Balle and Wang 2018
// (the exact Gaussian curve).
#pragma once
namespace offprint {

/// What may be spent. Composition of zCDP adds rho.
struct PrivacyBudget {
  /// Each throws BadInput unless 0 < rho, epsilon < infinity and 0 < delta < 1.
  static PrivacyBudget zcdp(double rho);
  static PrivacyBudget approx(double epsilon, double delta);  ///< spent as the largest rho whose tight conversion fits
  static PrivacyBudget pure(double epsilon);  ///< Laplace and exponential mechanisms; rho = epsilon^2 / 2

  bool is_pure = false;
  double rho = 0;
  double epsilon = 0;  ///< pure, or as asked by approx; else 0
  double delta = 0;    ///< as asked by approx; else 0
};

double epsilon_of_zcdp_simple(double rho, double delta);  ///< rho + 2 sqrt(rho ln(1/delta))
double epsilon_of_zcdp(
    double rho,
    double
        delta);  ///< smallest epsilon of delta(epsilon) = min over a > 1 of exp((a-1)(a rho - eps)) (1-1/a)^a / (a-1)
double epsilon_of_gaussian(double rho, double delta);  ///< exact for one continuous Gaussian mechanism of this rho
double zcdp_of_approx(double epsilon, double delta);   ///< inverse of epsilon_of_zcdp
double gaussian_rho(double sensitivity, double s2);    ///< sensitivity^2 / (2 s2)
double exponential_rho(double epsilon);                ///< epsilon^2 / 8

}  // namespace offprint
