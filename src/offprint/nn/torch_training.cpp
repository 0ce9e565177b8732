#include "offprint/nn/torch_training.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <numeric>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/safetensors.hpp"

namespace offprint::nn {
namespace {

using torch::Tensor;

/// All parameters as views of one vector, so that optimiser, clipping and averaging are a few operations on it.
class FlatParameters {
 public:
  explicit FlatParameters(Network& network) : parameters_(network.parameters()) {
    torch::NoGradGuard no_gradients;
    std::vector<Tensor> pieces;
    for (const auto& parameter : parameters_) pieces.push_back(parameter.detach().flatten());
    values = torch::cat(pieces);
    std::int64_t at = 0;
    for (auto& parameter : parameters_) {
      parameter.set_data(values.narrow(0, at, parameter.numel()).view_as(parameter));
      at += parameter.numel();
    }
  }
  /// The gradient of `loss`; parameters that it does not reach count as zero.
  Tensor gradient(const Tensor& loss) const {
    auto pieces = torch::autograd::grad({loss}, parameters_, {}, false, false, true);
    for (std::size_t i = 0; i < pieces.size(); ++i)
      pieces[i] = pieces[i].defined() ? pieces[i].flatten() : torch::zeros({parameters_[i].numel()}, values.options());
    return torch::cat(pieces);
  }
  Tensor values;

 private:
  std::vector<Tensor> parameters_;
};

class Training {
 public:
  Training(Network& network, const ImageTensors& data, const BatchLoss& loss, const TrainingOptions& options,
           const Random& random, const TrainingHooks& hooks)
      : network_(network), data_(data), loss_(loss), options_(options), random_(random), hooks_(hooks), flat_(network) {
    batch_ = std::min(options.batch, data.count());
    steps_ = data.count() / batch_;
    first_ = torch::zeros_like(flat_.values);
    second_ = torch::zeros_like(flat_.values);
    average_ = flat_.values.clone();
    best_ = flat_.values.clone();
    if (options.resume) restore();
  }

  TrainingResult run() {
    while (static_cast<int>(result_.epochs.size()) < options_.epochs && !result_.stopped_early) one_epoch();
    torch::NoGradGuard no_gradients;
    if (options_.keep_best && hooks_.validate)
      flat_.values.copy_(best_);
    else if (options_.averaging > 0)
      flat_.values.copy_(average_);
    if (!options_.checkpoint.empty()) std::filesystem::remove(options_.checkpoint);
    return result_;
  }

 private:
  void one_epoch() {
    Epoch epoch{static_cast<int>(result_.epochs.size()) + 1, 0, std::nan(""), 0};
    const auto stream = random_.split(static_cast<std::uint64_t>(epoch.epoch));
    std::vector<std::int64_t> order(static_cast<std::size_t>(data_.count()));
    std::iota(order.begin(), order.end(), 0);
    auto shuffling = stream.split("order");
    shuffling.shuffle(order);
    const auto shuffled = torch::from_blob(order.data(), {data_.count()}, torch::kInt64).to(data_.labels.device());
    for (std::int64_t step = 0; step < steps_; ++step) {
      const auto index = shuffled.narrow(0, step * batch_, batch_);
      const auto done = (epoch.epoch - 1) * steps_ + step, total = options_.epochs * steps_;
      if (hooks_.before_step) hooks_.before_step(done, total);
      network_.train();
      const auto loss = loss_(network_, data_.images.index_select(0, index), data_.labels.index_select(0, index),
                              stream.split("step").split(static_cast<std::uint64_t>(step)));
      const double value = loss.item<double>();
      if (!std::isfinite(value))
        throw NumericalFailure("the loss is not finite: lower --learning-rate or clip the gradient",
                               fmt::format("{} steps", done));
      epoch.loss += value / static_cast<double>(steps_);
      epoch.learning_rate = options_.learning_rate * rate_factor(options_.schedule, done, total);
      update(flat_.gradient(loss), epoch.learning_rate, done + 1);
    }
    network_.eval();
    judge(epoch);
    result_.epochs.push_back(epoch);
    if (!options_.checkpoint.empty()) store();
    if (hooks_.after_epoch) hooks_.after_epoch(epoch);
  }

