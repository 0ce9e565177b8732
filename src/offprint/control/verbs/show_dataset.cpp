#include "offprint/control/verbs/show_dataset.hpp"

namespace offprint::control::verbs {

void show_dataset(const OfflineDataset& data, const Task* task, Run& run) {
  const auto s = statistics(data);
  run.table(ResultTable{"statistics",
                        "The data set",
                        {"transitions", "episodes", "return_mean", "return_deviation", "return_low", "return_high",
                         "normalised", "terminal_share", "saturated_actions"}}
                .row(s.transitions, s.episodes, s.return_mean, s.return_deviation, s.return_low, s.return_high,
                     task && s.episodes > 0 ? Cell(normalised_score(*task, s.return_mean)) : Cell(), s.terminal_share,
                     s.saturated_share));
  const auto returns = episode_returns(data);
  if (returns.size() < 2) return;
  Figure figure{"returns", "Returns of the logged episodes", "Finished episodes only.", "return", "episodes"};
  figure.histogram("", returns);
  run.figure(figure);
}

}  // namespace offprint::control::verbs
