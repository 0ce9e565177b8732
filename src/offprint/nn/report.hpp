// What bodies of verbs that train networks on images share: from the options of network_options.hpp to data, network
// and training, and what a training shows of itself in a run.
#pragma once
#include <optional>

#include "offprint/nn/network_options.hpp"
#include "offprint/nn/torch_training.hpp"

namespace offprint::nn {

/// Reads the training images, shuffles them by the run's stream "validation" and holds a share out.
struct Split {
  data::LabelledImages images;  ///< their sizes; without pixels
  ImageTensors train, validation;
};
/// Throws BadInput if no image is left to train on.
Split read_split(const NetworkOptions& options, const Run& run);

/// The images that --images asks for: the test part of a data set of the catalogue, else the file.
data::LabelledImages read_test(const ImageOptions& options);
/// The whole test part; nothing if the data are a user's own file, which has none.
std::optional<ImageTensors> test_part(const ImageOptions& options, const Run& run);

TrainingOptions training_options(const NetworkOptions& options);
/// On the run's device.
std::shared_ptr<Network> new_network(const NetworkOptions& options, const data::LabelledImages& images,
                                     const Random& random, const Run& run);

/// Accuracy on `validation`, progress, and live curves of the loss and of that accuracy, named with `curve` behind.
TrainingHooks report_training(const ImageTensors& validation, Run& run, const std::string& curve = "");

/// Trains with the loss, writes the network with what it was trained with, and shows the training: all that a verb
/// "train" does.
void train_and_report(const TrainingRunOptions& options, const Split& split, const BatchLoss& loss,
                      const std::string& trained_with, Run& run);

/// Loss and accuracy of each epoch.
Figure epochs_figure(const TrainingResult& result);
/// The first images in three rows: clean, attacked, and what the attack added, as one heat map.
Figure gallery(const ImageTensors& data, const torch::Tensor& perturbed, double radius, const std::string& attack);

/// Throws BadInput if the data are features: attacks are on images in [0, 1].
void require_images(const data::LabelledImages& images);

}  // namespace offprint::nn
