// What trainings and policies show of themselves in a run.
#pragma once
#include "offprint/control/side_view.hpp"
#include "offprint/control/training.hpp"
#include "offprint/paper/run.hpp"

namespace offprint::control {

/// Progress, live curves (return, predicted value, losses) of a training.
TrainingHooks report_training(Run& run, std::int64_t steps, const std::string& prefix = "");

/// Records one episode, shows poses of it as a figure, writes the animation beside `beside` with the ending .svg and
/// names it as a file of the run.
void show_policy(const Policy& policy, const Task& task, Physics physics, const std::filesystem::path& beside,
                 Run& run);

/// Evaluations as a table and as a figure of the return, with the critic's prediction against the discounted return
/// where there is one.
void show_training(const TrainingResult& result, const Task* task, Run& run);

}  // namespace offprint::control
