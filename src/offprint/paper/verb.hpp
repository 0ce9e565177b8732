// A verb: a name, a line of help, options, a body.
//   verb<FitOptions>("fit", "Fit to a table")
//       .option(&FitOptions::data, "data", "Table with one row an observation", Positional{}, Required{})
//       .option(&FitOptions::penalty, "penalty", "L1 penalty on weight differences", at_least(0.0))
//       .output(&FitOptions::output, "model.json", "Where to write the model")
//       .runs(fit)                                   // void fit(const FitOptions&, Run&)
#pragma once
#include <memory>

#include "offprint/paper/option.hpp"
#include "offprint/paper/run.hpp"

namespace offprint {

struct Verb {
  std::string name;
  std::string help;
  std::vector<Option> options;
  std::vector<std::string> examples;  ///< command lines after "offprint SLUG"
  bool chooses_device = false;        ///< takes --device cuda
  std::function<std::shared_ptr<void>()> make_options;
  std::function<void(const void* options, Run& run)>
      body;  ///< empty in a program without libtorch if the verb needs it
  std::function<bool(const void* options)>
      wants_torch;  ///< tells from the options whether the body needs libtorch; empty: it never does

  bool may_need_torch() const { return !body || wants_torch; }
};

template <class Options>
class VerbBuilder {
 public:
  VerbBuilder(std::string name, std::string help) {
    verb_.name = std::move(name);
    verb_.help = std::move(help);
    verb_.make_options = [] { return std::shared_ptr<void>(std::make_shared<Options>()); };
  }
  template <class Owner, class T, class... Qualifiers>
  VerbBuilder& option(T Owner::*member, std::string name, std::string help, const Qualifiers&... qualifiers) {
    verb_.options.push_back(make_option(Options{}, member, std::move(name), std::move(help), qualifiers...));
    return *this;
  }
  /// The output file, `-o` or `--output` on the command line; required there, named `suggested_name` by the page.
  template <class Owner>
  VerbBuilder& output(OutputFile Owner::*member, std::string suggested_name, std::string help) {
    return option(member, "output", std::move(help), SuggestedName{std::move(suggested_name)});
  }
  VerbBuilder& example(std::string command) {
    verb_.examples.push_back(std::move(command));
    return *this;
  }
  /// The body computes where --device says; other verbs refuse cuda.
  VerbBuilder& on_device() {
    verb_.chooses_device = true;
    return *this;
  }
  /// The body calls libtorch for these options only; without torch_when, a body that needs libtorch is declared weak and absent from `offprint`.
  VerbBuilder& torch_when(bool (*needs_it)(const Options&)) {
    verb_.wants_torch = [needs_it](const void* options) { return needs_it(*static_cast<const Options*>(options)); };
    return *this;
  }
  Verb runs(void (*body)(const Options&, Run&)) {
    if (body) verb_.body = [body](const void* options, Run& run) { body(*static_cast<const Options*>(options), run); };
    return std::move(verb_);
  }

 private:
  Verb verb_;
};

template <class Options>
VerbBuilder<Options> verb(std::string name, std::string help) {
  return {std::move(name), std::move(help)};
}

enum class Budget { smoke, standard, full };

/// Options that every reproduction has. A room with more derives from it and describes them with reproduce_verb<Own>().option(...).
struct ReproduceOptions {
  Budget budget = Budget::standard;
  int seeds = 0;                    ///< repetitions; 0: what the budget says
  std::vector<std::string> claims;  ///< ids to measure; empty: all

  bool wants(std::string_view claim) const;
  template <class T>
  T by_budget(T smoke, T standard, T full) const {
    return budget == Budget::smoke ? smoke : budget == Budget::standard ? standard : full;
  }
};

template <class Options = ReproduceOptions>
VerbBuilder<Options> reproduce_verb() {
  VerbBuilder<Options> builder("reproduce", "Measure what the paper claims");
  builder
      .option(&Options::budget, "budget",
              "smoke (10 CPU seconds), standard (3 CPU minutes) or full (the paper's own size)",
              Choices<Budget>{{{"smoke", Budget::smoke}, {"standard", Budget::standard}, {"full", Budget::full}}})
      .option(&Options::seeds, "seeds", "Repetitions; 0 leaves it to the budget", between(0, 1e6))
      .option(&Options::claims, "claims", "Measure these claims only, by id, comma-separated");
  return builder;
}

}  // namespace offprint
