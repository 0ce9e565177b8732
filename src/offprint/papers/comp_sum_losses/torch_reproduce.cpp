#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/math/statistics.hpp"
#include "offprint/paper/reproduction.hpp"
#include "offprint/papers/comp_sum_losses/comp_sum_losses.hpp"
#include "offprint/papers/comp_sum_losses/published.hpp"
#include "offprint/papers/comp_sum_losses/torch_losses.hpp"

namespace offprint::comp_sum_losses {
namespace {

constexpr double percent = 100;  ///< accuracies are reported in percentage points

nn::ImageTensors part(const nn::ImageTensors& data, std::int64_t from, std::int64_t count) {
  count = std::min(count, data.count() - from);
  return {data.images.narrow(0, from, count), data.labels.narrow(0, from, count)};
}

/// Fashion-MNIST, read once.
struct Fashion {
  explicit Fashion(Measurement& m) {
    const auto images =
        data::read_images("data:fashion-mnist", "", data::Part::train, m.by_budget<std::size_t>(5000, 20000, 60000));
    architecture = nn::architecture_for(images, m.by_budget(8, 8, 16));
    train = nn::to_tensors(images);
    test = nn::to_tensors(data::read_images("data:fashion-mnist", "", data::Part::test));
  }
  nn::Architecture architecture;
  nn::ImageTensors train, test;
};

nn::TrainingHooks cancellable(Run& run) {
  nn::TrainingHooks hooks;
  hooks.before_step = [&run](std::int64_t, std::int64_t) { run.check_cancelled(); };
  return hooks;
}

/// A network of `random`, trained.
std::shared_ptr<nn::Network> trained(Measurement& m, const nn::Architecture& architecture, const nn::ImageTensors& data,
                                     const nn::BatchLoss& loss, const nn::TrainingOptions& options,
                                     const Random& random) {
  nn::use_threads(1);  // repetitions are shared out among the run's threads
  auto network = nn::make_network(architecture, random.split("weights"));
  nn::train(*network, data, loss, options, random.split("training"), cancellable(m.run));
  network->eval();
  return network;
}

nn::Robustness attacked(Measurement& m, nn::Network& network, const nn::ImageTensors& data,
                        const std::vector<nn::Attack>& attacks, const Random& random) {
  return nn::attack_all([&](const torch::Tensor& inputs) { return network.forward(inputs); }, data, {}, attacks, random,
                        250, [&](double) { m.run.check_cancelled(); });
}

/// C4.
void accuracy(Measurement& m) {
  const auto& fashion = m.shared<Fashion>();
  const auto train = part(fashion.train, 0, m.by_budget(4000, 20000, 60000));
  const auto seeds = m.repetitions(), taus = published_accuracies.size();
  nn::TrainingOptions training;
  training.epochs = m.by_budget(2, 6, 20);
  const auto accuracies = repeat(m.run, taus * seeds, "natural trainings", [&](std::size_t job) {
    const auto network = trained(m, fashion.architecture, train, natural_loss(published_accuracies[job / seeds].tau),
                                 training, m.random("natural").split(job % seeds));
    return percent * nn::accuracy(*network, fashion.test);
  });
  const auto of_tau = [&](std::size_t t) { return std::span(accuracies).subspan(t * seeds, seeds); };
  ResultTable table{
      "accuracy",
      "Accuracy by tau",
      {"tau", {"accuracy", "%"}, {"low", "%"}, {"high", "%"}, {"paper_cifar_10", "%"}, {"paper_cifar_100", "%"}}};
  Figure figure{"accuracy-tau",
                "Accuracy against tau",
                "Mean and 95 % interval over seeds. Adam with the same settings for every tau.",
                "tau",
                {"test accuracy", "%"}};
  auto& measured = figure.points("measured, Fashion-MNIST").as(Role::method);
  auto& paper = figure.line("the paper, CIFAR-10").dash().as(Role::published);
  for (std::size_t t = 0; t < taus; ++t) {
    const auto& published = published_accuracies[t];
    const auto interval = mean_interval(of_tau(t));
    if (seeds > 1) {
      table.row(published.tau, interval.value, interval.low, interval.high, published.cifar_10, published.cifar_100);
      measured.add(published.tau, interval.value, interval.low, interval.high);
    } else {
      table.row(published.tau, interval.value, Cell(), Cell(), published.cifar_10, published.cifar_100);
      measured.add(published.tau, interval.value);
    }
    paper.add(published.tau, published.cifar_10);
  }
  m.run.table(table);
  m.run.figure(figure);
  // The value compares means over the trainings; the interval is that of the differences, training by training.
  const auto check = [&](const char* name, const auto& difference) {
    std::vector<double> differences;
    for (std::size_t s = 0; s < seeds; ++s)
      differences.push_back(difference([&](std::size_t t) { return of_tau(t)[s]; }));
    auto estimate = mean_of(differences);
    estimate.value = difference([&](std::size_t t) { return mean(of_tau(t)); });
    m.check(name, estimate);
  };
  check("C4.lead", [](const auto& a) { return a(2) - std::max({a(0), a(1), a(3), a(4)}); });
  check("C4.neighbours", [](const auto& a) { return a(2) - std::min(a(1), a(3)); });
  check("C4.ends", [](const auto& a) { return std::min(a(1), a(3)) - std::max(a(0), a(4)); });
}

/// 100 Gaussian classes of unit variance around normal centres.
nn::ImageTensors blobs(std::size_t examples, double spread, const Random& random, std::string_view name) {
  data::LabelledImages result{"blobs", 1, 1, 32, {}, {}, 100};
  auto centres = random.split("centres"), noise = random.split(name);
  std::vector<double> centre(result.classes * result.width);
  for (auto& value : centre) value = spread * centres.normal();
  for (std::size_t i = 0; i < examples; ++i) {
    const auto label = i % result.classes;
    result.labels.push_back(static_cast<std::int64_t>(label));
    for (std::size_t d = 0; d < result.width; ++d)
      result.pixels.push_back(static_cast<float>(centre[label * result.width + d] + noise.normal()));
  }
  return nn::to_tensors(result);
}

/// C5.
void many_classes(Measurement& m) {
  using Optimizer = nn::TrainingOptions::Optimizer;
  struct Setting {
    const char* name;
    double tau;
    Optimizer optimizer;
    double rate;
  };
  // The paper trains with momentum at 0.1; Adam, whose steps do not shrink with the gradient, is shown beside it.
  constexpr Setting settings[]{{"momentum", 1, Optimizer::sgd, 0.1},
                               {"momentum", 2, Optimizer::sgd, 0.1},
                               {"Adam", 1, Optimizer::adam, 1e-3},
                               {"Adam", 2, Optimizer::adam, 1e-3}};
  const auto seeds = m.repetitions();
  const auto accuracies =
      repeat(m.run, std::size(settings) * seeds, "trainings with 100 classes", [&](std::size_t job) {
        const auto& setting = settings[job / seeds];
        const auto random = m.random("blobs").split(job % seeds);
        const auto train = blobs(5000, 0.7, random, "train"), test = blobs(5000, 0.7, random, "test");
        nn::TrainingOptions training;
        training.epochs = m.by_budget(10, 30, 200);
        training.optimizer = setting.optimizer;
        training.learning_rate = setting.rate;
        training.schedule.shape = nn::Schedule::Shape::cosine;
        const auto network = trained(m, {nn::Architecture::Kind::mlp, 1, 1, 32, 100}, train, natural_loss(setting.tau),
                                     training, random);
        return nn::accuracy(*network, test);
      });
  const auto of = [&](std::size_t setting) { return std::span(accuracies).subspan(setting * seeds, seeds); };
  ResultTable table{"many_classes", "100 classes", {"optimizer", "tau", "accuracy"}};
  for (std::size_t i = 0; i < std::size(settings); ++i) table.row(settings[i].name, settings[i].tau, mean(of(i)));
  m.run.table(table);
  std::vector<double> ratios;
  for (std::size_t s = 0; s < seeds; ++s) ratios.push_back(of(1)[s] / of(0)[s]);
  m.check("C5.ratio", mean_of(ratios));
  m.check("C5.cross_entropy", mean_of(of(0)));
}

/// C7.
void domination(Measurement& m) {
  const auto& fashion = m.shared<Fashion>();
  const auto train = part(fashion.train, 0, m.by_budget(2000, 5000, 20000)),
             test = part(fashion.test, 0, m.by_budget(200, 1000, 10000));
  nn::TrainingOptions training;
  training.epochs = m.by_budget(1, 3, 10);
  training.learning_rate = 2e-3;
  double above_margin = 0, above_smooth = 0;
  for (const std::uint64_t adversarial : {0, 1}) {
    const auto random = m.random("domination").split(adversarial);
    const auto network =
        trained(m, fashion.architecture, train, adversarial ? adv_comp_sum({}, {}) : natural_loss(1), training, random);
    const auto result =
        attacked(m, *network, test, {nn::attack_named("fgsm"), nn::attack_named("pgd"), nn::attack_named("pgd-margin")},
                 random.split("attacks"));
    const auto clean = nn::logits_of(*network, test.images).to(torch::kFloat64);
    for (const auto& perturbed : result.perturbed) {
      const auto worst = nn::logits_of(*network, perturbed).to(torch::kFloat64);
      const auto wrong = worst.argmax(1).ne(test.labels).to(torch::kFloat64);
      for (const double tau : {0.0, 0.5, 1.0, 1.5, 2.0})
        for (const double rho : {0.5, 1.0, 2.0}) {
          const double nu = std::sqrt(static_cast<double>(fashion.architecture.classes - 1)) / rho;
          const auto margin_loss = rho_margin_loss(worst, test.labels, tau, rho);
          const auto smooth = smooth_adversarial_loss(clean, worst, test.labels, tau, rho, nu);
          above_margin += (wrong * phi(tau, 1) > margin_loss + 1e-9).sum().item<double>();
          above_smooth += (margin_loss > smooth + 1e-9).sum().item<double>();
        }
    }
  }
  m.check("C7.error_above_margin", exact(above_margin));
  m.check("C7.margin_above_smooth", exact(above_smooth));
}

/// In points, on all images given, and under margin PGD on the first of them.
struct Accuracies {
  double clean = 0, robust = 0;
};

struct Trained {
  Accuracies test, held_out;  ///< held out: training images that nothing is trained on
  double cross_entropy_pgd = 0;
};

/// An adversarial training with one weight.
struct Point {
  std::string method, weight;
  nn::BatchLoss loss;
  std::vector<Trained> trainings = {};

