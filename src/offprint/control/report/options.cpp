#include "offprint/control/report/options.hpp"

#include <fmt/format.h>

#include "offprint/data/catalogue.hpp"

namespace offprint::control {

const OptionList<LearningOptions>& learning_options() {
  using Options = LearningOptions;
  static const auto list =
      options_of<Options>()
          .option(&Options::data, "data", dataset_help, Positional{}, Required{}, dataset_files, dataset_example)
          .option(&Options::task, "task", "Task to evaluate on (offprint control tasks); without one, nothing is",
                  Suggestions{task_names()})
          .option(&Options::alpha, "alpha", "Weight of values against the logged actions", between(1e-6, 1e9))
          .option(&Options::steps, "steps", "Updates", between(1, 1e9))
          .option(&Options::batch, "batch", "Transitions an update", between(1, 1e6))
          .option(&Options::hidden, "hidden", "Units of the hidden layers", between(1, 1e4))
          .option(&Options::learning_rate, "learning-rate", "Of Adam", between(1e-9, 1))
          .option(&Options::discount, "discount", "Of future rewards", between(0, 0.99999))
          .option(&Options::evaluations, "evaluations", "How often to evaluate, equally spaced", between(1, 10000))
          .option(&Options::episodes, "episodes", "Episodes an evaluation", between(1, 10000));
  return list;
}

Td3Settings td3_settings(const LearningOptions& options) {
  Td3Settings settings;
  settings.hidden.assign(options.hidden.begin(), options.hidden.end());
  settings.learning_rate = options.learning_rate;
  settings.discount = options.discount;
  return settings;
}

TrainingSettings training_settings(const LearningOptions& options, std::uint64_t seed) {
  TrainingSettings settings;
  settings.steps = options.steps;
  settings.batch = options.batch;
  settings.evaluations = options.evaluations;
  settings.evaluation.episodes = options.episodes;
  settings.evaluation.discount = options.discount;
  settings.seed = seed;
  return settings;
}

std::string fingerprint_of(const LearningOptions& options) {
  std::string text;
  for (const auto& option : learning_options().all())
    if (!option.is_input()) text += option.get(&options) + " ";
  return text;
}

const Task* task_or_none(const std::string& name) { return name.empty() ? nullptr : &find_task(name); }

OfflineDataset load_dataset(const InputFile& file, const Task* task) {
  return read_dataset(data::resolve(file.source), {task, false});
}

void warn_about_physics(const OfflineDataset& data, const Task* task, Physics physics, Run& run) {
  if (!task || task->family != "MuJoCo") return;
  const auto logged = data.physics.empty() ? physics_names.name(Physics::legacy) : data.physics;
  const auto& meant = physics_names.name(physics);
  if (logged != meant)
    run.warning(fmt::format("{} was logged under {} physics{} and is evaluated under {}; --physics {} evaluates alike",
                            data.source, logged, data.physics.empty() ? " if it is D4RL's" : "", meant, logged));
}

}  // namespace offprint::control
