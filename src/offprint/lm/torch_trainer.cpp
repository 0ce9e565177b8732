#include <cmath>
#include <nlohmann/json.hpp>

#include "offprint/base/each_cpu.hpp"
#include "offprint/base/error.hpp"
#include "offprint/base/random.hpp"
#include "offprint/base/text.hpp"
#include "offprint/lm/torch_transformer.hpp"
#include "offprint/lm/trainer.hpp"

namespace offprint::lm {
namespace {

constexpr int validation_every = 50, longest_validation = 16;  ///< steps; batches

struct AdamStep {
  float rate, decay, beta1, beta2, correction1, correction2, epsilon, gradient_scale;
};

OFFPRINT_FOR_EACH_CPU
void adam_update(float* value, const float* gradient, float* first, float* second, std::size_t count, AdamStep s) {
  for (std::size_t i = 0; i < count; ++i) {
    const float g = gradient[i] * s.gradient_scale;
    first[i] = s.beta1 * first[i] + (1 - s.beta1) * g;
    second[i] = s.beta2 * second[i] + (1 - s.beta2) * g * g;
    value[i] -=
        s.rate * (s.decay * value[i] + first[i] * s.correction1 / (std::sqrt(second[i] * s.correction2) + s.epsilon));
  }
}

class Training {
 public:
  Training(const TransformerConfig& config, std::span<const Token> text, const TrainingOptions& options)
      : options_(options),
        model_(config, options.seed),
        text_(text),
        random_(Random(options.seed).split("training batches")) {
    check_tokens(text, config.vocabulary);
    const auto window = static_cast<std::size_t>(config.context) + 1;
    train_ = text.size() - static_cast<std::size_t>(options.validation * static_cast<double>(text.size()));
    if (text.size() - train_ < window) train_ = text.size();
    if (train_ < window)
      throw BadInput("the text", "has " + std::to_string(text.size()) + " tokens",
                     "give at least " + std::to_string(window) + " or a shorter --context");
    for (auto& [name, parameter] : model_.parameters()) {
      first_[name] = torch::zeros_like(parameter.detach());
      second_[name] = torch::zeros_like(parameter.detach());
    }
  }

  TorchTransformer& model() { return model_; }
  int step() const { return step_; }

  double train_step() {
    double loss = 0;
    for (auto& [name, parameter] : model_.parameters()) parameter.mutable_grad().reset();
    for (int part = 0; part < options_.accumulate; ++part) {
      auto random = random_.split(static_cast<std::uint64_t>(step_) * static_cast<std::uint64_t>(options_.accumulate) +
                                  static_cast<std::uint64_t>(part));
      std::vector<std::size_t> begins;
      for (int i = 0; i < options_.batch; ++i)
        begins.push_back(random.below(train_ - static_cast<std::size_t>(model_.config().context)));
      const auto batch_loss = loss_of(begins) / options_.accumulate;
      loss += batch_loss.item<double>();
      batch_loss.backward();
    }
    if (!std::isfinite(loss))
      throw NumericalFailure("the training loss is not finite; lower the learning rate",
                             std::to_string(step_) + " steps");
    update();
    return loss;
  }

  double validation_loss() {
    const auto context = static_cast<std::size_t>(model_.config().context);
    if (train_ == text_.size()) return std::nan("");
    const torch::NoGradGuard no_gradients;
    double sum = 0;
    int batches = 0;
    for (std::size_t at = train_; at + context + 1 <= text_.size() && batches < longest_validation; ++batches) {
      std::vector<std::size_t> begins;
      for (; at + context + 1 <= text_.size() && begins.size() < static_cast<std::size_t>(options_.batch);
           at += context)
        begins.push_back(at);
      sum += loss_of(begins).item<double>();
    }
    return sum / batches;
  }

  void save_state() {
    std::map<std::string, data::TensorView> views;
    const auto add = [&](const std::string& prefix, const std::string& name, const torch::Tensor& t) {
      views[prefix + name] =
          data::view_of(std::span<const float>(t.data_ptr<float>(), static_cast<std::size_t>(t.numel())),
                        std::vector<std::size_t>(t.sizes().begin(), t.sizes().end()));
    };
    for (const auto& [name, parameter] : model_.parameters()) {
      add("value ", name, parameter);
      add("first ", name, first_.at(name));
      add("second ", name, second_.at(name));
    }
    data::write_safetensors(options_.checkpoint, views, {{"training", fingerprint()}, {"step", std::to_string(step_)}});
  }

