#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>

#include "offprint/base/parallel.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/comp_sum_losses/torch_losses.hpp"
#include "offprint/papers/comp_sum_losses/verbs.hpp"

namespace offprint::comp_sum_losses {
namespace {

constexpr double points = 100;  ///< accuracies are reported in percentage points

nn::ImageTensors first(const nn::ImageTensors& data, std::int64_t count) {
  count = std::min(count, data.count());
  return {data.images.narrow(0, 0, count), data.labels.narrow(0, 0, count)};
}

/// 100 Gaussian classes of unit variance around normal centres.
nn::ImageTensors blobs(std::size_t examples, double spread, const Random& random, std::string_view part) {
  data::LabelledImages result{"blobs", 1, 1, 32, {}, {}, 100};
  auto centres = random.split("centres"), noise = random.split(part);
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

/// Training and attack of one network.
struct Job {
  std::string name;
  Objective objective;
  std::uint64_t seed = 0;
  double clean = 0, cross_entropy = 0, margin = 0;  ///< accuracies
};

class Networks {
 public:
  Networks(const ReproduceOptions& options, Run& run)
      : options_(options), run_(run), seeds_(options.seeds > 0 ? options.seeds : options.by_budget(1, 2, 3)) {
    const auto most = options.by_budget<std::size_t>(4000, 20000, 60000);
    const auto images = data::read_images("data:fashion-mnist", "", data::Part::train, most);
    architecture_ = nn::architecture_for(images, options.by_budget(8, 8, 16));
    train_ = nn::to_tensors(images);
    test_ = nn::to_tensors(data::read_images("data:fashion-mnist", "", data::Part::test));
  }

  /// C4.
  void accuracy_by_tau() {
    const std::vector<double> taus{0, 0.5, 1, 1.5, 2};
    const auto seeds = static_cast<std::size_t>(seeds_);
    std::vector<std::vector<double>> accuracies(taus.size(), std::vector<double>(seeds));
    nn::TrainingOptions training;
    training.epochs = options_.by_budget(2, 6, 20);
    each(taus.size() * seeds, "natural trainings", [&](std::size_t job) {
      const auto random = run_.random("natural").split(job % seeds);
      const auto network = nn::make_network(architecture_, random.split("weights"));
      nn::train(*network, train_, batch_loss({.method = Method::natural, .tau = taus[job / seeds]}), training,
                random.split("training"), cancellable());
      accuracies[job / seeds][job % seeds] = points * nn::accuracy(*network, test_);
    });
    ResultTable table{"accuracy",
                      "Accuracy by tau",
                      {{"tau", ""},
                       {"accuracy", "%"},
                       {"low", "%"},
                       {"high", "%"},
                       {"paper_cifar_10", "%"},
                       {"paper_cifar_100", "%"}},
                      {}};
    const double cifar_10[]{87.37, 90.28, 92.59, 92.03, 90.35}, cifar_100[]{57.87, 65.52, 70.93, 69.87, 8.99};
    Mark measured{.kind = MarkKind::points, .name = "measured, Fashion-MNIST"},
        paper{.kind = MarkKind::line, .name = "paper, CIFAR-10", .dashed = true};
    for (std::size_t t = 0; t < taus.size(); ++t) {
      const auto interval = mean_interval(accuracies[t]);
      table.rows.push_back({taus[t], interval.value, interval.low, interval.high, cifar_10[t], cifar_100[t]});
      measured.x.push_back(taus[t]);
      measured.y.push_back(interval.value);
      if (seeds > 1) {
        measured.low.push_back(interval.low);
        measured.high.push_back(interval.high);
      }
      paper.x.push_back(taus[t]);
      paper.y.push_back(cifar_10[t]);
    }
    run_.table(table);
    run_.figure({"accuracy-tau",
                 "Accuracy against tau",
                 "Mean and 95 % interval over seeds. Adam with the same settings for every tau.",
                 {"tau", "", Scale::linear},
                 {"test accuracy", "%", Scale::linear},
                 {measured, paper}});
    const auto of_each_seed = [&](const auto& difference) {
      std::vector<double> means(taus.size()), values(seeds);
      for (std::size_t s = 0; s < seeds; ++s) values[s] = difference([&](std::size_t t) { return accuracies[t][s]; });
      auto estimate = estimate_of(mean_interval(values), seeds);
      estimate.value = difference([&](std::size_t t) { return mean(accuracies[t]); });
      return estimate;
    };
    run_.claim("C4", "lead", of_each_seed([](const auto& a) { return a(2) - std::max({a(0), a(1), a(3), a(4)}); }));
    run_.claim("C4", "neighbours", of_each_seed([](const auto& a) { return a(2) - std::min(a(1), a(3)); }));
    run_.claim("C4", "ends", of_each_seed([](const auto& a) { return std::min(a(1), a(3)) - std::max(a(0), a(4)); }));
  }

  /// C5.
  void many_classes() {
    struct Setting {
      double tau;
      nn::TrainingOptions::Optimizer optimizer;
      double rate;
    };
    // The paper trains with momentum at 0.1; Adam, whose steps do not shrink with the gradient, is shown beside it.
    using Optimizer = nn::TrainingOptions::Optimizer;
    constexpr Setting settings[]{
        {1, Optimizer::sgd, 0.1}, {2, Optimizer::sgd, 0.1}, {1, Optimizer::adam, 1e-3}, {2, Optimizer::adam, 1e-3}};
    constexpr std::size_t count = std::size(settings);
    const auto seeds = static_cast<std::size_t>(seeds_);
    std::vector<std::vector<double>> accuracies(count, std::vector<double>(seeds));
    each(count * seeds, "trainings with 100 classes", [&](std::size_t job) {
      const auto& setting = settings[job / seeds];
      const auto random = run_.random("blobs").split(job % seeds);
      const auto train = blobs(5000, 0.7, random, "train"), test = blobs(5000, 0.7, random, "test");
      const auto network = nn::make_network({nn::Architecture::Kind::mlp, 1, 1, 32, 100}, random.split("weights"));
      nn::TrainingOptions training;
      training.epochs = options_.by_budget(10, 30, 200);
      training.optimizer = setting.optimizer;
      training.learning_rate = setting.rate;
      training.schedule.shape = nn::Schedule::Shape::cosine;
      nn::train(*network, train, batch_loss({.method = Method::natural, .tau = setting.tau}), training,
                random.split("training"), cancellable());
      accuracies[job / seeds][job % seeds] = nn::accuracy(*network, test);
    });
    ResultTable table{"many_classes", "100 classes", {{"optimizer", ""}, {"tau", ""}, {"accuracy", ""}}, {}};
    for (std::size_t i = 0; i < count; ++i)
      table.rows.push_back({std::string(settings[i].optimizer == Optimizer::sgd ? "momentum" : "Adam"), settings[i].tau,
                            mean(accuracies[i])});
    run_.table(table);
    std::vector<double> ratios(seeds);
    for (std::size_t s = 0; s < seeds; ++s) ratios[s] = accuracies[1][s] / accuracies[0][s];
    run_.claim("C5", "ratio", estimate_of(mean_interval(ratios), seeds));
    run_.claim("C5", "cross_entropy", estimate_of(mean_interval(accuracies[0]), seeds));
  }

  /// C6.
  void adversarial_frontiers() {
    // Chosen, as the paper tunes both, on training images that these networks are not trained on; at rho = 1 the frontier lies below that of TRADES.
    constexpr double rho = 0.125;
    const auto nus = options_.by_budget<std::vector<double>>({1.6}, {1.2, 1.6, 2}, {0.8, 1.2, 1.6, 2, 2.4});
    const auto betas = options_.by_budget<std::vector<double>>({6}, {3, 6, 9}, {1, 3, 6, 9, 12});
    std::vector<Job> jobs;
    for (int seed = 0; seed < seeds_; ++seed) {
      const auto add = [&](std::string name, Method method, double nu, double beta) {
        jobs.push_back({std::move(name),
                        {.method = method, .rho = rho, .nu = nu, .beta = beta, .steps = options_.by_budget(3, 5, 10)},
                        static_cast<std::uint64_t>(seed)});
      };
      for (const double nu : nus) add(fmt::format("ADV-COMP-SUM nu = {}", nu), Method::adv_comp_sum, nu, 0);
      for (const double beta : betas) add(fmt::format("TRADES beta = {}", beta), Method::trades, 0, beta);
      if (seed > 0 && options_.budget != Budget::full) continue;  // the rows without a claim: one seed
      add("PGD-AT", Method::pgd_at, 0, 0);
      if (options_.budget != Budget::smoke) add("MART lambda = 5", Method::mart, 0, 5);
    }
    const auto train = first(train_, options_.by_budget<std::int64_t>(4000, 10000, 60000));
    each(jobs.size(), "adversarial trainings", [&](std::size_t job) { train_and_attack(jobs[job], train); });
    report_frontiers(jobs);
  }

  /// C7.
  void domination() {
    double above_margin = 0, above_smooth = 0;
    const auto train = first(train_, options_.by_budget<std::int64_t>(2000, 5000, 20000)),
               test = first(test_, options_.by_budget<std::int64_t>(200, 1000, 10000));
    for (const auto method : {Method::natural, Method::adv_comp_sum}) {
      const auto random = run_.random("domination").split(static_cast<std::uint64_t>(method));
      const auto network = nn::make_network(architecture_, random.split("weights"));
      nn::TrainingOptions training;
      training.epochs = options_.by_budget(1, 3, 10);
      training.learning_rate = 2e-3;
      nn::train(*network, train, batch_loss({.method = method}), training, random.split("training"), cancellable());
      network->eval();
      const auto attacked =
          nn::attack_all([&](const torch::Tensor& inputs) { return network->forward(inputs); }, test, {},
                         {nn::attack_named("fgsm"), nn::attack_named("pgd"), nn::attack_named("pgd-margin")},
                         random.split("attacks"), 250, [&](double) { run_.check_cancelled(); });
      const auto clean = nn::logits_of(*network, test.images).to(torch::kFloat64);
      for (const auto& perturbed : attacked.perturbed) {
        const auto worst = nn::logits_of(*network, perturbed).to(torch::kFloat64);
        const auto wrong = worst.argmax(1).ne(test.labels).to(torch::kFloat64);
        for (const double tau : {0.0, 0.5, 1.0, 1.5, 2.0})
          for (const double rho : {0.5, 1.0, 2.0}) {
            const auto margin_loss = rho_margin_loss(worst, test.labels, tau, rho);
            const auto smooth = smooth_adversarial_loss(
                clean, worst, test.labels, tau, rho, std::sqrt(static_cast<double>(architecture_.classes - 1)) / rho);
            above_margin += (wrong * phi(tau, 1) > margin_loss + 1e-9).sum().item<double>();
            above_smooth += (margin_loss > smooth + 1e-9).sum().item<double>();
          }
      }
    }
    run_.claim("C7", "error_above_margin", {above_margin});
    run_.claim("C7", "margin_above_smooth", {above_smooth});
  }

 private:
  /// Runs jobs on the run's threads, each with one thread of libtorch.
  template <class Body>
  void each(std::size_t count, const char* what, const Body& body) {
    std::atomic<int> done{0};
    parallel_for(count, run_.threads(), [&](std::size_t job) {
      nn::use_threads(1);
      body(job);
      run_.progress(++done, static_cast<double>(count), what);
    });
  }

  nn::TrainingHooks cancellable() {
    nn::TrainingHooks hooks;
    hooks.before_step = [this](std::int64_t, std::int64_t) { run_.check_cancelled(); };
    return hooks;
  }

  void train_and_attack(Job& job, const nn::ImageTensors& train) {
    const auto random = run_.random("adversarial").split(job.seed);
    const auto network = nn::make_network(architecture_, random.split("weights"));
    nn::TrainingOptions training;
    training.epochs = options_.by_budget(3, 8, 20);
    training.learning_rate = 2e-3;
    training.schedule = {nn::Schedule::Shape::cosine, 20};
    nn::train(*network, train, batch_loss(job.objective), training, random.split("training"), cancellable());
    network->eval();
    const auto attacked = nn::attack_all([&](const torch::Tensor& inputs) { return network->forward(inputs); },
                                         first(test_, options_.by_budget(250, 1000, 10000)), {},
                                         {nn::attack_named("pgd", options_.by_budget(10, 20, 40)),
                                          nn::attack_named("pgd-margin", options_.by_budget(10, 20, 40))},
                                         random.split("attacks"), 250, [this](double) { run_.check_cancelled(); });
    job.clean = points * nn::accuracy(*network, test_);
    job.cross_entropy = points * attacked.accuracy[0];
    job.margin = points * attacked.accuracy[1];
  }

  struct Point {
    std::string name;
    Method method;
    std::vector<double> clean, cross_entropy, margin;  ///< by seed
  };

  void report_frontiers(const std::vector<Job>& jobs) {
    std::vector<Point> frontier;
    for (const auto& job : jobs) {
      auto found =
          std::find_if(frontier.begin(), frontier.end(), [&](const Point& point) { return point.name == job.name; });
      if (found == frontier.end())
        found = frontier.insert(frontier.end(), Point{job.name, job.objective.method, {}, {}, {}});
      found->clean.push_back(job.clean);
      found->cross_entropy.push_back(job.cross_entropy);
      found->margin.push_back(job.margin);
    }
    ResultTable table{"adversarial",
                      "Adversarial training, means over seeds",
                      {{"method", ""}, {"clean", "%"}, {"pgd", "%"}, {"pgd_margin", "%"}, {"seeds", ""}},
                      {}};
    Figure figure{
        "frontiers",
        "Clean and robust accuracy",
        "Further up and to the right is better. Each line follows one method's weight: nu of ADV-COMP-SUM, beta of TRADES.",
        {"clean accuracy", "%", Scale::linear},
        {"accuracy under margin PGD", "%", Scale::linear},
        {}};
    Mark lines[2]{{.kind = MarkKind::line, .name = "ADV-COMP-SUM"}, {.kind = MarkKind::line, .name = "TRADES"}};
    for (const auto& point : frontier) {
      table.rows.push_back({point.name, mean(point.clean), mean(point.cross_entropy), mean(point.margin),
                            static_cast<std::int64_t>(point.clean.size())});
      figure.marks.push_back(
          {.kind = MarkKind::points, .name = point.name, .x = {mean(point.clean)}, .y = {mean(point.margin)}});
      if (point.method != Method::adv_comp_sum && point.method != Method::trades) continue;
      auto& line = lines[point.method == Method::trades];
      line.x.push_back(mean(point.clean));
      line.y.push_back(mean(point.margin));
    }
    for (auto& line : lines)
      if (line.x.size() > 1) figure.marks.push_back(std::move(line));
    run_.table(table);
    run_.figure(figure);
    judge(frontier);
  }

  void judge(const std::vector<Point>& frontier) {
    const Point* rival = nullptr;
    for (const auto& point : frontier)
      if (point.method == Method::trades && (!rival || mean(point.margin) > mean(rival->margin))) rival = &point;
    // A gain in clean accuracy counts up to half a point of lost robustness; what is lost beyond is taken off.
    const auto gain = [](double clean, double margin) { return std::min(clean, margin + 1); };
    const Point* best = nullptr;
    double best_gain = -1e9, masking = -1e9;
    for (const auto& point : frontier) {
      if (point.method != Method::adv_comp_sum && point.method != Method::trades) continue;
      masking = std::max(masking, mean(point.cross_entropy) - mean(point.margin));
      const double own = gain(mean(point.clean) - mean(rival->clean), mean(point.margin) - mean(rival->margin));
      if (point.method == Method::trades || own <= best_gain) continue;
      best_gain = own;
      best = &point;
    }
    std::vector<double> gains;
    for (std::size_t s = 0; s < best->clean.size(); ++s)
      gains.push_back(gain(best->clean[s] - rival->clean[s], best->margin[s] - rival->margin[s]));
    auto estimate = estimate_of(mean_interval(gains), gains.size());
    estimate.value = best_gain;
    run_.note(fmt::format("{} against {}: clean {:+.2f}, under margin PGD {:+.2f} points", best->name, rival->name,
                          mean(best->clean) - mean(rival->clean), mean(best->margin) - mean(rival->margin)));
    run_.claim("C6", "clean_gain", estimate);
    run_.claim("C6", "masking", {.value = masking, .seeds = seeds_});
  }

  const ReproduceOptions& options_;
  Run& run_;
  int seeds_;
  nn::Architecture architecture_;
  nn::ImageTensors train_, test_;
};

}  // namespace

void reproduce_networks(const ReproduceOptions& options, Run& run) {
  nn::use_threads(1);
  Networks networks(options, run);
  if (options.wants("C4")) networks.accuracy_by_tau();
  if (options.wants("C5")) networks.many_classes();
  if (options.wants("C7")) networks.domination();
  if (options.wants("C6")) networks.adversarial_frontiers();
}

}  // namespace offprint::comp_sum_losses
