#include "offprint/nn/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace offprint::nn {
namespace {

std::size_t most(const ImageOptions& options) {
  return options.images > 0 ? static_cast<std::size_t>(options.images) : std::numeric_limits<std::size_t>::max();
}

}  // namespace

Split read_split(const NetworkOptions& options, const Run& run) {
  const auto device = device_of(run.device());
  Split split;
  split.images = data::read_images(options.data.source, options.labels.source, data::Part::train, most(options));
  const auto all = to_tensors(split.images, device);
  split.images.pixels = {};
  const auto held_out = static_cast<std::int64_t>(std::ceil(options.validation * static_cast<double>(all.count())));
  if (held_out >= all.count())
    throw BadInput(options.data.source, fmt::format("has only {} examples", all.count()),
                   "give more, or a smaller --validation");
  std::vector<std::int64_t> order(static_cast<std::size_t>(all.count()));
  std::iota(order.begin(), order.end(), 0);
  auto random = run.random("validation");
  random.shuffle(order);
  const auto index = torch::from_blob(order.data(), {all.count()}, torch::kInt64).to(device);
  const auto part = [&](std::int64_t from, std::int64_t count) {
    const auto chosen = std::get<0>(index.narrow(0, from, count).sort());
    return ImageTensors{all.images.index_select(0, chosen), all.labels.index_select(0, chosen)};
  };
  split.validation = part(0, held_out);
  split.train = part(held_out, all.count() - held_out);
  return split;
}

data::LabelledImages read_test(const ImageOptions& options) {
  return data::read_images(options.data.source, options.labels.source, data::Part::test, most(options));
}

std::optional<ImageTensors> test_part(const ImageOptions& options, const Run& run) {
  const auto& source = options.data.source;
  if (!source.starts_with("data:") || source.starts_with("data:example")) return std::nullopt;
  return to_tensors(data::read_images(options.data.source, "", data::Part::test), device_of(run.device()));
}

TrainingOptions training_options(const NetworkOptions& options) {
  TrainingOptions training;
  training.epochs = options.epochs;
  training.batch = options.batch;
  training.learning_rate = options.learning_rate;
  training.schedule.warm_up = options.warm_up;
  training.schedule.shape = options.cosine ? Schedule::Shape::cosine : Schedule::Shape::constant;
  training.weight_decay = options.weight_decay;
  training.clip_norm = options.clip;
  training.averaging = options.averaging;
  training.keep_best = options.keep_best;
  training.patience = options.patience;
  return training;
}

std::shared_ptr<Network> new_network(const NetworkOptions& options, const data::LabelledImages& images,
                                     const Random& random, const Run& run) {
  auto network = make_network(architecture_for(images, options.filters, options.hidden), random);
  network->to(device_of(run.device()));
  return network;
}

TrainingHooks report_training(const ImageTensors& validation, Run& run, const std::string& curve) {
  TrainingHooks hooks;
  hooks.validate = [&validation](Network& network) { return accuracy(network, validation); };
  hooks.before_step = [&run](std::int64_t step, std::int64_t total) {
    run.progress(static_cast<double>(step), static_cast<double>(total), "training");
  };
  hooks.after_epoch = [&run, curve](const Epoch& epoch) {
    run.metric("loss" + curve, epoch.epoch, epoch.loss);
    run.metric("validation accuracy" + curve, epoch.epoch, epoch.validation);
  };
  return hooks;
}

void train_and_report(const TrainingRunOptions& options, const Split& split, const BatchLoss& loss,
                      const std::string& trained_with, Run& run) {
  const auto network = new_network(options, split.images, run.random("weights"), run);
  auto training = training_options(options);
  training.checkpoint = options.output.path + ".checkpoint";
  training.resume = options.resume;
  training.fingerprint = fmt::format("{} {} filters {} hidden {} data {}", trained_with, options.validation,
                                     options.filters, options.hidden, options.data.source);
  const auto result =
      train(*network, split.train, loss, training, run.random("training"), report_training(split.validation, run));
  if (result.resumed_after > 0) run.note(fmt::format("went on after epoch {}", result.resumed_after));
  if (result.stopped_early)
    run.note(fmt::format("stopped early after epoch {}; the best was {}", result.epochs.size(), result.best_epoch));
  const auto test = test_part(options, run);
  save_network(options.output.path, *network,
               {{"trained_with", trained_with}, {"data", options.data.source}, {"seed", std::to_string(run.seed())}});
  run.table(ResultTable{"training",
                        "The trained network",
                        {"objective", "images", "epochs", "best_epoch", "loss", "validation_accuracy", "test_accuracy"}}
                .row(trained_with, split.train.count(), result.epochs.size(), result.best_epoch,
                     result.epochs.back().loss, accuracy(*network, split.validation),
                     test ? Cell(accuracy(*network, *test)) : Cell()));
  run.figure(epochs_figure(result));
  run.file(options.output.path, "The network: parameters and architecture");
}

Figure epochs_figure(const TrainingResult& result) {
  Figure figure{"training", "Training", "Mean loss of each epoch, and accuracy on the images held out.", "epoch",
                "value"};
  auto& loss = figure.line("").of("loss");
  auto& accuracy = figure.line("").of("validation accuracy");
  for (const auto& epoch : result.epochs) {
    loss.add(epoch.epoch, epoch.loss);
    accuracy.add(epoch.epoch, epoch.validation);
  }
  return figure;
}

Figure gallery(const ImageTensors& data, const torch::Tensor& perturbed, double radius, const std::string& attack) {
  const auto count = std::min<std::int64_t>(8, data.count());
  const auto row = [&](const torch::Tensor& images) {
    return torch::cat(images.narrow(0, 0, count).select(1, 0).unbind(0), 1);
  };
  const auto added = (perturbed - data.images) / (2 * std::max(radius, 1e-9)) + 0.5;
  const auto strip = torch::cat({row(data.images), row(perturbed), row(added)}, 0).to(torch::kCPU).contiguous();
  std::vector<std::vector<double>> grid;
  for (std::int64_t y = 0; y < strip.size(0); ++y) {
    const auto* from = strip.data_ptr<float>() + y * strip.size(1);
    grid.emplace_back(from, from + strip.size(1));
  }
  Figure figure{"gallery", "Clean, attacked, difference",
                "The first images: clean, as " + attack + " left them, and what it added.", "pixel", "pixel"};
  figure.heat_map(std::move(grid));
  figure.equal_axes = true;
  return figure;
}

void require_images(const data::LabelledImages& images) {
  if (!images.are_images())
    throw BadInput(images.source, "holds features, not images in [0, 1]", "attacks here are on images");
}

}  // namespace offprint::nn
