// The options of verbs that train networks on images, alike in every room; without libtorch, which only their bodies
// need (report.hpp).
#pragma once
#include "offprint/paper/verb.hpp"

namespace offprint::nn {

/// Labelled images, or vectors of features.
struct ImageOptions {
  InputFile data{"data:fashion-mnist"}, labels;
  int images = 0;  ///< the first so many; 0: all
};

/// A small network on them, and its training.
struct NetworkOptions : ImageOptions {
  int filters = 8, hidden = 100, epochs = 6, batch = 128;
  double learning_rate = 1e-3, validation = 0.1, weight_decay = 0, clip = 0, averaging = 0;
  int warm_up = 0;
  bool cosine = false, keep_best = false;
  int patience = 0;
};

/// What writes the network.
struct TrainingRunOptions : NetworkOptions {
  bool resume = false;
  OutputFile output;
};

const OptionList<ImageOptions>& image_options();
const OptionList<NetworkOptions>& network_options();           ///< with image_options()
const OptionList<TrainingRunOptions>& training_run_options();  ///< --resume, with network_options()

}  // namespace offprint::nn
