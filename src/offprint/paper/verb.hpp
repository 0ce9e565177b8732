// A verb: a name, a line of help, options, a body. One file a verb (verbs/fit.cpp), which exports `Verb fit()`:
//   return verb<FitOptions>("fit", "Fit to a table")
//       .option(&FitOptions::data, "data", "Table with one row an observation", Positional{}, Required{})
//       .option(&FitOptions::penalty, "penalty", "L1 penalty on weight differences", at_least(0.0))
//       .output(&FitOptions::output, "model.json", "Where to write the model")
//       .example("fit data:fair --response rate_marriage -o model.json")
//       .runs(fit_table);                            // void fit_table(const FitOptions&, Run&)
#pragma once
#include <functional>
#include <memory>

#include "offprint/paper/option.hpp"
#include "offprint/paper/run.hpp"

namespace offprint {

/// How often an experiment of a reproduction is repeated at each budget: independent data sets, trainings, splits.
/// 0: the budget does not measure it.
struct Repeats {
  int smoke = 1, standard = 1, full = 1;
  std::string of = "";  ///< "data sets"; empty: exact, nothing to repeat
};

/// What a reproduction says of one of its experiments; see paper/reproduction.hpp.
struct ExperimentDescription {
  std::string measures;  ///< "P1 P2 P8.kkt": claims, or single checks of them
  Repeats repeats;
};

struct Verb {
  std::string name;
  std::string help;
  std::vector<Option> options;
  std::vector<std::string> examples;  ///< command lines after "offprint SLUG"
  bool chooses_device = false;        ///< takes --device cuda
  bool on_torch = false;              ///< the body needs libtorch: `offprint-torch` runs it
  bool instant = false;               ///< answers within 200 ms: the page runs it as its form's fields change
  std::vector<ExperimentDescription> experiments;  ///< of reproduce
  std::function<std::shared_ptr<void>()> make_options;
  std::function<void(const void* options, Run& run)> body;  ///< empty where on_torch; call it with perform()
};

/// Options that several verbs share: members of a struct from which theirs derive.
///   inline const auto table_options = options_of<TableOptions>().option(&TableOptions::data, "data", ...);
///   verb<FitOptions>("fit", ...).with(table_options)
template <class Owner>
class OptionList {
 public:
  template <class Base, class T, class... Qualifiers>
  OptionList& option(T Base::*member, std::string name, std::string help, const Qualifiers&... qualifiers) {
    all_.push_back(make_option(Owner{}, member, std::move(name), std::move(help), qualifiers...));
    return *this;
  }
  template <class Base>
  OptionList& with(const OptionList<Base>& shared) {
    append(all_, shared.all(), Owner{}, static_cast<const Base*>(nullptr));
    return *this;
  }
  const std::vector<Option>& all() const { return all_; }

  /// Adds options of Base, for use on Derived: shifted to where Base lies in it, with its defaults.
  template <class Derived, class Base>
  static void append(std::vector<Option>& to, const std::vector<Option>& shared, const Derived& defaults, const Base*) {
    const auto shift =
        reinterpret_cast<const char*>(static_cast<const Base*>(&defaults)) - reinterpret_cast<const char*>(&defaults);
    for (Option option : shared) {
      option.offset += static_cast<std::size_t>(shift);
      option.default_text = option.get(&defaults);
      to.push_back(std::move(option));
    }
  }

 private:
  std::vector<Option> all_;
};

template <class Owner>
OptionList<Owner> options_of() {
  return {};
}

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
  template <class Owner>
  VerbBuilder& with(const OptionList<Owner>& shared) {
    OptionList<Owner>::append(verb_.options, shared.all(), Options{}, static_cast<const Owner*>(nullptr));
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
  /// The body answers within 200 ms, writes no file and draws from no stream that matters.
  VerbBuilder& instant() {
    verb_.instant = true;
    return *this;
  }
  Verb runs(std::function<void(const Options&, Run&)> body) {
    verb_.body = [body = std::move(body)](const void* options, Run& run) {
      body(*static_cast<const Options*>(options), run);
    };
    return std::move(verb_);
  }
  /// The body needs libtorch. It stands in a file torch_*.cpp, in a TorchBody.
  Verb on_torch() {
    verb_.on_torch = true;
    return std::move(verb_);
  }

 private:
  Verb verb_;
};

template <class Options>
VerbBuilder<Options> verb(std::string name, std::string help) {
  return {std::move(name), std::move(help)};
}

/// Bodies in the program that links libtorch, by "slug verb".
using ErasedBody = std::function<void(const void* options, Run& run)>;
const std::vector<std::pair<std::string, ErasedBody>>& torch_bodies();
void add_torch_body(std::string name, ErasedBody body);

/// The body of a verb that says on_torch():
///   const TorchBody<TrainOptions> body{"comp_sum_losses train", train};
template <class Options>
struct TorchBody {
  TorchBody(std::string name, void (*body)(const Options&, Run&)) {
    add_torch_body(std::move(name),
                   [body](const void* options, Run& run) { body(*static_cast<const Options*>(options), run); });
  }
};

/// True in the program that links libtorch. The program `offprint` does not: loading it costs a second and 160 MB.
/// Verbs that need it run in `offprint-torch`, beside it.
bool has_torch();

}  // namespace offprint
