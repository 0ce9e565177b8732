#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>

#include "offprint/base/file.hpp"
#include "offprint/base/parallel.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/lm/tokenizer.hpp"
#include "offprint/lm/transformer.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/llm_provenance/markov.hpp"
#include "offprint/papers/llm_provenance/reproduction.hpp"

namespace offprint::llm_provenance {

void Reproduction::claim(const std::string& id, const std::string& check, const std::vector<double>& by_seed) {
  run_.claim(id, check, estimate_of(mean_interval(by_seed), by_seed.size()));
}

std::string_view Reproduction::part(const std::string& data_set, std::size_t begin, std::size_t end) {
  auto found = texts_.find(data_set);
  if (found == texts_.end()) found = texts_.emplace(data_set, data::read_text("data:" + data_set)).first;
  const std::string_view text = found->second;
  return text.substr(std::min(begin, text.size()), end - begin);
}

const LanguageModel& Reproduction::model(const std::string& data_set, std::size_t begin, std::size_t end, int order) {
  run_.check_cancelled();
  // Smoke learns from a sixth of each part.
  if (options_.budget == Budget::smoke) end = begin + (end - begin) / 6;
  const bool gpt = options_.budget == Budget::full && order == 5;
  auto& model = models_[fmt::format("{}-{}-{}-{}", data_set, begin, end, gpt ? "gpt" : std::to_string(order))];
  if (model) return *model;
  if (!gpt) {
    model = std::make_unique<lm::Ngram>(lm::Ngram::train(part(data_set, begin, end), order));
    return *model;
  }
  constexpr int layers = 4, width = 128, steps = 600;
  const auto folder = user_cache_folder() / "llm_provenance";
  const auto path = folder / fmt::format("{}-{}-{}-{}x{}-{}-seed{}.safetensors", data_set, begin, end, layers, width,
                                         steps, run_.seed());
  if (!std::filesystem::exists(path)) {
    std::filesystem::create_directories(folder);
    train_byte_gpt(part(data_set, begin, end), layers, width, steps, true, path.string(), run_);
  }
  model = std::move(lm::open_model(path.string()).model);
  return *model;
}

Reproduction::Texts Reproduction::human(const std::string& data_set, std::size_t count, std::size_t tokens,
                                        Random random) {
  const std::size_t unseen = data_set == "foldoc" ? 4'500'000 : 1'300'000;
  return draw_prompts(lm::ByteTokenizer().encode(part(data_set, unseen, unseen + 1'000'000)), count, tokens, random);
}

Reproduction::Texts Reproduction::continued(const LanguageModel& model, const Texts& prompts, std::size_t tokens,
                                            const lm::Sampling& sampling, Random random, const std::string& what) {
  Texts texts(prompts.size());
  std::atomic<int> done{0};
  parallel_for(texts.size(), run_.threads(), [&](std::size_t i) {
    run_.check_cancelled();
    texts[i] = prompts[i];
    const auto written = lm::generate(model, prompts[i], tokens, sampling, random.split(i));
    texts[i].insert(texts[i].end(), written.begin(), written.end());
    run_.progress(++done, static_cast<double>(texts.size()), what);
  });
  return texts;
}

std::vector<TokenStatistics> Reproduction::scored(const LanguageModel& model, const Texts& texts, std::size_t skip,
                                                  const std::string& what) {
  std::vector<TokenStatistics> statistics(texts.size());
  std::atomic<int> done{0};
  parallel_for(texts.size(), run_.threads(), [&](std::size_t i) {
    run_.check_cancelled();
    statistics[i] = token_statistics(model, texts[i], skip);
    run_.progress(++done, static_cast<double>(texts.size()), what);
  });
  return statistics;
}

void Reproduction::own_text() {
  if (!options_.wants("P1")) return;
  constexpr std::size_t longest = 400, step = 25, lengths = longest / step;
  constexpr std::array<double, 2> deviations{0.2, 0.3};
  const std::size_t texts = size(10000, 100000, 400000), blocks = 50;
  std::vector<double> violations, linearity, slopes;
  for (std::uint64_t seed = 0; seed < seeds(); ++seed) {
    const MarkovSource source(16, 2, 0.3, random("markov", seed));
    // counts[block][side][deviation][length]
    using Counts = std::array<std::array<std::array<double, lengths>, 2>, 2>;
    std::vector<Counts> parts(blocks);
    parallel_for(blocks, run_.threads(), [&](std::size_t block) {
      auto draws = random("own text", seed).split(block);
      Counts& counts = parts[block];
      counts = {};
      for (std::size_t i = 0; i < texts / blocks; ++i) {
        if (i % 100 == 0) run_.check_cancelled();
        double z = 0;
        std::size_t context = 0;
        for (std::size_t n = 1; n <= longest; ++n) {
          const Token symbol = source.draw(context, draws);
          z += -source.log_probability(context, symbol) - source.entropy(context);
          context = source.next(context, symbol);
          if (n % step != 0) continue;
          for (std::size_t d = 0; d < 2; ++d) {
            counts[0][d][n / step - 1] += z >= static_cast<double>(n) * deviations[d];
            counts[1][d][n / step - 1] += z <= -static_cast<double>(n) * deviations[d];
          }
        }
      }
    });
    Figure figure{
        "own-text",
        "How often a model's own text strays",
        "Frequencies of L - h beyond +-0.2 and +-0.3 nats over simulated texts, and the sub-gamma bounds: straight lines fall exponentially.",
        {"tokens", "", Scale::linear},
        {"frequency", "", Scale::log},
        {}};
    double violated = 0, least_fit = 1, slope_upper = 0;
    const double bound = surprisal_variance_bound(16);
    for (std::size_t side = 0; side < 2; ++side)
      for (std::size_t d = 0; d < 2; ++d) {
        const auto label = fmt::format("L - h {} {}{}", side == 0 ? ">=" : "<=", side == 0 ? "" : "-", deviations[d]);
        Mark measured{.kind = MarkKind::points, .name = label},
            limit{.kind = MarkKind::line, .name = "bound " + label, .dashed = true};
        std::vector<double> at, logs;
        for (std::size_t l = 0; l < lengths; ++l) {
          double count = 0;
          for (const auto& counts : parts) count += counts[side][d][l];
          const double n = static_cast<double>((l + 1) * step), frequency = count / static_cast<double>(texts);
          const double tail = (side == 0 ? subgamma_upper_tail : subgamma_lower_tail)(n, deviations[d], bound);
          violated += frequency > tail;
          limit.x.push_back(n);
          limit.y.push_back(tail);
          if (count == 0) continue;
          measured.x.push_back(n);
          measured.y.push_back(frequency);
          if (count < 20) continue;
          at.push_back(n);
          logs.push_back(std::log(frequency));
        }
        figure.marks.push_back(measured);
        figure.marks.push_back(limit);
        if (d != 0 || at.size() < 3) continue;
        least_fit = std::min(least_fit, r_squared(at, logs));
        if (side == 0) slope_upper = linear_fit(at, logs).slope;
      }
    violations.push_back(violated);
    linearity.push_back(least_fit);
    slopes.push_back(slope_upper);
    if (seed == 0) run_.figure(figure);
    run_.progress(static_cast<double>(seed + 1), static_cast<double>(seeds()), "own text of Markov sources");
  }
  claim("P1", "bound_violations", violations);
  claim("P1", "log_linearity", linearity);
  claim("P1", "slope_upper", slopes);
}

void Reproduction::other_text() {
  if (!options_.wants("P2")) return;
  const auto &a = model("foldoc", 0, 1'500'000, 5), &b = model("foldoc", 1'500'000, 3'000'000, 5);
  const std::size_t texts = size(100, 300, 300);
  std::vector<double> cross_errors, own_errors;
  for (std::uint64_t seed = 0; seed < seeds(); ++seed) {
    const auto written = continued(b, human("foldoc", texts, prompt_tokens, random("prompts", 0)), 256, {},
                                   random("other text", seed), "B's texts");
    std::vector<double> cross(texts), own(texts);
    parallel_for(texts, run_.threads(), [&](std::size_t i) {
      run_.check_cancelled();
      const auto statistics = cross_statistics(a, b, written[i], prompt_tokens);
      cross[i] = mean(statistics.surprisal) - mean(statistics.cross_entropy);
      own[i] = summarise(token_statistics(a, written[i], prompt_tokens)).deviation();
    });
    cross_errors.push_back(mean(cross) / std::sqrt(variance(cross) / static_cast<double>(texts)));
    own_errors.push_back(mean(own) / std::sqrt(variance(own) / static_cast<double>(texts)));
    if (seed == 0)
      run_.note(
          fmt::format("B's texts under A: L minus the cross-entropy has mean {:.4f}, L minus the entropy {:.4f} nats",
                      mean(cross), mean(own)));
  }
  claim("P2", "cross_standard_errors", cross_errors);
  claim("P2", "own_standard_errors", own_errors);
}

void Reproduction::truncated_sampling() {
  if (!options_.wants("P7")) return;
  const auto& a = model("foldoc", 0, 1'500'000, 5);
  const std::size_t texts = size(200, 600, 600);
  const std::vector<std::tuple<std::string, std::string, lm::Sampling>> ways{
      {"ancestral", "plain", {}}, {"top_p", "nucleus 0.96", {.top_p = 0.96}}, {"top_k", "top 5", {.top_k = 5}}};
  Figure figure{"truncation",
                "Truncated sampling moves the statistic",
                "h - L of texts that continue the same prompts by 64 bytes.",
                {"sampling", "", Scale::linear},
                {"h - L", "nats", Scale::linear},
                {{.kind = MarkKind::box}}};
  for (const auto& [check, label, sampling] : ways) {
    std::vector<double> errors;
    for (std::uint64_t seed = 0; seed < seeds(); ++seed) {
      const auto prompts = human("foldoc", texts, prompt_tokens, random("prompts", 0));
      std::vector<double> values;
      for (const auto& statistics :
           scored(a, continued(a, prompts, 64, sampling, random(label, seed), label + " sampling"), prompt_tokens,
                  "scoring"))
        values.push_back(-summarise(statistics).deviation());
      errors.push_back(mean(values) / std::sqrt(variance(values) / static_cast<double>(texts)));
      if (seed > 0) continue;
      figure.marks[0].labels.push_back(label);
      figure.marks[0].samples.push_back(values);
    }
    claim("P7", check, errors);
  }
  run_.figure(figure);
}

void Reproduction::levels() {
  if (!options_.wants("P8")) return;
  const auto& a = model("foldoc", 0, 1'500'000, 5);
  const auto facts = assumptions(256, a.surprisal_bound());
  const std::size_t texts = size(400, 2000, 2000);
  std::map<Bound, std::vector<double>> rejected;
  for (std::uint64_t seed = 0; seed < seeds(); ++seed) {
    const auto statistics = scored(a,
                                   continued(a, human("foldoc", texts, prompt_tokens, random("prompts", 0)), 256, {},
                                             random("levels", seed), "texts for the level"),
                                   prompt_tokens, "scoring");
    for (const auto bound : {Bound::azuma, Bound::freedman, Bound::subgamma, Bound::studentised}) {
      double count = 0;
      for (const auto& text : statistics)
        count += identity_test(summarise(text), 0.05, bound, facts).decision == Decision::rejected;
      rejected[bound].push_back(count / static_cast<double>(texts));
    }
  }
  for (const auto& [bound, shares] : rejected) claim("P8", std::string(bound_name(bound)), shares);
}

void reproduce(const ReproduceOptions& options, Run& run) {
  lm::set_blas_threads(1);  // the texts are shared out among the threads
  Reproduction reproduction(options, run);
  reproduction.own_text();
  try {
    reproduction.other_text();
    reproduction.attribution_errors();
    reproduction.four_models();
    reproduction.detection();
    reproduction.truncated_sampling();
    reproduction.levels();
  } catch (const MissingData& error) {
    run.warning(error.what());
  }
}

}  // namespace offprint::llm_provenance
