#include "offprint/paper/reproduction.hpp"

#include <set>
#include <stdexcept>

#include "offprint/base/text.hpp"
#include "offprint/math/statistics.hpp"

namespace offprint {

Estimate exact(double value) { return {.value = value}; }
Estimate observed(double value, std::size_t seeds) { return {.value = value, .seeds = static_cast<int>(seeds)}; }

namespace {

/// Of one value there is no interval.
Estimate estimate_of(const Interval& interval, std::size_t count) {
  if (count < 2) return {.value = interval.value};
  return {interval.value, interval.low, interval.high, static_cast<int>(count)};
}

}  // namespace

Estimate mean_of(std::span<const double> values) { return estimate_of(mean_interval(values), values.size()); }
Estimate median_of(std::span<const double> values) { return estimate_of(median_interval(values), values.size()); }
Estimate share_of(std::size_t successes, std::size_t trials) {
  const auto interval = proportion_interval(successes, trials);
  return {interval.value, interval.low, interval.high, static_cast<int>(trials)};
}

Estimate resampled(std::size_t n, const std::function<double(std::span<const std::size_t>)>& of, Random random,
                   int resamples) {
  std::vector<std::size_t> drawn(n);
  for (std::size_t i = 0; i < n; ++i) drawn[i] = i;
  const double value = of(drawn);
  if (n < 2) return {.value = value};
  std::vector<double> values(static_cast<std::size_t>(resamples));
  for (auto& one : values) {
    for (auto& index : drawn) index = random.below(n);
    one = of(drawn);
  }
  return {value, quantile(values, 0.025), quantile(values, 0.975), static_cast<int>(n)};
}

bool Measurement::wants(std::string_view claim) const {
  if (options.claims.empty()) return true;
  for (const auto& id : options.claims)
    if (to_lower(id) == to_lower(claim)) return true;
  return false;
}

namespace {

std::pair<std::string, std::string> claim_and_check(const std::string& name) {
  const auto dot = name.find('.');
  return {name.substr(0, dot), dot == std::string::npos ? "" : name.substr(dot + 1)};
}

/// All checks that a row says it measures, as claim and check.
std::vector<std::pair<std::string, std::string>> checks_of(const Experiment& experiment,
                                                           const std::vector<Claim>& claims) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& name : split(experiment.measures, ' ')) {
    const auto before = all.size();
    const auto [id, only] = claim_and_check(name);
    for (const auto& claim : claims)
      for (const auto& check : claim.checks)
        if (claim.id == id && (only.empty() || only == check.name)) all.emplace_back(id, check.name);
    if (all.size() == before) throw std::logic_error("the reproduction's table names no check: '" + name + "'");
  }
  return all;
}

void validate(const std::vector<Experiment>& experiments, const std::vector<Claim>& claims) {
  std::set<std::pair<std::string, std::string>> covered;
  for (const auto& experiment : experiments)
    for (const auto& check : checks_of(experiment, claims))
      if (!covered.insert(check).second)
        throw std::logic_error("the reproduction's table has " + check.first + "." + check.second + " twice");
  for (const auto& claim : claims)
    for (const auto& check : claim.checks)
      if (!covered.count({claim.id, check.name}))
        throw std::logic_error("the reproduction's table leaves out " + claim.id + "." + check.name);
}

int repeats_at(Budget budget, const Repeats& repeats) {
  return budget == Budget::smoke ? repeats.smoke : budget == Budget::standard ? repeats.standard : repeats.full;
}

std::string least_budget(const Repeats& repeats) { return repeats.standard > 0 ? "standard" : "full"; }

}  // namespace

void Measurement::check(const std::string& name, const Estimate& estimate) {
  const auto [claim, check] = claim_and_check(name);
  if (wants(claim)) run.claim(claim, check, estimate);
}

void reproduce(const std::vector<Experiment>& experiments, const ReproduceOptions& options, Run& run) {
  validate(experiments, run.claims());
  Measurement measurement(run, options);
  int part = 0;
  for (const auto& experiment : experiments) {
    run.stage(++part, static_cast<int>(experiments.size()));
    auto checks = checks_of(experiment, run.claims());
    std::erase_if(checks, [&](const auto& check) { return !measurement.wants(check.first); });
    if (checks.empty()) continue;
    const int repeats = repeats_at(options.budget, experiment.repeats);
    if (repeats == 0) {
      run.note(join(split(experiment.measures, ' '), ", ") + ": measured at --budget " +
               least_budget(experiment.repeats));
      continue;
    }
    const bool repeated = !experiment.repeats.of.empty();
    measurement.repetitions_ = static_cast<std::size_t>(repeated && options.seeds > 0 ? options.seeds : repeats);
    try {
      experiment.measure.body(measurement);
    } catch (const MissingData& error) {
      run.warning(error.what());
      continue;
    }
    for (const auto& [claim, check] : checks) {
      const auto measured = run.estimates().find(claim);
      if (measured == run.estimates().end() || !measured->second.count(check))
        throw std::logic_error("an experiment says it measures " + claim + "." + check + " and did not");
    }
  }
}

Measure on_torch(std::string name) {
  const auto find = [name](Measurement& measurement) {
    for (const auto& [key, body] : torch_bodies())
      if (key == name) return body(&measurement, measurement.run);
    throw std::logic_error("this program has no experiment '" + name + "'");
  };
  return {find, true};
}

TorchExperiment::TorchExperiment(std::string name, void (*measure)(Measurement&)) {
  add_torch_body(std::move(name), [measure](const void* measurement, Run&) {
    measure(*const_cast<Measurement*>(static_cast<const Measurement*>(measurement)));
  });
}

Verb reproduction(std::vector<Experiment> experiments) {
  auto verb =
      offprint::verb<ReproduceOptions>("reproduce", "Measure what the paper claims")
          .option(&ReproduceOptions::budget, "budget",
                  "smoke (10 CPU seconds), standard (3 CPU minutes) or full (the paper's own size)", budgets)
          .option(&ReproduceOptions::seeds, "seeds", "Independent repetitions; 0 leaves them to the budget",
                  between(0, 1e6))
          .option(&ReproduceOptions::claims, "claims", "Measure these claims only, by id, comma-separated")
          .example("reproduce --budget smoke")
          .runs([experiments](const ReproduceOptions& options, Run& run) { reproduce(experiments, options, run); });
  for (const auto& experiment : experiments) {
    verb.on_torch |= experiment.measure.on_torch;
    verb.experiments.push_back({experiment.measures, experiment.repeats});
  }
  return verb;
}

}  // namespace offprint
