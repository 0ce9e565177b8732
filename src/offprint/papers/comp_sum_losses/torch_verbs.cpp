#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "offprint/math/statistics.hpp"
#include "offprint/papers/comp_sum_losses/torch_losses.hpp"
#include "offprint/papers/comp_sum_losses/verbs.hpp"

namespace offprint::comp_sum_losses {
namespace {

constexpr std::size_t everything = std::numeric_limits<std::size_t>::max();

std::size_t most(const DataOptions& options) {
  return options.images > 0 ? static_cast<std::size_t>(options.images) : everything;
}

bool has_test_part(const DataOptions& options) { return options.data.source.starts_with("data:"); }

struct Split {
  data::LabelledImages images;  ///< their sizes; without pixels
  nn::ImageTensors train, validation;
};

Split read_split(const NetworkOptions& options, Run& run) {
  const auto device = nn::device_of(run.device());
  Split split;
  split.images = data::read_images(options.data.source, options.labels.source, data::Part::train, most(options));
  const auto all = nn::to_tensors(split.images, device);
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
    return nn::ImageTensors{all.images.index_select(0, chosen), all.labels.index_select(0, chosen)};
  };
  split.validation = part(0, held_out);
  split.train = part(held_out, all.count() - held_out);
  return split;
}

nn::TrainingOptions training_options(const NetworkOptions& options) {
  nn::TrainingOptions training;
  training.epochs = options.epochs;
  training.batch = options.batch;
  training.learning_rate = options.learning_rate;
  training.schedule.warm_up = options.warm_up;
  training.schedule.shape = options.cosine ? nn::Schedule::Shape::cosine : nn::Schedule::Shape::constant;
  training.weight_decay = options.weight_decay;
  training.clip_norm = options.clip;
  training.averaging = options.averaging;
  training.keep_best = options.keep_best;
  training.patience = options.patience;
  return training;
}

std::shared_ptr<nn::Network> new_network(const NetworkOptions& options, const data::LabelledImages& images,
                                         const Random& random, Run& run) {
  auto network = nn::make_network(nn::architecture_for(images, options.filters, options.hidden), random);
  network->to(nn::device_of(run.device()));
  return network;
}

/// The accuracy on the test part where the catalogue's data have one.
std::optional<double> test_accuracy(nn::Network& network, const DataOptions& options, Run& run) {
  if (!has_test_part(options)) return std::nullopt;
  const auto test =
      nn::to_tensors(data::read_images(options.data.source, "", data::Part::test), nn::device_of(run.device()));
  return nn::accuracy(network, test);
}

Cell cell(const std::optional<double>& value) { return value ? Cell(*value) : Cell(); }

nn::TrainingHooks hooks_for(const nn::ImageTensors& validation, Run& run, const std::string& curve = "") {
  nn::TrainingHooks hooks;
  hooks.validate = [&validation](nn::Network& network) { return nn::accuracy(network, validation); };
  hooks.before_step = [&run](std::int64_t step, std::int64_t total) {
    run.progress(static_cast<double>(step), static_cast<double>(total), "training");
  };
  hooks.after_epoch = [&run, curve](const nn::Epoch& epoch) {
    run.metric("loss" + curve, epoch.epoch, epoch.loss);
    run.metric("validation accuracy" + curve, epoch.epoch, epoch.validation);
  };
  return hooks;
}

Figure epochs_figure(const nn::TrainingResult& result) {
  Mark loss{.kind = MarkKind::line, .facet = "loss"}, accuracy{.kind = MarkKind::line, .facet = "validation accuracy"};
  for (const auto& epoch : result.epochs) {
    for (auto* mark : {&loss, &accuracy}) mark->x.push_back(epoch.epoch);
    loss.y.push_back(epoch.loss);
    accuracy.y.push_back(epoch.validation);
  }
  return {"training",
          "Training",
          "Mean loss of each epoch, and accuracy on the images held out.",
          {"epoch", "", Scale::linear},
          {"value", "", Scale::linear},
          {loss, accuracy}};
}

void train_with(const TrainOptions& options, const Objective& objective, const std::string& what, Run& run) {
  nn::use_threads(run.threads());
  const auto split = read_split(options, run);
  if (objective.method != Method::natural && !split.images.are_images())
    throw BadInput(options.data.source, "holds features, not images in [0, 1]",
                   "adversarial training here is of images");
  const auto network = new_network(options, split.images, run.random("weights"), run);
  auto training = training_options(options);
  training.checkpoint = options.output.path + ".checkpoint";
  training.resume = options.resume;
  training.fingerprint = fmt::format("{} {} filters {} hidden {} data {}", what, options.validation, options.filters,
                                     options.hidden, options.data.source);
  const auto result = nn::train(*network, split.train, batch_loss(objective), training, run.random("training"),
                                hooks_for(split.validation, run));
  if (result.resumed_after > 0) run.note(fmt::format("went on after epoch {}", result.resumed_after));
  if (result.stopped_early)
    run.note(fmt::format("stopped early after epoch {}; the best was {}", result.epochs.size(), result.best_epoch));
  const auto tested = test_accuracy(*network, options, run);
  nn::save_network(options.output.path, *network,
                   {{"trained_with", what}, {"data", options.data.source}, {"seed", std::to_string(run.seed())}});
  run.table(
      {"training",
       "The trained network",
       {{"objective", ""},
        {"images", ""},
        {"epochs", ""},
        {"best_epoch", ""},
        {"loss", ""},
        {"validation_accuracy", ""},
        {"test_accuracy", ""}},
       {{what, split.train.count(), static_cast<std::int64_t>(result.epochs.size()), std::int64_t{result.best_epoch},
         result.epochs.back().loss, nn::accuracy(*network, split.validation), cell(tested)}}});
  run.figure(epochs_figure(result));
  run.file(options.output.path, "The network: parameters and architecture");
}

/// The first images in three rows: clean, attacked, and what the attack added, as one heat map.
Figure gallery(const nn::ImageTensors& data, const torch::Tensor& perturbed, double epsilon,
               const std::string& attack) {
  const auto count = std::min<std::int64_t>(8, data.count());
  const auto row = [&](const torch::Tensor& images) {
    return torch::cat(images.narrow(0, 0, count).select(1, 0).unbind(0), 1);
  };
  const auto strip =
      torch::cat(
          {row(data.images), row(perturbed), row((perturbed - data.images) / (2 * std::max(epsilon, 1e-9)) + 0.5)}, 0)
          .to(torch::kCPU)
          .contiguous();
  Mark map{.kind = MarkKind::heat_map};
  for (std::int64_t y = 0; y < strip.size(0); ++y) {
    const auto* from = strip.data_ptr<float>() + y * strip.size(1);
    map.grid.emplace_back(from, from + strip.size(1));
  }
  return {"gallery",
          "Clean, attacked, difference",
          "The first images: clean, as " + attack + " left them, and what it added.",
          {"pixel", "", Scale::linear},
          {"pixel", "", Scale::linear},
          {map},
          true};
}

}  // namespace

