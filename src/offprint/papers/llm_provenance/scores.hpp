// Scores of a text that rank machine-written ones high, the baselines beside the centred one, and how well a score tells machines from people.
#pragma once
#include <array>
#include <string_view>
#include <vector>

#include "offprint/papers/llm_provenance/llm_provenance.hpp"

namespace offprint::llm_provenance {

/// All with machine = high.
enum class Score {
  liketropy,           ///< h - L: likelihood plus entropy, the paper's
  likelihood,          ///< -L
  log_rank,            ///< minus the mean log rank
  rank,                ///< minus the mean rank
  entropy,             ///< h
  ratio,               ///< -L / h
  curvature,           ///< Fast-DetectGPT's analytic curvature: sqrt(N) (h - L) / sqrt(v)
  absolute_liketropy,  ///< |h - L|: the black-box form
};
inline constexpr std::array all_scores{Score::liketropy, Score::likelihood,        Score::log_rank,
                                       Score::rank,      Score::entropy,           Score::ratio,
                                       Score::curvature, Score::absolute_liketropy};
std::string_view score_name(Score score);
double score_of(Score score, const Summary& summary);

/// Binoculars (Hans et al. 2024): minus the log-perplexity under the performer over the cross-entropy of observer and performer.
double binoculars(const CrossStatistics& statistics);

struct RocPoint {
  double false_positive_rate, true_positive_rate;
};
struct RocCurve {
  std::vector<RocPoint> points;  ///< from (0, 0) to (1, 1), one a distinct threshold
  double area = 0;               ///< P(machine > human) + P(equal) / 2
};
/// Both not empty, all finite.
RocCurve roc(std::vector<double> human, std::vector<double> machine);

/// Least threshold at which at most this share of the human scores is strictly above it.
double threshold_at(std::vector<double> human, double false_positive_rate);
/// Share of machine scores strictly above that threshold.
double tpr_at(const std::vector<double>& human, const std::vector<double>& machine, double false_positive_rate);

}  // namespace offprint::llm_provenance
