// Scores of a text that rank machine-written ones high: the centred one and the baselines beside it.
#pragma once
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
inline const Choices<Score> score_names{{{"liketropy", Score::liketropy},
                                         {"likelihood", Score::likelihood},
                                         {"log_rank", Score::log_rank},
                                         {"rank", Score::rank},
                                         {"entropy", Score::entropy},
                                         {"ratio", Score::ratio},
                                         {"curvature", Score::curvature},
                                         {"absolute_liketropy", Score::absolute_liketropy}}};
double score_of(Score score, const Summary& summary);

/// Binoculars (Hans et al. 2024): minus the log-perplexity under the performer over the cross-entropy of observer and
/// performer.
double binoculars(const CrossStatistics& statistics);

}  // namespace offprint::llm_provenance