void train_verb(const TrainOptions& options, Run& run) {
  train_with(options, {.method = Method::natural, .tau = options.tau},
             fmt::format("comp-sum loss, tau = {}", options.tau), run);
}

void advtrain_verb(const AdvtrainOptions& options, Run& run) {
  constexpr Method methods[]{Method::adv_comp_sum, Method::trades, Method::mart, Method::pgd_at};
  const double beta = options.beta.value_or(options.method == AdversarialMethod::mart ? 5 : 6);
  const Objective objective{methods[static_cast<int>(options.method)],
                            options.tau,
                            options.rho,
                            options.nu,
                            beta,
                            {options.epsilon, 0, 1},
                            options.steps};
  const std::string ball = fmt::format(", epsilon = {}, {} steps", options.epsilon, options.steps);
  const std::string names[]{
      fmt::format("ADV-COMP-SUM, tau = {}, rho = {}, nu = {}", options.tau, options.rho, options.nu),
      fmt::format("TRADES, beta = {}", beta), fmt::format("MART, lambda = {}", beta), "PGD adversarial training"};
  train_with(options, objective, names[static_cast<int>(options.method)] + ball, run);
}

void sweep_verb(const SweepOptions& options, Run& run) {
  if (options.taus.empty()) throw UsageError("--tau: give at least one number");
  nn::use_threads(run.threads());
  const auto split = read_split(options, run);
  ResultTable table{
      "sweep", "Accuracy by tau", {{"tau", ""}, {"accuracy", ""}, {"low", ""}, {"high", ""}, {"seeds", ""}}, {}};
  Mark points{.kind = MarkKind::points};
  const auto test =
      has_test_part(options)
          ? nn::to_tensors(data::read_images(options.data.source, "", data::Part::test), nn::device_of(run.device()))
          : split.validation;
  for (const double tau : options.taus) {
    std::vector<double> accuracies;
    for (int seed = 0; seed < options.seeds; ++seed) {
      const auto random = run.random("sweep").split(static_cast<std::uint64_t>(seed));
      const auto network = new_network(options, split.images, random.split("weights"), run);
      nn::train(*network, split.train, batch_loss({.method = Method::natural, .tau = tau}), training_options(options),
                random.split("training"),
                hooks_for(split.validation, run, fmt::format(", tau {} seed {}", tau, seed + 1)));
      accuracies.push_back(nn::accuracy(*network, test));
    }
    const auto interval = mean_interval(accuracies);
    table.rows.push_back({tau, interval.value, interval.low, interval.high, std::int64_t{options.seeds}});
    points.x.push_back(tau);
    points.y.push_back(interval.value);
    points.low.push_back(interval.low);
    points.high.push_back(interval.high);
  }
  run.table(table);
  run.note(has_test_part(options) ? "Accuracy is on the test part of the data set."
                                  : "Accuracy is on the examples held out.");
  run.figure({"accuracy-tau",
              "Accuracy against tau",
              "Mean and 95 % interval over seeds.",
              {"tau", "", Scale::linear},
              {"accuracy", "", Scale::linear},
              {points}});
}

