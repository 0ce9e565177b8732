// What the verbs that train share.
#pragma once
#include "offprint/control/report/options.hpp"
#include "offprint/papers/prdc/experiment.hpp"

namespace offprint::prdc {

struct TrainingOptions : control::LearningOptions {
  TrainingOptions() { steps = 8000; }
  double reward_scale = 1, reward_shift = 0;
  SearchMethod search = SearchMethod::automatic;
};
const OptionList<TrainingOptions>& training_options();

struct Loaded {
  control::LearningData learning;  ///< normalised states, shaped rewards
  std::string logged_task;         ///< as far as the file says
};
/// Warns if the data were logged under other physics than evaluations have.
Loaded load(const TrainingOptions& options, const control::Task* task, Run& run);
PrdcSettings settings_of(const TrainingOptions& options);

/// What a method earned over seeds, for a figure of returns against beta: a curve of PRDC's, dashed lines of the
/// baselines, a panel a data set.
struct ReturnPoint {
  std::string data;
  Method method;
  double beta, value, deviation;
};
Figure return_figure(std::string title, std::string caption, std::vector<ReturnPoint> points);

}  // namespace offprint::prdc
