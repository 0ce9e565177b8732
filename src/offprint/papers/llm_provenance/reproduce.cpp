// The experiments on Markov sources, whose laws are known; those on texts stand in torch_*.cpp.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "offprint/math/statistics.hpp"
#include "offprint/papers/llm_provenance/experiments.hpp"
#include "offprint/papers/llm_provenance/markov.hpp"

namespace offprint::llm_provenance {

double in_standard_errors(std::span<const double> values) {
  return mean(values) / std::sqrt(variance(values) / static_cast<double>(values.size()));
}

Mark& add_errors(Figure& figure, const std::string& name, const std::vector<double>& errors) {
  auto& line = figure.line(name);
  for (std::size_t n = 0; n < errors.size(); ++n)
    if (errors[n] > 0) line.add(static_cast<double>(n + 1), errors[n]);
  return line;
}

namespace {

constexpr std::size_t longest = 400, step = 25, lengths = longest / step;
constexpr std::array<double, 2> deviations{0.2, 0.3};

/// Texts at each length whose L - h strays by a deviation or more, upwards and downwards.
struct Strays {
  std::array<std::array<std::array<double, lengths>, deviations.size()>, 2> counts{};  // [side][deviation][length]
};

Strays count_strays(const MarkovSource& source, std::size_t texts, Random draws) {
  Strays strays;
  for (std::size_t i = 0; i < texts; ++i) {
    double z = 0;
    std::size_t context = 0;
    for (std::size_t n = 1; n <= longest; ++n) {
      const Token symbol = source.draw(context, draws);
      z += -source.log_probability(context, symbol) - source.entropy(context);
      context = source.next(context, symbol);
      if (n % step != 0) continue;
      for (std::size_t d = 0; d < deviations.size(); ++d) {
        strays.counts[0][d][n / step - 1] += z >= static_cast<double>(n) * deviations[d];
        strays.counts[1][d][n / step - 1] += z <= -static_cast<double>(n) * deviations[d];
      }
    }
  }
  return strays;
}

struct OwnText {
  double violations = 0, linearity = 1, slope_upper = 0;
  Figure figure{"own-text", "How often a model's own text strays",
                "Frequencies of L - h beyond +-0.2 and +-0.3 nats over simulated texts, and the sub-gamma bounds: "
                "straight lines fall exponentially.",
                "tokens", log_axis("frequency")};
};

OwnText compare_with_bounds(const std::vector<Strays>& blocks, std::size_t texts) {
  OwnText result;
  const double variance_bound = surprisal_variance_bound(16);
  for (std::size_t side = 0; side < 2; ++side)
    for (std::size_t d = 0; d < deviations.size(); ++d) {
      const auto label = fmt::format("L - h {}{}", side == 0 ? ">= " : "<= -", deviations[d]);
      auto& measured = result.figure.points(label);
      auto& limit = result.figure.line("bound " + label).dash();
      std::vector<double> at, logs;
      for (std::size_t l = 0; l < lengths; ++l) {
        double count = 0;
        for (const auto& strays : blocks) count += strays.counts[side][d][l];
        const double n = static_cast<double>((l + 1) * step), frequency = count / static_cast<double>(texts);
        const double tail = (side == 0 ? subgamma_upper_tail : subgamma_lower_tail)(n, deviations[d], variance_bound);
        result.violations += frequency > tail;
        limit.add(n, tail);
        if (count > 0) measured.add(n, frequency);
        if (count < 20) continue;
        at.push_back(n);
        logs.push_back(std::log(frequency));
      }
      if (d != 0 || at.size() < 3) continue;
      result.linearity = std::min(result.linearity, r_squared(at, logs));
      if (side == 0) result.slope_upper = linear_fit(at, logs).slope;
    }
  return result;
}

/// P1.
void own_text(Measurement& m) {
  const auto texts = m.by_budget<std::size_t>(10000, 100000, 400000);
  constexpr std::size_t blocks = 50;
  std::vector<OwnText> results;
  for (std::size_t seed = 0; seed < m.repetitions(); ++seed) {
    const MarkovSource source(16, 2, 0.3, m.random("markov").split(seed));
    const auto strays = repeat(m.run, blocks, "own text of Markov sources", [&](std::size_t block) {
      return count_strays(source, texts / blocks, m.random("own text").split(seed).split(block));
    });
    results.push_back(compare_with_bounds(strays, texts));
  }
  m.run.figure(results[0].figure);
  m.check("P1.bound_violations", mean_of(members(results, &OwnText::violations)));
  m.check("P1.log_linearity", mean_of(members(results, &OwnText::linearity)));
  m.check("P1.slope_upper", mean_of(members(results, &OwnText::slope_upper)));
}

/// Of so many of the writer's texts, at each length those that the other source makes at least as likely.
std::vector<double> count_wrong(const MarkovSource& writer, const MarkovSource& other, std::size_t longest_text,
                                std::size_t texts, Random draws) {
  std::vector<double> wrong(longest_text);
  for (std::size_t i = 0; i < texts; ++i) {
    double lead = 0;
    std::size_t context = 0;
    for (auto& count : wrong) {
      const Token symbol = writer.draw(context, draws);
      lead += writer.log_probability(context, symbol) - other.log_probability(context, symbol);
      context = writer.next(context, symbol);
      count += lead <= 0;
    }
  }
  return wrong;
}

/// P3, on Markov sources: the sum of both errors is at most the Bhattacharyya affinity.
void markov_errors(Measurement& m) {
  constexpr std::size_t longest_text = 256, blocks = 20;
  const auto texts = m.by_budget<std::size_t>(4000, 20000, 100000);
  std::vector<double> violations;
  for (std::size_t seed = 0; seed < m.repetitions(); ++seed) {
    const MarkovSource a(16, 2, 0.3, m.random("markov pair").split(seed)),
        b = a.blended(MarkovSource(16, 2, 0.3, m.random("markov other").split(seed)), 0.12);
    const auto wrong = repeat(m.run, 2 * blocks, "texts of two Markov sources", [&](std::size_t block) {
      return count_wrong(block < blocks ? a : b, block < blocks ? b : a, longest_text, texts / blocks,
                         m.random("markov texts").split(seed).split(block));
    });
    const auto affinity = bhattacharyya(a, b, longest_text);
    std::vector<double> one(longest_text), two(longest_text), sum(longest_text);
    double violated = 0;
    for (std::size_t n = 0; n < longest_text; ++n) {
      for (std::size_t block = 0; block < 2 * blocks; ++block)
        (block < blocks ? one : two)[n] += wrong[block][n] / static_cast<double>(texts);
      sum[n] = one[n] + two[n];
      const double error = std::sqrt((one[n] * (1 - one[n]) + two[n] * (1 - two[n])) / static_cast<double>(texts));
      violated += sum[n] > affinity[n] + 3 * error;
    }
    violations.push_back(violated);
    if (seed > 0) continue;
    Figure figure{"markov-errors", "Attribution errors between two Markov sources",
                  "The sum of both errors is the smallest possible; its bound is exact.", "tokens",
                  log_axis("share of texts")};
    add_errors(figure, "A's texts given to B", one);
    add_errors(figure, "B's texts given to A", two);
    add_errors(figure, "sum, the best possible", sum);
    add_errors(figure, "Bhattacharyya bound on the sum", affinity).dash();
    m.run.figure(figure);
  }
  m.check("P3.bound_violations", mean_of(violations));
}

}  // namespace

Verb reproduce() {
  const Repeats sources{1, 3, 3, "sources"}, samples{1, 3, 3, "sets of texts"};
  return reproduction(
      {{"P1", own_text, sources},
       {"P2", on_torch("llm_provenance other text"), samples},
       {"P3.bound_violations", markov_errors, sources},
       {"P3.log_linearity P3.type_one_256 P3.type_two_256", on_torch("llm_provenance attribution"), samples},
       {"P4", on_torch("llm_provenance four models"), samples},
       {"P5", on_torch("llm_provenance detection"), samples},
       {"P7", on_torch("llm_provenance truncation"), samples},
       {"P8", on_torch("llm_provenance levels"), samples}});
}

}  // namespace offprint::llm_provenance