void attack_verb(const AttackOptions& options, Run& run) {
  nn::use_threads(run.threads());
  const auto device = nn::device_of(run.device());
  std::vector<nn::Attack> attacks;
  for (const auto& name : options.attacks) attacks.push_back(nn::attack_named(name, options.steps, options.restarts));
  if (attacks.empty()) throw UsageError("--attacks: give at least one");
  const auto network = nn::load_network(options.model.source);
  network->to(device);
  network->eval();
  const auto images = data::read_images(options.data.source, options.labels.source, data::Part::test, most(options));
  const auto& a = network->architecture();
  if (a.channels != static_cast<std::int64_t>(images.channels) ||
      a.height != static_cast<std::int64_t>(images.height) || a.width != static_cast<std::int64_t>(images.width) ||
      a.classes < static_cast<std::int64_t>(images.classes))
    throw BadInput(
        options.model.source,
        fmt::format("takes {} x {} x {} inputs of {} classes, {} holds {} x {} x {} of {}", a.channels, a.height,
                    a.width, a.classes, images.source, images.channels, images.height, images.width, images.classes),
        "give data like those it was trained on");
  if (!images.are_images())
    throw BadInput(images.source, "holds features, not images in [0, 1]", "attacks here are on images");
  const auto data = nn::to_tensors(images, device);
  const auto result = nn::attack_all([&](const torch::Tensor& inputs) { return network->forward(inputs); }, data,
                                     {options.epsilon, 0, 1}, attacks, run.random("attacks"), 250,
                                     [&](double share) {
                                       run.progress(std::floor(share * static_cast<double>(data.count())),
                                                    static_cast<double>(data.count()), "images attacked");
                                     });
  const auto count = static_cast<std::uint64_t>(data.count());
  ResultTable table{
      "robustness", "Accuracy under attack", {{"attack", ""}, {"accuracy", ""}, {"low", ""}, {"high", ""}}, {}};
  Mark bars{.kind = MarkKind::bars};
  const auto add = [&](const std::string& name, double accuracy) {
    const auto interval =
        proportion_interval(static_cast<std::uint64_t>(std::llround(accuracy * static_cast<double>(count))), count);
    table.rows.push_back({name, interval.value, interval.low, interval.high});
    bars.labels.push_back(name);
    bars.y.push_back(accuracy);
  };
  add("none", result.clean);
  for (std::size_t i = 0; i < attacks.size(); ++i) add(attacks[i].name(), result.accuracy[i]);
  add("worst of all", result.worst);
  run.table(table);
  run.note(fmt::format("{} images, L-infinity ball of radius {}", count, options.epsilon));
  run.figure({"robustness",
              "Accuracy under attack",
              "Share of images that stand.",
              {"attack", "", Scale::linear},
              {"accuracy", "", Scale::linear},
              {bars}});
  run.figure(gallery(data, result.perturbed.back(), options.epsilon, attacks.back().name()));
}

}  // namespace offprint::comp_sum_losses