  void load_state() {
    const auto tensors = data::read_safetensors(options_.checkpoint);
    const auto& facts = tensors.metadata();
    if (!facts.count("training") || !facts.count("step") || facts.at("training") != fingerprint())
      throw BadInput(options_.checkpoint.string(), "belongs to another training",
                     "resume with the same text, model and options, or delete it");
    const torch::NoGradGuard no_gradients;
    const auto copy = [&](const std::string& name, torch::Tensor to) {
      const auto values = tensors.at(name, std::vector<std::size_t>(to.sizes().begin(), to.sizes().end())).floats();
      std::copy(values.begin(), values.end(), to.data_ptr<float>());
    };
    for (auto& [name, parameter] : model_.parameters()) {
      copy("value " + name, parameter);
      copy("first " + name, first_.at(name));
      copy("second " + name, second_.at(name));
    }
    const auto step = parse_integer(facts.at("step"));
    if (!step || *step < 0 || *step > options_.steps)
      throw BadInput(options_.checkpoint.string(), "its count of steps is damaged", "delete it");
    step_ = static_cast<int>(*step);
  }

 private:
  torch::Tensor loss_of(const std::vector<std::size_t>& begins) const {
    const auto context = static_cast<std::int64_t>(model_.config().context),
               rows = static_cast<std::int64_t>(begins.size());
    auto inputs = torch::empty({rows, context}, torch::kInt64), targets = torch::empty({rows, context}, torch::kInt64);
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t t = 0; t < context; ++t) {
        const auto at = begins[static_cast<std::size_t>(i)] + static_cast<std::size_t>(t);
        inputs.data_ptr<std::int64_t>()[i * context + t] = text_[at];
        targets.data_ptr<std::int64_t>()[i * context + t] = text_[at + 1];
      }
    return torch::cross_entropy_loss(model_.forward(inputs).view({rows * context, -1}), targets.view({-1}));
  }

  void update() {
    double squares = 0;
    for (auto& [name, parameter] : model_.parameters()) squares += std::pow(parameter.grad().norm().item<double>(), 2);
    const double norm = std::sqrt(squares),
                 scale = options_.clip > 0 && norm > options_.clip ? options_.clip / norm : 1;
    const double t = step_ + 1;
    AdamStep step{static_cast<float>(scheduled_learning_rate(options_, step_)),
                  0,
                  static_cast<float>(options_.beta1),
                  static_cast<float>(options_.beta2),
                  static_cast<float>(1 / (1 - std::pow(options_.beta1, t))),
                  static_cast<float>(1 / (1 - std::pow(options_.beta2, t))),
                  static_cast<float>(options_.epsilon),
                  static_cast<float>(scale)};
    for (auto& [name, parameter] : model_.parameters()) {
      const auto gradient = parameter.grad().contiguous();
      step.decay = parameter.dim() >= 2 ? static_cast<float>(options_.weight_decay) : 0;
      adam_update(parameter.data_ptr<float>(), gradient.data_ptr<float>(), first_.at(name).data_ptr<float>(),
                  second_.at(name).data_ptr<float>(), static_cast<std::size_t>(parameter.numel()), step);
    }
    ++step_;
  }

  /// What must agree for a checkpoint to be continued.
  std::string fingerprint() const {
    std::uint64_t hash = 1469598103934665603u;
    for (const auto token : text_) hash = (hash ^ static_cast<std::uint64_t>(token)) * 1099511628211u;
    return nlohmann::json{{"config", transformer_config_json(model_.config())},
                          {"text", hash},
                          {"options",
                           {options_.steps, options_.warm_up, options_.batch, options_.accumulate,
                            options_.learning_rate, options_.final_learning_rate, options_.weight_decay, options_.beta1,
                            options_.beta2, options_.epsilon, options_.clip, options_.validation, options_.seed}}}
        .dump();
  }

  TrainingOptions options_;
  TorchTransformer model_;
  std::span<const Token> text_;
  std::size_t train_ = 0;
  Random random_;
  std::map<std::string, torch::Tensor> first_, second_;
  int step_ = 0;
};

}  // namespace

double scheduled_learning_rate(const TrainingOptions& options, int step) {
  if (step < options.warm_up) return options.learning_rate * (step + 1) / options.warm_up;
  const double share = static_cast<double>(step - options.warm_up) / std::max(1, options.steps - options.warm_up);
  return options.final_learning_rate +
         (options.learning_rate - options.final_learning_rate) * (1 + std::cos(M_PI * share)) / 2;
}

TrainingResult train_transformer(const TransformerConfig& config, std::span<const Token> text,
                                 const TrainingOptions& options, const std::filesystem::path& path,
                                 const std::function<void(const TrainingStep&)>& report) {
  at::set_num_threads(options.threads);
  Training training(config, text, options);
  TrainingResult result;
  if (options.resume && std::filesystem::exists(options.checkpoint)) {
    training.load_state();
    result.resumed_from = training.step();
  }
  while (training.step() < options.steps) {
    const double rate = scheduled_learning_rate(options, training.step());
    result.loss = training.train_step();
    const int step = training.step();
    const bool validate = step % validation_every == 0 || step == options.steps;
    result.validation = validate ? training.validation_loss() : std::nan("");
    if (!options.checkpoint.empty() && step % options.checkpoint_every == 0 && step < options.steps)
      training.save_state();
    report({step, result.loss, result.validation, rate});
  }
  training.model().save(path);
  if (!options.checkpoint.empty()) std::filesystem::remove(options.checkpoint);
  return result;
}

}  // namespace offprint::lm