  std::string name() const { return method + weight; }
  bool compared() const { return method == own_name || method == rival_name; }
  Accuracies mean_of(Accuracies Trained::*where) const {
    const auto count = static_cast<double>(trainings.size());
    Accuracies sum;
    for (const auto& one : trainings) {
      sum.clean += (one.*where).clean;
      sum.robust += (one.*where).robust;
    }
    return {sum.clean / count, sum.robust / count};
  }
  double mean_cross_entropy_pgd() const { return mean(members(trainings, &Trained::cross_entropy_pgd)); }

  static constexpr const char *own_name = "ADV-COMP-SUM", *rival_name = "TRADES";
};

/// A gain in clean accuracy counts up to half a point of lost robustness; what is lost beyond is taken off.
double gain(const Accuracies& own, const Accuracies& rival) {
  return std::min(own.clean - rival.clean, own.robust - rival.robust + 1);
}

/// The trainings of C6, made once.
struct Frontiers {
  explicit Frontiers(Measurement& m);
  std::vector<Point> all;
};

std::vector<Point> points_to_train(Measurement& m) {
  constexpr double rho = 0.125;  // as nu it was tuned, on other training images; at 1 the frontier lies below TRADES'
  const nn::InnerAscent ascent{{}, m.by_budget(3, 5, 10)};
  using Weights = std::vector<double>;
  std::vector<Point> all;
  for (const double nu : m.by_budget<Weights>({1.6}, {1.2, 1.6, 2}, {0.8, 1.2, 1.6, 2, 2.4}))
    all.push_back({Point::own_name, fmt::format(" nu = {}", nu), adv_comp_sum({1, rho, nu}, ascent)});
  for (const double beta : m.by_budget<Weights>({6}, {3, 6, 9}, {1, 3, 6, 9, 12}))
    all.push_back({Point::rival_name, fmt::format(" beta = {}", beta), nn::trades(beta, ascent)});
  all.push_back({"PGD-AT", "", nn::pgd_training(ascent)});
  if (!m.is_smoke()) all.push_back({"MART", " lambda = 5", nn::mart(5, ascent)});
  return all;
}

Trained train_and_attack(Measurement& m, const nn::BatchLoss& loss, const Random& random) {
  const auto& fashion = m.shared<Fashion>();
  const auto trained_on = m.by_budget(4000, 10000, 50000), attacked_images = m.by_budget(250, 1000, 10000);
  const auto held_out = part(fashion.train, trained_on, 10000);
  nn::TrainingOptions training;
  training.epochs = m.by_budget(3, 8, 20);
  training.learning_rate = 2e-3;
  training.schedule = {nn::Schedule::Shape::cosine, 20};
  const auto network = trained(m, fashion.architecture, part(fashion.train, 0, trained_on), loss, training, random);
  const auto pgd = nn::attack_named("pgd", m.by_budget(10, 20, 40)),
             margin_pgd = nn::attack_named("pgd-margin", pgd.steps);
  const auto tested =
      attacked(m, *network, part(fashion.test, 0, attacked_images), {pgd, margin_pgd}, random.split("attacks"));
  const auto chosen_on =
      attacked(m, *network, part(held_out, 0, attacked_images), {margin_pgd}, random.split("held out"));
  return {{percent * nn::accuracy(*network, fashion.test), percent * tested.accuracy[1]},
          {percent * nn::accuracy(*network, held_out), percent * chosen_on.accuracy[0]},
          percent * tested.accuracy[0]};
}

void show(const std::vector<Point>& all, Run& run) {
  ResultTable table{"adversarial",
                    "Adversarial training, means over seeds; the last two columns choose nu and beta",
                    {"method",
                     {"clean", "%"},
                     {"pgd", "%"},
                     {"pgd_margin", "%"},
                     "seeds",
                     {"held_out_clean", "%"},
                     {"held_out_pgd_margin", "%"}}};
  Figure figure{"frontiers",
                "Clean and robust accuracy",
                "Further up and to the right is better. Each line follows one method's weight: nu of ADV-COMP-SUM, "
                "beta of TRADES.",
                {"clean accuracy", "%"},
                {"accuracy under margin PGD", "%"}};
  auto& own = figure.line(Point::own_name).as(Role::method);
  auto& rival = figure.line(Point::rival_name).as(Role::baseline);
  for (const auto& point : all) {
    const auto test = point.mean_of(&Trained::test), held_out = point.mean_of(&Trained::held_out);
    table.row(point.name(), test.clean, point.mean_cross_entropy_pgd(), test.robust, point.trainings.size(),
              held_out.clean, held_out.robust);
    const bool is_own = point.method == Point::own_name;
    figure.points(point.name(), {test.clean}, {test.robust}).as(is_own ? Role::method : Role::baseline);
    if (point.compared()) (is_own ? own : rival).add(test.clean, test.robust);
  }
  run.table(table);
  run.figure(figure);
}

Frontiers::Frontiers(Measurement& m) : all(points_to_train(m)) {
  std::vector<std::pair<std::size_t, std::size_t>> jobs;  // point and seed
  for (std::size_t seed = 0; seed < m.repetitions(); ++seed)
    for (std::size_t i = 0; i < all.size(); ++i)  // those that carry no claim are trained once, but at full
      if (all[i].compared() || seed == 0 || m.options.budget == Budget::full) jobs.emplace_back(i, seed);
  m.shared<Fashion>();
  const auto results = repeat(m.run, jobs.size(), "adversarial trainings", [&](std::size_t job) {
    return train_and_attack(m, all[jobs[job].first].loss, m.random("adversarial").split(jobs[job].second));
  });
  for (std::size_t job = 0; job < jobs.size(); ++job) all[jobs[job].first].trainings.push_back(results[job]);
  show(all, m.run);
}

/// C6. beta and nu are chosen on the held-out images; only the chosen pair is scored on the test images.
void robustness(Measurement& m) {
  const auto& all = m.shared<Frontiers>().all;
  const auto best = [&](const char* method, const auto& score) {
    const Point* found = nullptr;
    for (const auto& point : all)
      if (point.method == method && (!found || score(point) > score(*found))) found = &point;
    return *found;
  };
  const auto held_out = [](const Point& point) { return point.mean_of(&Trained::held_out); };
  const auto rival = best(Point::rival_name, [&](const Point& point) { return held_out(point).robust; });
  const auto own = best(Point::own_name, [&](const Point& point) { return gain(held_out(point), held_out(rival)); });
  std::vector<double> gains;
  for (std::size_t s = 0; s < m.repetitions(); ++s)
    gains.push_back(gain(own.trainings[s].test, rival.trainings[s].test));
  const auto by_own = own.mean_of(&Trained::test), by_rival = rival.mean_of(&Trained::test);
  auto estimate = mean_of(gains);
  estimate.value = gain(by_own, by_rival);  // of means, as in the choice
  m.check("C6.clean_gain", estimate);
  m.run.note(
      fmt::format("chosen on held-out images: {} against {}; on test images clean {:+.2f}, under margin PGD "
                  "{:+.2f} points",
                  own.name(), rival.name(), by_own.clean - by_rival.clean, by_own.robust - by_rival.robust));
}

/// C6. Over both methods and all their weights.
void masking(Measurement& m) {
  double largest = -percent;
  for (const auto& point : m.shared<Frontiers>().all)
    if (point.compared())
      largest = std::max(largest, point.mean_cross_entropy_pgd() - point.mean_of(&Trained::test).robust);
  m.check("C6.masking", observed(largest, m.repetitions()));
}

const TorchExperiment c4{"comp_sum_losses accuracy", accuracy};
const TorchExperiment c5{"comp_sum_losses many classes", many_classes};
const TorchExperiment c6{"comp_sum_losses robustness", robustness};
const TorchExperiment c6_masking{"comp_sum_losses masking", masking};
const TorchExperiment c7{"comp_sum_losses domination", domination};

}  // namespace
}  // namespace offprint::comp_sum_losses
