// Logged transitions: reading and writing D4RL's files, checks, the views that learners take, statistics.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "offprint/control/task.hpp"

namespace offprint::control {

/// Rows in the order they were logged; matrices are row-major.
struct OfflineDataset {
  std::string source;  ///< the file, named in errors
  int observation_size = 0, action_size = 0;
  std::vector<float> observations;             ///< [size][observation_size]
  std::vector<float> actions;                  ///< [size][action_size], in [-1, 1]
  std::vector<float> rewards;                  ///< [size]
  std::vector<std::uint8_t> terminals;         ///< [size], 1: the next state has no future
  std::vector<std::uint8_t> timeouts;          ///< [size], 1: the episode was cut after this row
  std::vector<float> next_observations;        ///< [size][observation_size], or empty where the log has none
  std::vector<double> positions, velocities;   ///< the simulator's state at each row, or empty
  std::string task, kind, algorithm, physics;  ///< as far as the file says
  std::size_t size() const { return rewards.size(); }
};

/// How a file is read.
struct ReadOptions {
  const Task* task = nullptr;  ///< its widths are checked, its time limit infers missing timeouts
  bool rescale_actions =
      false;  ///< divide actions by their largest magnitude instead of refusing those outside [-1, 1]
};

/// D4RL's HDF5, or `.npz` with the same keys. Throws BadInput with one line that names file, key and row: missing keys,
/// other widths, NaN or infinite values, actions outside [-1, 1] by more than 1e-3, no rows, Minari's layout.
OfflineDataset read_dataset(const std::filesystem::path& path, const ReadOptions& options = {});
/// By its ending: .hdf5, .h5 or .npz. Appears whole or not at all.
void write_dataset(const std::filesystem::path& path, const OfflineDataset& dataset);
/// What read_dataset checks, for data from elsewhere. Fills missing timeouts.
void check_dataset(OfflineDataset& dataset, const ReadOptions& options);

/// Minari's HDF5: a group an episode with one more observation than actions.
OfflineDataset read_minari(const std::filesystem::path& path, const ReadOptions& options = {});
/// A table with columns s0.., a0.., r, terminal and optionally timeout, sn0...
OfflineDataset read_csv_dataset(const std::string& source, const ReadOptions& options = {});

/// Independent transitions, as learners draw them.
struct Transitions {
  int observation_size = 0, action_size = 0;
  std::vector<float> observations, actions, rewards, next_observations;
  std::vector<float> not_terminal;  ///< 0 where nothing is bootstrapped
  std::size_t size() const { return rewards.size(); }
};

/// Normal observations and rewards, uniform actions, one transition in ten terminal: for tests and timings.
Transitions random_transitions(std::size_t count, int observation_size, int action_size, Random random);

/// D4RL's view for value learning: the last row and rows cut by the time limit are left out; the successor of every
/// other row is the next row's observation. After a terminal row that is the next episode's start, which learners of
/// values mask. A log of single steps, each row of which ends its episode, has no next rows: there, and with
/// Successors::logged, all rows are taken with their logged successors.
enum class Successors { next_row, logged };
Transitions value_view(const OfflineDataset& dataset, Successors successors = Successors::next_row);
/// For learning dynamics: logged next observations where there are, else the next row's within the episode; no
/// successor crosses an episode.
Transitions dynamics_view(const OfflineDataset& dataset);

struct DatasetStatistics {
  std::size_t transitions = 0, episodes = 0;     ///< finished episodes
  double return_mean = 0, return_deviation = 0;  ///< over finished episodes; 0 without any
  double return_low = 0, return_high = 0;
  double terminal_share = 0;   ///< of rows
  double saturated_share = 0;  ///< of action entries beyond 0.99 in magnitude
};
DatasetStatistics statistics(const OfflineDataset& dataset);
std::vector<double> episode_returns(const OfflineDataset& dataset);  ///< of finished episodes

/// Mean and standard deviation of observations; the deviation has 1e-3 added.
struct Normaliser {
  std::vector<float> mean, deviation;
  /// Over the rows of a view.
  static Normaliser of(const Transitions& transitions);
  static Normaliser identity(int observation_size);
  void apply(std::vector<float>& observations) const;  ///< rows
  void apply(Transitions& transitions) const;
};

/// What a learner is given: the value view with normalised observations.
struct LearningData {
  Transitions transitions;
  Normaliser normaliser;
};
/// Throws BadInput if a minibatch of `batch` is larger than the data.
LearningData learning_data(const OfflineDataset& dataset, int batch, bool normalise = true,
                           Successors successors = Successors::next_row);

/// A minibatch, feature-major: row f, column b is feature f of sample b.
struct Batch {
  int size = 0;
  std::vector<std::size_t> rows;  ///< of the transitions it was drawn from
  std::vector<float> observations, actions, rewards, next_observations, not_terminal;
};
void gather(const Transitions& transitions, Batch& batch);  ///< fills the batch from its rows
/// Uniform with replacement.
void draw(const Transitions& transitions, int size, Random random, Batch& batch);

}  // namespace offprint::control
