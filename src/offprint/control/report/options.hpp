// Options that verbs on logged data share, here and in the rooms on offline learning.
#pragma once
#include "offprint/control/experiment.hpp"
#include "offprint/paper/verb.hpp"

namespace offprint::control {

inline const Accepts dataset_files{{"hdf5", "h5", "npz"}};
inline const Example dataset_example{"data:example-control-pendulum"};
inline constexpr const char* dataset_help = "Data set in D4RL's layout";
inline constexpr const char* physics_help =
    "exact, or legacy: capsules weighed as MuJoCo did before 2.1.1, under which D4RL's files were logged";

/// What trainings on logged data share.
struct LearningOptions {
  InputFile data;
  std::string task;  ///< empty: nothing is evaluated
  double alpha = 2.5, learning_rate = 3e-4, discount = 0.99;
  int steps = 20000, batch = 256, evaluations = 20, episodes = 10;
  std::vector<std::int64_t> hidden{256, 256};
};
const OptionList<LearningOptions>& learning_options();

Td3Settings td3_settings(const LearningOptions& options);
TrainingSettings training_settings(const LearningOptions& options, std::uint64_t seed);
/// All options but the file's name, as a text: what must be the same to go on from a checkpoint.
std::string fingerprint_of(const LearningOptions& options);

const Task* task_or_none(const std::string& name);
OfflineDataset load_dataset(const InputFile& file, const Task* task = nullptr);
/// Warns if bodies were weighed differently where the data were logged.
void warn_about_physics(const OfflineDataset& data, const Task* task, Physics physics, Run& run);

}  // namespace offprint::control
