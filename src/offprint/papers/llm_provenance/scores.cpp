#include "offprint/papers/llm_provenance/scores.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace offprint::llm_provenance {

std::string_view score_name(Score score) {
  switch (score) {
    case Score::liketropy:
      return "liketropy";
    case Score::likelihood:
      return "likelihood";
    case Score::log_rank:
      return "log_rank";
    case Score::rank:
      return "rank";
    case Score::entropy:
      return "entropy";
    case Score::ratio:
      return "ratio";
    case Score::curvature:
      return "curvature";
    case Score::absolute_liketropy:
      return "absolute_liketropy";
  }
  return "";
}

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

RocCurve roc(std::vector<double> human, std::vector<double> machine) {
  std::sort(human.rbegin(), human.rend());
  std::sort(machine.rbegin(), machine.rend());
  RocCurve curve;
  curve.points.push_back({0, 0});
  std::size_t above_human = 0, above_machine = 0;
  while (above_human < human.size() || above_machine < machine.size()) {
    const double value = above_human == human.size()       ? machine[above_machine]
                         : above_machine == machine.size() ? human[above_human]
                                                           : std::max(human[above_human], machine[above_machine]);
    while (above_human < human.size() && human[above_human] == value) ++above_human;
    while (above_machine < machine.size() && machine[above_machine] == value) ++above_machine;
    const RocPoint next{static_cast<double>(above_human) / static_cast<double>(human.size()),
                        static_cast<double>(above_machine) / static_cast<double>(machine.size())},
        last = curve.points.back();
    curve.area +=
        (next.false_positive_rate - last.false_positive_rate) * (next.true_positive_rate + last.true_positive_rate) / 2;
    curve.points.push_back(next);
  }
  return curve;
}

double threshold_at(std::vector<double> human, double false_positive_rate) {
  std::sort(human.rbegin(), human.rend());
  const auto allowed = static_cast<std::size_t>(false_positive_rate * static_cast<double>(human.size()) + 1e-9);
  return allowed >= human.size() ? -HUGE_VAL : human[allowed];
}

double tpr_at(const std::vector<double>& human, const std::vector<double>& machine, double false_positive_rate) {
  const double threshold = threshold_at(human, false_positive_rate);
  return static_cast<double>(
             std::count_if(machine.begin(), machine.end(), [&](double score) { return score > threshold; })) /
         static_cast<double>(machine.size());
}

}  // namespace offprint::llm_provenance