  void update(Tensor gradient, double rate, std::int64_t step) {
    torch::NoGradGuard no_gradients;
    if (options_.clip_norm > 0) {
      const double norm = gradient.norm().item<double>();
      if (norm > options_.clip_norm) gradient.mul_(options_.clip_norm / norm);
    }
    if (options_.weight_decay > 0) gradient.add_(flat_.values, options_.weight_decay);
    if (options_.optimizer == TrainingOptions::Optimizer::adam) {
      constexpr double keep_first = 0.9, keep_second = 0.999, tiny = 1e-8;
      first_.mul_(keep_first).add_(gradient, 1 - keep_first);
      second_.mul_(keep_second).addcmul_(gradient, gradient, 1 - keep_second);
      const auto root = second_.sqrt().div_(std::sqrt(1 - std::pow(keep_second, step))).add_(tiny);
      flat_.values.addcdiv_(first_, root, -rate / (1 - std::pow(keep_first, step)));
    } else {
      first_.mul_(options_.momentum).add_(gradient);
      flat_.values.add_(first_, -rate);
    }
    if (options_.averaging > 0) average_.mul_(options_.averaging).add_(flat_.values, 1 - options_.averaging);
  }

  /// Validates the weights that would be kept, and remembers the best.
  void judge(Epoch& epoch) {
    if (!hooks_.validate) {
      result_.best_epoch = epoch.epoch;
      return;
    }
    torch::NoGradGuard no_gradients;
    const auto trained = flat_.values.clone();
    if (options_.averaging > 0) flat_.values.copy_(average_);
    {
      torch::AutoGradMode attacks_need_gradients(true);
      epoch.validation = hooks_.validate(network_);
    }
    if (result_.best_epoch == 0 || epoch.validation > best_score_) {
      best_score_ = epoch.validation;
      result_.best_epoch = epoch.epoch;
      best_.copy_(flat_.values);
    }
    flat_.values.copy_(trained);
    result_.stopped_early = options_.patience > 0 && epoch.epoch - result_.best_epoch >= options_.patience;
  }

  std::string fingerprint() const {
    const auto& o = options_;
    return fmt::format(
        "{} epochs {} batch {} optimizer {} rate {} momentum {} decay {} schedule {} {} {} {} clip {} averaging {} "
        "best {} patience {} images {} seed {}",
        o.fingerprint, o.epochs, o.batch, static_cast<int>(o.optimizer), o.learning_rate, o.momentum, o.weight_decay,
        static_cast<int>(o.schedule.shape), o.schedule.warm_up, fmt::join(o.schedule.drops_at, "/"),
        o.schedule.drop_factor, o.clip_norm, o.averaging, o.keep_best, o.patience, data_.count(), Random(random_)());
  }

  void store() const {
    std::map<std::string, std::vector<float>> values{{"values", values_of(flat_.values)},
                                                     {"first", values_of(first_)},
                                                     {"second", values_of(second_)},
                                                     {"average", values_of(average_)},
                                                     {"best", values_of(best_)}};
    for (const auto& item : network_.named_buffers()) values.emplace("buffer." + item.key(), values_of(item.value()));
    std::map<std::string, data::TensorView> views;
    for (const auto& [name, stored] : values) views.emplace(name, data::view_of(std::span(stored), {stored.size()}));
    std::vector<double> history;
    for (const auto& epoch : result_.epochs)
      history.insert(history.end(), {epoch.loss, epoch.validation, epoch.learning_rate});
    views.emplace("history", data::view_of(std::span(history), {result_.epochs.size(), 3}));
    data::write_safetensors(options_.checkpoint, views,
                            {{"format", "offprint training 1"},
                             {"fingerprint", fingerprint()},
                             {"best_epoch", std::to_string(result_.best_epoch)},
                             {"stopped_early", result_.stopped_early ? "1" : "0"}});
  }

