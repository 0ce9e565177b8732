// What the paper printed: median errors of the rare probability on simulated data (Sections 4.1 and 4.2), read from the
// vectors of its figures.
#pragma once
#include <array>
#include <string_view>

namespace offprint::presto {

struct PublishedMedians {
  std::string_view setting;      ///< "P1-1": claim and number
  std::string_view differences;  ///< between the boundaries' slopes: "sparse 1/2"
  std::string_view rare;         ///< share of the rare class, "1.17 %"
  double presto, logit, odds;
};

inline constexpr std::array<PublishedMedians, 10> published_medians{
    {{"P1-1", "sparse 1/2", "1.17 %", 7.73e-5, 1.02e-4, 1.27e-4},
     {"P1-2", "sparse 1/2", "0.71 %", 3.72e-5, 6.97e-5, 5.13e-5},
     {"P1-3", "sparse 1/2", "0.43 %", 1.72e-5, 5.41e-5, 2.03e-5},
     {"P3-1", "sparse 1/3", "1.00 %", 4.35e-5, 7.58e-5, 6.16e-5},
     {"P3-2", "sparse 1/3", "0.61 %", 2.20e-5, 5.38e-5, 2.59e-5},
     {"P3-3", "sparse 1/3", "0.37 %", 9.38e-6, 3.96e-5, 1.02e-5},
     {"P4-1", "dense", "1.60 %", 9.56e-5, 1.20e-4, 1.49e-4},
     {"P4-2", "dense", "0.99 %", 4.56e-5, 7.67e-5, 6.45e-5},
     {"P4-3", "dense", "0.62 %", 2.28e-5, 5.44e-5, 2.74e-5},
     {"P4-4", "dense", "0.36 %", 9.68e-6, 3.77e-5, 1.06e-5}}};

/// Median ratios of PRESTO's error to the baselines' in the settings P1-1 to P1-3.
struct PublishedRatios {
  int setting;
  std::string_view rare;
  double logit, odds;
};

inline constexpr std::array<PublishedRatios, 3> published_ratios{
    {{1, "1.17 %", 0.748, 0.647}, {2, "0.71 %", 0.562, 0.774}, {3, "0.43 %", 0.345, 0.878}}};

}  // namespace offprint::presto
