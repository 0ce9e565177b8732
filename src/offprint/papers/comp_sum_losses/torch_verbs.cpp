#include <fmt/format.h>

#include <cmath>

#include "offprint/math/statistics.hpp"
#include "offprint/nn/report.hpp"
#include "offprint/papers/comp_sum_losses/torch_losses.hpp"
#include "offprint/papers/comp_sum_losses/verbs/networks.hpp"

namespace offprint::comp_sum_losses {
namespace {

void train(const TrainOptions& options, Run& run) {
  nn::use_threads(run.threads());
  const auto split = nn::read_split(options, run);
  nn::train_and_report(options, split, natural_loss(options.tau), fmt::format("comp-sum loss, tau = {}", options.tau),
                       run);
}

void advtrain(const AdvtrainOptions& options, Run& run) {
  nn::use_threads(run.threads());
  const auto split = nn::read_split(options, run);
  nn::require_images(split.images);
  const nn::InnerAscent ascent{{options.epsilon, 0, 1}, options.steps};
  const auto train_with = [&](const nn::BatchLoss& loss, const std::string& name) {
    nn::train_and_report(options, split, loss,
                         fmt::format("{}, epsilon = {}, {} steps", name, options.epsilon, options.steps), run);
  };
  const double beta = options.beta.value_or(options.method == AdversarialMethod::mart ? 5 : 6);
  switch (options.method) {
    case AdversarialMethod::adv_comp_sum:
      return train_with(adv_comp_sum({options.tau, options.rho, options.nu}, ascent),
                        fmt::format("ADV-COMP-SUM, tau = {}, rho = {}, nu = {}", options.tau, options.rho, options.nu));
    case AdversarialMethod::trades:
      return train_with(nn::trades(beta, ascent), fmt::format("TRADES, beta = {}", beta));
    case AdversarialMethod::mart:
      return train_with(nn::mart(beta, ascent), fmt::format("MART, lambda = {}", beta));
    case AdversarialMethod::pgd:
      return train_with(nn::pgd_training(ascent), "PGD adversarial training");
  }
}

void sweep(const SweepOptions& options, Run& run) {
  if (options.taus.empty()) throw UsageError("--tau: give at least one number");
  nn::use_threads(run.threads());
  const auto split = nn::read_split(options, run);
  const auto test = nn::test_part(options, run);
  ResultTable table{"sweep", "Accuracy by tau", {"tau", "accuracy", "low", "high", "seeds"}};
  Figure figure{"accuracy-tau", "Accuracy against tau", "Mean and 95 % interval over seeds.", "tau", "accuracy"};
  auto& points = figure.points("");
  for (const double tau : options.taus) {
    std::vector<double> accuracies;
    for (int seed = 0; seed < options.seeds; ++seed) {
      const auto random = run.random("sweep").split(static_cast<std::uint64_t>(seed));
      const auto network = nn::new_network(options, split.images, random.split("weights"), run);
      nn::train(*network, split.train, natural_loss(tau), nn::training_options(options), random.split("training"),
                nn::report_training(split.validation, run, fmt::format(", tau {} seed {}", tau, seed + 1)));
      accuracies.push_back(nn::accuracy(*network, test ? *test : split.validation));
    }
    const auto interval = mean_interval(accuracies);
    table.row(tau, interval.value, interval.low, interval.high, options.seeds);
    points.add(tau, interval.value, interval.low, interval.high);
  }
  run.table(table);
  run.note(test ? "Accuracy is on the test part of the data set." : "Accuracy is on the examples held out.");
  run.figure(figure);
}

/// Throws BadInput unless the network takes these images.
void require_fit(const nn::Architecture& a, const data::LabelledImages& images, const std::string& model) {
  if (a.channels != static_cast<std::int64_t>(images.channels) ||
      a.height != static_cast<std::int64_t>(images.height) || a.width != static_cast<std::int64_t>(images.width) ||
      a.classes < static_cast<std::int64_t>(images.classes))
    throw BadInput(
        model,
        fmt::format("takes {} x {} x {} inputs of {} classes, {} holds {} x {} x {} of {}", a.channels, a.height,
                    a.width, a.classes, images.source, images.channels, images.height, images.width, images.classes),
        "give data like those it was trained on");
  nn::require_images(images);
}

void attack(const AttackOptions& options, Run& run) {
  nn::use_threads(run.threads());
  const auto device = nn::device_of(run.device());
  std::vector<nn::Attack> attacks;
  for (const auto& name : options.attacks) attacks.push_back(nn::attack_named(name, options.steps, options.restarts));
  if (attacks.empty()) throw UsageError("--attacks: give at least one");
  const auto network = nn::load_network(options.model.source);
  network->to(device);
  network->eval();
  const auto images = nn::read_test(options);
  require_fit(network->architecture(), images, options.model.source);
  const auto data = nn::to_tensors(images, device);
  const auto total = static_cast<double>(data.count());
  const auto result =
      nn::attack_all([&](const torch::Tensor& inputs) { return network->forward(inputs); }, data,
                     {options.epsilon, 0, 1}, attacks, run.random("attacks"), 250,
                     [&](double share) { run.progress(std::floor(share * total), total, "images attacked"); });
  ResultTable table{"robustness", "Accuracy under attack", {"attack", "accuracy", "low", "high"}};
  Figure figure{"robustness", "Accuracy under attack", "Share of images that stand.", "attack", "accuracy"};
  auto& bars = figure.bars("");
  const auto add = [&](const std::string& name, double accuracy) {
    const auto interval = proportion_interval(static_cast<std::uint64_t>(std::llround(accuracy * total)),
                                              static_cast<std::uint64_t>(data.count()));
    table.row(name, interval.value, interval.low, interval.high);
    bars.bar(name, accuracy);
  };
  add("none", result.clean);
  for (std::size_t i = 0; i < attacks.size(); ++i) add(attacks[i].name(), result.accuracy[i]);
  add("worst of all", result.worst);
  run.table(table);
  run.note(fmt::format("{} images, L-infinity ball of radius {}", data.count(), options.epsilon));
  run.figure(figure);
  run.figure(nn::gallery(data, result.perturbed.back(), options.epsilon, attacks.back().name()));
}

const TorchBody<TrainOptions> train_body{"comp_sum_losses train", train};
const TorchBody<SweepOptions> sweep_body{"comp_sum_losses sweep", sweep};
const TorchBody<AdvtrainOptions> advtrain_body{"comp_sum_losses advtrain", advtrain};
const TorchBody<AttackOptions> attack_body{"comp_sum_losses attack", attack};

}  // namespace
}  // namespace offprint::comp_sum_losses