  void restore() {
    if (!std::filesystem::exists(options_.checkpoint)) return;
    const auto source = options_.checkpoint.string();
    const auto stored = data::read_safetensors(options_.checkpoint);
    const auto text = [&](const std::string& key) {
      const auto found = stored.metadata().find(key);
      return found == stored.metadata().end() ? "" : found->second;
    };
    if (text("format") != "offprint training 1")
      throw BadInput(source, "is not the checkpoint of a training", "remove it to start afresh");
    if (text("fingerprint") != fingerprint())
      throw BadInput(source, "belongs to a training with other options or data", "give the same ones, or remove it");
    const auto fill = [&](const std::string& name, Tensor tensor) {
      const std::vector<std::size_t> shape{static_cast<std::size_t>(tensor.numel())};
      const auto values = stored.at(name, shape).floats();
      tensor.copy_(torch::from_blob(const_cast<float*>(values.data()), {tensor.numel()}).view_as(tensor));
    };
    torch::NoGradGuard no_gradients;
    fill("values", flat_.values);
    fill("first", first_);
    fill("second", second_);
    fill("average", average_);
    fill("best", best_);
    for (const auto& item : network_.named_buffers()) fill("buffer." + item.key(), item.value());
    const auto& history = stored.at("history");
    const auto best = parse_integer(text("best_epoch"));
    if (history.dtype != data::Dtype::f64 || history.shape.size() != 2 || history.shape[1] != 3 ||
        history.shape[0] < 1 || history.shape[0] > static_cast<std::size_t>(options_.epochs) || !best || *best < 1 ||
        *best > static_cast<std::int64_t>(history.shape[0]))
      throw BadInput(source, "its record of epochs is damaged", "remove it to start afresh");
    for (std::size_t i = 0; i < history.shape[0]; ++i) {
      double row[3];
      std::memcpy(row, history.bytes.data() + i * sizeof row, sizeof row);
      result_.epochs.push_back({static_cast<int>(i) + 1, row[0], row[1], row[2]});
    }
    result_.best_epoch = static_cast<int>(*best);
    result_.stopped_early = text("stopped_early") == "1";
    best_score_ = result_.epochs[static_cast<std::size_t>(*best - 1)].validation;
    result_.resumed_after = static_cast<int>(result_.epochs.size());
  }

  Network& network_;
  const ImageTensors& data_;
  const BatchLoss& loss_;
  const TrainingOptions& options_;
  const Random& random_;
  const TrainingHooks& hooks_;
  FlatParameters flat_;
  std::int64_t batch_ = 0, steps_ = 0;  ///< images a step, steps an epoch
  Tensor first_, second_, average_, best_;
  double best_score_ = 0;
  TrainingResult result_;
};

}  // namespace

double rate_factor(const Schedule& schedule, std::int64_t step, std::int64_t total) {
  if (step < schedule.warm_up) return static_cast<double>(step + 1) / static_cast<double>(schedule.warm_up);
  if (schedule.shape == Schedule::Shape::cosine) {
    const double part = static_cast<double>(step - schedule.warm_up) /
                        static_cast<double>(std::max<std::int64_t>(1, total - schedule.warm_up));
    return 0.5 * (1 + std::cos(std::numbers::pi * part));
  }
  double factor = 1;
  if (schedule.shape == Schedule::Shape::drops)
    for (const double at : schedule.drops_at)
      if (static_cast<double>(step) >= at * static_cast<double>(total)) factor *= schedule.drop_factor;
  return factor;
}

TrainingResult train(Network& network, const ImageTensors& data, const BatchLoss& loss, const TrainingOptions& options,
                     const Random& random, const TrainingHooks& hooks) {
  return Training(network, data, loss, options, random, hooks).run();
}

Tensor logits_of(Network& network, const Tensor& images, std::int64_t batch) {
  torch::NoGradGuard no_gradients;
  network.eval();
  std::vector<Tensor> parts;
  for (const auto& part : images.split(batch)) parts.push_back(network.forward(part));
  return torch::cat(parts);
}

double accuracy(Network& network, const ImageTensors& data, std::int64_t batch) {
  return logits_of(network, data.images, batch).argmax(1).eq(data.labels).to(torch::kFloat64).mean().item<double>();
}

}  // namespace offprint::nn
