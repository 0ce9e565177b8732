#include "offprint/nn/torch_attacks.hpp"

#include <algorithm>
#include <utility>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"

namespace offprint::nn {
namespace {

using torch::Tensor;

struct Ascent {
  Tensor values, gradient;  ///< of the objective, one value an example
};

Ascent value_and_gradient(const Classifier& classifier, const Tensor& inputs, const Objective& objective) {
  torch::AutoGradMode with_gradients(true);
  const auto leaf = inputs.detach().requires_grad_();
  const auto values = objective(classifier(leaf));
  return {values.detach(), torch::autograd::grad({values.sum()}, {leaf})[0]};
}

Tensor values_at(const Classifier& classifier, const Tensor& inputs, const Objective& objective) {
  torch::NoGradGuard no_gradients;
  return objective(classifier(inputs));
}

/// One number an example, shaped to multiply inputs.
Tensor over_inputs(const Tensor& values, const Tensor& inputs) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(inputs.dim()), 1);
  shape[0] = inputs.size(0);
  return values.view(shape);
}

/// Steps after which APGD looks at its progress: at 22 % of all, then after intervals that shrink by 3 % of all, but
/// not below 6 %.
std::vector<int> checkpoints(int steps) {
  std::vector<int> at;
  double before = 0, place = 0.22;
  while (place < 1) {
    at.push_back(std::max(1, static_cast<int>(std::ceil(place * steps))));
    const double next = place + std::max(place - before - 0.03, 0.06);
    before = std::exchange(place, next);
  }
  return at;
}

Objective objective_of(const Attack& attack, const Tensor& labels, const Tensor& clean_logits) {
  switch (attack.loss) {
    case Attack::Loss::cross_entropy:
      return cross_entropy_objective(labels);
    case Attack::Loss::margin:
      return margin_objective(labels);
    case Attack::Loss::kl:
      return kl_objective(clean_logits);
    case Attack::Loss::dlr:
      return dlr_objective(labels);
  }
  return {};
}

Tensor attack_once(const Classifier& classifier, const Tensor& clean, const Tensor& labels, const LinfBall& ball,
                   const Attack& attack, Random& random) {
  Tensor clean_logits;
  if (attack.loss == Attack::Loss::kl) {
    torch::NoGradGuard no_gradients;
    clean_logits = classifier(clean);
  }
  const auto objective = objective_of(attack, labels, clean_logits);
  if (attack.method == Attack::Method::fgsm) return fgsm(classifier, clean, ball, objective);
  if (attack.method == Attack::Method::pgd) return pgd(classifier, clean, ball, objective, {attack.steps}, random);
  return apgd(classifier, clean, ball, objective, attack.steps, random);
}

}  // namespace

Tensor LinfBall::project(const Tensor& perturbed, const Tensor& clean) const {
  return torch::clamp(perturbed, (clean - radius).clamp_min_(low), (clean + radius).clamp_max_(high));
}

Tensor LinfBall::random_point(const Tensor& clean, Random& random) const {
  return uniform_like(clean, -radius, radius, random).add_(clean).clamp_(low, high);
}

Objective cross_entropy_objective(Tensor labels) {
  return [labels](const Tensor& logits) {
    return torch::nn::functional::cross_entropy(
        logits, labels, torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kNone));
  };
}

Objective margin_objective(Tensor labels) {
  return [index = labels.unsqueeze(1)](const Tensor& logits) {
    return std::get<0>(logits.scatter(1, index, -std::numeric_limits<float>::infinity()).max(1)) -
           logits.gather(1, index).squeeze(1);
  };
}

Objective kl_objective(Tensor clean_logits) {
  const auto log_p = clean_logits.detach().log_softmax(1), p = log_p.exp();
  return [log_p, p](const Tensor& logits) { return (p * (log_p - logits.log_softmax(1))).sum(1); };
}

Objective dlr_objective(Tensor labels) {
  return [labels, margin = margin_objective(labels)](const Tensor& logits) {
    if (logits.size(1) < 3) throw BadInput("", "the DLR loss needs three classes", "attack with pgd-margin");
    const auto largest = std::get<0>(logits.topk(3, 1));
    return margin(logits) / (largest.select(1, 0) - largest.select(1, 2) + 1e-12);
  };
}

Tensor fgsm(const Classifier& classifier, const Tensor& clean, const LinfBall& ball, const Objective& objective) {
  return ball.project(clean + ball.radius * value_and_gradient(classifier, clean, objective).gradient.sign_(), clean);
}

Tensor pgd(const Classifier& classifier, const Tensor& clean, const LinfBall& ball, const Objective& objective,
           const PgdOptions& options, Random& random) {
  const double step = options.step_size > 0 ? options.step_size : 2.5 * ball.radius / options.steps;
  const auto low = (clean - ball.radius).clamp_min_(ball.low), high = (clean + ball.radius).clamp_max_(ball.high);
  auto perturbed = options.random_start ? ball.random_point(clean, random) : clean.clone();
  for (int i = 0; i < options.steps; ++i) {
    const auto gradient = value_and_gradient(classifier, perturbed, objective).gradient;
    perturbed = torch::clamp(perturbed.add_(gradient.sign_(), step), low,
                             high);  // in vectors, which minimum and maximum are not
  }
  return perturbed;
}

