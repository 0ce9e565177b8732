#include "offprint/nn/network_options.hpp"

namespace offprint::nn {

const OptionList<ImageOptions>& image_options() {
  using O = ImageOptions;
  static const auto all =
      options_of<O>()
          .option(&O::data, "data",
                  "data:fashion-mnist, data:digits, an IDX or NPY file of images, or a table of features with the "
                  "column label",
                  Accepts{{"gz", "idx3-ubyte", "npy", "csv", "tsv", "jsonl"}}, Example{"data:fashion-mnist"})
          .option(&O::labels, "labels", "Labels of an IDX or NPY file; default: the file named alike",
                  Accepts{{"gz", "idx1-ubyte", "npy"}}, Example{"data:example-squares-labels"})
          .option(&O::images, "images", "Take the first so many; 0: all", between(0, 1e7));
  return all;
}

const OptionList<NetworkOptions>& network_options() {
  using O = NetworkOptions;
  static const auto all =
      options_of<O>()
          .with(image_options())
          .option(&O::epochs, "epochs", "Passes over the training images", between(1, 10000))
          .option(&O::batch, "batch", "Images a step", between(1, 100000))
          .option(&O::learning_rate, "learning-rate", "Adam's step size", between(1e-8, 10))
          .option(&O::warm_up, "warm-up", "Steps over which the learning rate grows from 0", Unit{"steps"},
                  between(0, 1e6))
          .option(&O::cosine, "cosine", "Lower the learning rate along half a cosine")
          .option(&O::weight_decay, "weight-decay", "Times the weights, added to the gradient", between(0, 10))
          .option(&O::clip, "clip", "Largest norm of a gradient; 0: no clipping", between(0, 1e6))
          .option(&O::averaging, "averaging",
                  "Decay of the average of weights that is kept, such as 0.9975; 0: the last weights",
                  between(0, 0.999999))
          .option(&O::filters, "filters", "Channels of the first convolution; the second has twice as many",
                  between(1, 1024))
          .option(&O::hidden, "hidden", "Width of the dense layer", between(1, 8192))
          .option(&O::validation, "validation", "Share of the training images that is held out", between(0.001, 0.9))
          .option(&O::keep_best, "keep-best", "Keep the epoch of highest validation accuracy instead of the last")
          .option(&O::patience, "patience", "Stop after so many epochs without a better validation accuracy; 0: never",
                  between(0, 10000));
  return all;
}

const OptionList<TrainingRunOptions>& training_run_options() {
  static const auto all = options_of<TrainingRunOptions>()
                              .with(network_options())
                              .option(&TrainingRunOptions::resume, "resume",
                                      "Go on from the last epoch of a training of the same output that was killed");
  return all;
}

}  // namespace offprint::nn
