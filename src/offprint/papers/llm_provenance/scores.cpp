#include "offprint/papers/llm_provenance/scores.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace offprint::llm_provenance {

double score_of(Score score, const Summary& summary) {
  switch (score) {
    case Score::liketropy:
      return -summary.deviation();
    case Score::likelihood:
      return -summary.log_perplexity;
    case Score::log_rank:
      return -summary.mean_log_rank;
    case Score::rank:
      return -summary.mean_rank;
    case Score::entropy:
      return summary.entropy;
    case Score::ratio:
      return -summary.log_perplexity / std::max(summary.entropy, 1e-12);
    case Score::curvature:
      return -summary.z();
    case Score::absolute_liketropy:
      return std::abs(summary.deviation());
  }
  return 0;
}

double binoculars(const CrossStatistics& statistics) {
  const auto sum = [](const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); };
  return -sum(statistics.surprisal) / std::max(sum(statistics.cross_entropy), 1e-12);
}

}  // namespace offprint::llm_provenance