Tensor apgd(const Classifier& classifier, const Tensor& clean, const LinfBall& ball, const Objective& objective,
            int steps, Random& random) {
  constexpr double momentum = 0.75, enough_successes = 0.75;
  auto at = ball.random_point(clean, random), before = at;
  auto here = value_and_gradient(classifier, at, objective);
  auto best = at.clone(), best_gradient = here.gradient.clone(), best_value = here.values.clone();
  const auto count = clean.size(0);
  auto step = torch::full({count}, 2 * ball.radius, clean.options());
  auto successes = torch::zeros({count}, clean.options()), value_before = here.values;
  auto best_at_checkpoint = best_value.clone();
  auto halved_at_checkpoint = torch::zeros({count}, clean.options().dtype(torch::kBool));
  const auto looks = checkpoints(steps);
  int last_look = 0;
  for (int i = 1; i <= steps; ++i) {
    const auto size = over_inputs(step, clean);
    const auto straight = ball.project(at + size * here.gradient.sign(), clean);
    const double weight = i == 1 ? 1 : momentum;
    const auto next = ball.project(at + weight * (straight - at) + (1 - weight) * (at - before), clean);
    before = std::exchange(at, next);
    here = i < steps ? value_and_gradient(classifier, at, objective)
                     : Ascent{values_at(classifier, at, objective), here.gradient};
    successes += (here.values > value_before).to(successes.dtype());
    value_before = here.values;
    const auto better = here.values > best_value, better_inputs = over_inputs(better, clean);
    best_value = torch::where(better, here.values, best_value);
    best = torch::where(better_inputs, at, best);
    best_gradient = torch::where(better_inputs, here.gradient, best_gradient);
    if (std::find(looks.begin(), looks.end(), i) == looks.end()) continue;
    const auto stalled = successes < enough_successes * (i - last_look);
    const auto stuck = ~halved_at_checkpoint & (best_value == best_at_checkpoint);
    const auto halve = stalled | stuck, halve_inputs = over_inputs(halve, clean);
    step = torch::where(halve, step / 2, step);
    at = torch::where(halve_inputs, best, at);
    before = torch::where(halve_inputs, best, before);
    here.gradient = torch::where(halve_inputs, best_gradient, here.gradient);
    halved_at_checkpoint = halve;
    best_at_checkpoint = best_value.clone();
    successes.zero_();
    last_look = i;
  }
  return best;
}

std::string Attack::name() const {
  const std::string method_name = method == Method::fgsm ? "fgsm" : method == Method::pgd ? "pgd" : "apgd";
  const char* const losses[]{"", "-margin", "-kl", "-dlr"};
  return method_name + losses[static_cast<int>(loss)];
}

Attack attack_named(const std::string& name, int steps, int restarts) {
  using Method = Attack::Method;
  using Loss = Attack::Loss;
  const std::vector<Attack> known{{Method::fgsm, Loss::cross_entropy, 1, 1},
                                  {Method::pgd, Loss::cross_entropy, steps, restarts},
                                  {Method::pgd, Loss::margin, steps, restarts},
                                  {Method::pgd, Loss::kl, steps, restarts},
                                  {Method::apgd, Loss::cross_entropy, steps, restarts},
                                  {Method::apgd, Loss::margin, steps, restarts},
                                  {Method::apgd, Loss::dlr, steps, restarts}};
  std::vector<std::string> names;
  for (const auto& attack : known) {
    if (attack.name() == (name == "cw" ? "pgd-margin" : name)) return attack;
    names.push_back(attack.name());
  }
  const auto near = nearest_name(name, names);
  throw UsageError("--attacks: '" + name + "' is none of " + join(names, ", ") +
                   (near.empty() ? "" : "; did you mean " + near + "?"));
}

Robustness attack_all(const Classifier& classifier, const ImageTensors& data, const LinfBall& ball,
                      const std::vector<Attack>& attacks, const Random& random, std::int64_t batch,
                      const std::function<void(double)>& after_batch) {
  torch::NoGradGuard no_gradients;
  const auto right = [&](const Tensor& images, const Tensor& labels) {
    return classifier(images).argmax(1).eq(labels);
  };
  Robustness result;
  std::vector<Tensor> clean_parts;
  std::vector<std::vector<Tensor>> standing_parts(attacks.size()), perturbed_parts(attacks.size());
  for (std::int64_t from = 0; from < data.count(); from += batch) {
    const auto size = std::min(batch, data.count() - from);
    const auto images = data.images.narrow(0, from, size), labels = data.labels.narrow(0, from, size);
    clean_parts.push_back(right(images, labels));
    for (std::size_t a = 0; a < attacks.size(); ++a) {
      auto stream = random.split(attacks[a].name()).split(static_cast<std::uint64_t>(from));
      auto perturbed = images.clone(), standing = torch::ones_like(clean_parts.back());
      for (int restart = 0; restart < attacks[a].restarts; ++restart) {
        const auto index = standing.nonzero().squeeze(1);
        if (index.numel() == 0) break;
        const auto attacked = attack_once(classifier, images.index_select(0, index), labels.index_select(0, index),
                                          ball, attacks[a], stream);
        perturbed.index_copy_(0, index, attacked);
        standing.index_copy_(0, index, right(attacked, labels.index_select(0, index)));
        if (after_batch)
          after_batch((static_cast<double>(from) +
                       static_cast<double>(size) * static_cast<double>(a) / static_cast<double>(attacks.size())) /
                      static_cast<double>(data.count()));
      }
      perturbed_parts[a].push_back(perturbed);
      standing_parts[a].push_back(standing);
    }
  }
  const auto share = [](const Tensor& flags) { return flags.to(torch::kFloat64).mean().item<double>(); };
  auto worst = torch::cat(clean_parts);
  result.clean = share(worst);
  for (std::size_t a = 0; a < attacks.size(); ++a) {
    const auto standing = torch::cat(standing_parts[a]);
    result.accuracy.push_back(share(standing));
    result.perturbed.push_back(torch::cat(perturbed_parts[a]));
    worst = worst & standing;
  }
  result.worst = share(worst);
  return result;
}

}  // namespace offprint::nn
