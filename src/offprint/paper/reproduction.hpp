// The driver of reproductions: a room gives a table of experiments, and this runs those that a budget and --claims ask
// for, and holds them to what they say they measure.
//
//   void simulated(Measurement& m) {
//     const auto errors = repeat(m.run, m.repetitions(), "data sets", [&](std::size_t i) { ... });
//     m.check("P1.error", median_of(errors));
//   }
//   Verb reproduce() {
//     return reproduction({{"P1 P2", simulated, {8, 100, 700, "data sets"}}, {"P6", identity}});
//   }
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <typeindex>

#include "offprint/paper/repeat.hpp"
#include "offprint/paper/verb.hpp"

namespace offprint {

// Estimates by name. Intervals cover 95 %.
Estimate exact(double value);  ///< a deterministic number
Estimate observed(
    double value,
    std::size_t seeds);  ///< a statistic of so many repetitions without an interval: a t, a count, a maximum
Estimate mean_of(std::span<const double> values);              ///< with Student's interval
Estimate median_of(std::span<const double> values);            ///< with the interval of order statistics
Estimate share_of(std::size_t successes, std::size_t trials);  ///< with Clopper and Pearson's interval
/// A statistic of n repetitions with its percentile bootstrap interval: `of` sees the repetitions drawn, by index. What
/// belongs together (methods on one data set) stays together.
Estimate resampled(std::size_t n, const std::function<double(std::span<const std::size_t> drawn)>& of, Random random,
                   int resamples = 2000);

enum class Budget { smoke, standard, full };
inline const Choices<Budget> budgets{
    {{"smoke", Budget::smoke}, {"standard", Budget::standard}, {"full", Budget::full}}};

struct ReproduceOptions {
  Budget budget = Budget::standard;
  int seeds = 0;                    ///< independent repetitions of each experiment; 0: what the budget says
  std::vector<std::string> claims;  ///< ids to measure; empty: all
};

/// What an experiment sees.
class Measurement {
 public:
  Measurement(Run& run_, const ReproduceOptions& options_) : run(run_), options(options_) {}

  Run& run;
  const ReproduceOptions& options;

  /// Independent repetitions: --seeds, or what this experiment's Repeats say for the budget. At least 1.
  std::size_t repetitions() const { return repetitions_; }
  template <class T>
  T by_budget(T smoke, T standard, T full) const {
    return options.budget == Budget::smoke ? smoke : options.budget == Budget::standard ? standard : full;
  }
  bool is_smoke() const { return options.budget == Budget::smoke; }
  Random random(std::string_view stream) const { return run.random(stream); }

  /// The measured value of a check, "P1.error". Claims that --claims does not name are left out in silence.
  void check(const std::string& name, const Estimate& estimate);
  /// Whether --claims asks for this claim, or for all.
  bool wants(std::string_view claim) const;

  /// What experiments of one run share, such as trained networks: one object of each type, made with this Measurement
  /// at its first use if its constructor takes one.
  template <class Shared>
  Shared& shared() {
    auto& slot = shared_[typeid(Shared)];
    if (!slot) {
      if constexpr (std::is_constructible_v<Shared, Measurement&>)
        slot = std::make_shared<Shared>(*this);
      else
        slot = std::make_shared<Shared>();
    }
    return *static_cast<Shared*>(slot.get());
  }

 private:
  friend void reproduce(const std::vector<struct Experiment>&, const ReproduceOptions&, Run&);
  std::size_t repetitions_ = 1;
  std::map<std::type_index, std::shared_ptr<void>> shared_;
};

/// The body of an experiment: a function, or one that stands in a file torch_*.cpp, by name: on_torch("slug what").
struct Measure {
  template <class Function>
  requires std::is_invocable_v<Function, Measurement&> Measure(Function function) : body(std::move(function)) {}
  Measure(std::function<void(Measurement&)> function, bool needs_torch)
      : body(std::move(function)), on_torch(needs_torch) {}

  std::function<void(Measurement&)> body;
  bool on_torch = false;
};
Measure on_torch(std::string name);

/// The body of an experiment that needs libtorch: const TorchExperiment c4{"comp_sum_losses accuracy", accuracy};
struct TorchExperiment {
  TorchExperiment(std::string name, void (*measure)(Measurement&));
};

/// One row of the table.
struct Experiment {
  std::string measures;  ///< "P1 P2 P8.kkt": claims with all their checks, or single checks
  Measure measure;
  Repeats repeats = {};
};

/// Runs the experiments that options ask for, in order. Missing data are a warning and leave the experiment out; a
/// budget that does not measure one is a note. std::logic_error if the table names no check of the paper, leaves out
/// one or names one twice, or if an experiment ends without having measured what it says.
void reproduce(const std::vector<Experiment>& experiments, const ReproduceOptions& options, Run& run);

/// The verb `reproduce` of such a table.
Verb reproduction(std::vector<Experiment> experiments);

}  // namespace offprint
