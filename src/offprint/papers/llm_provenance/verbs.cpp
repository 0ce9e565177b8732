#include "offprint/papers/llm_provenance/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/data/npy.hpp"
#include "offprint/lm/ngram.hpp"
#include "offprint/lm/sampling.hpp"
#include "offprint/lm/transformer.hpp"

namespace offprint::llm_provenance {
namespace {

constexpr std::size_t longest_shown = 600;  ///< tokens of a coloured text

std::vector<std::string> pieces_of(const lm::Tokenizer& tokenizer, std::span<const Token> text) {
  std::vector<std::string> pieces;
  for (const auto token : text) pieces.push_back(lm::printable(tokenizer.decode(std::span(&token, 1))));
  return pieces;
}

struct ScoredText {
  std::string name;
  TokenStatistics statistics;
  Assumptions facts;
  std::vector<std::string> pieces;  ///< of the scored tokens
};

void show_scores(const std::vector<ScoredText>& scored, const TestOptions& options, Run& run) {
  ResultTable table{"models",
                    fmt::format("Did the model write the text? {} bound, delta {} over {} models",
                                bound_name(options.bound), options.delta, scored.size()),
                    {{"model", ""},
                     {"tokens", ""},
                     {"log_perplexity", "nats"},
                     {"entropy", "nats"},
                     {"liketropy", "nats"},
                     {"z", ""},
                     {"lower", "nats"},
                     {"upper", "nats"},
                     {"p_value", ""},
                     {"decision", ""},
                     {"mean_log_rank", ""},
                     {"ratio", ""},
                     {"log_likelihood", "nats"}},
                    {}};
  ResultTable curve{"prefixes",
                    "The same at growing lengths of the text",
                    {{"model", ""},
                     {"tokens", ""},
                     {"log_perplexity", "nats"},
                     {"entropy", "nats"},
                     {"liketropy", "nats"},
                     {"z", ""},
                     {"p_value", ""}},
                    {}};
  const double delta = options.delta / static_cast<double>(scored.size());
  std::vector<Summary> summaries;
  std::vector<Assumptions> facts;
  for (const auto& text : scored) {
    const auto prefixes = prefix_curve(text.statistics);
    const auto& whole = prefixes.back();
    const auto verdict = identity_test(whole, delta, options.bound, text.facts);
    table.rows.push_back({text.name, static_cast<std::int64_t>(whole.n), whole.log_perplexity, whole.entropy,
                          -whole.deviation(), whole.z(), -verdict.allowed.lower, verdict.allowed.upper, verdict.p_value,
                          std::string(decision_text(verdict.decision)), whole.mean_log_rank,
                          score_of(Score::ratio, whole), -static_cast<double>(whole.n) * whole.log_perplexity});
    for (std::size_t n = 8;; n *= 2) {
      const auto& prefix = prefixes[std::min(n, prefixes.size()) - 1];
      curve.rows.push_back(
          {text.name, static_cast<std::int64_t>(prefix.n), prefix.log_perplexity, prefix.entropy, -prefix.deviation(),
           prefix.z(),
           p_value(options.bound, static_cast<double>(prefix.n), prefix.deviation(), prefix.variance, text.facts)});
      if (n >= prefixes.size()) break;
    }
    summaries.push_back(whole);
    facts.push_back(text.facts);
    show_text(text.pieces, text.statistics, delta, options.bound, text.facts, fmt::format("{}", summaries.size()),
              text.name, run);
  }
  run.table(table);
  run.table(curve);
  if (scored.size() > 1) {
    const auto result = attribute(summaries, options.delta, options.bound, facts);
    run.table({"attribution",
               "Which of them?",
               {{"likeliest", ""}, {"centred_tests", ""}, {"accepted", ""}},
               {{scored[result.likeliest].name, std::string(outcome_text(result.outcome)),
                 result.outcome == Outcome::one ? scored[result.accepted].name : std::string()}}});
  }
  if (options.bound == Bound::studentised)
    run.note("the studentised interval is a large-sample approximation, not a guarantee");
}

ScoredText score_table(const ScoreOptions& options) {
  const auto array = data::parse_npy(read_file(options.table.source), options.table.source);
  if (array.shape.size() != 2 || array.shape[1] < 2)
    throw BadInput(options.table.source, "is no table of log-probabilities",
                   "give one row a token, one column a symbol");
  const std::size_t vocabulary = array.shape[1];
  std::vector<Token> text;
  if (options.text.source.ends_with(".npy")) {
    for (const double id : data::parse_npy(read_file(options.text.source), options.text.source).values) {
      if (id != std::floor(id) || !(std::abs(id) < 1e9))
        throw BadInput(options.text.source, "holds a number that is no token", "give whole numbers");
      text.push_back(static_cast<Token>(id));
    }
  } else {
    text = lm::ByteTokenizer().encode(data::read_text(options.text.source));
  }
  ScoredText scored{"table",
                    statistics_of_table(array.values, vocabulary, text),
                    assumptions(static_cast<int>(vocabulary), HUGE_VAL),
                    {}};
  for (const auto token : text)
    scored.pieces.push_back(vocabulary == 256 ? lm::printable(lm::ByteTokenizer().decode(std::span(&token, 1)))
                                              : std::to_string(token) + " ");
  return scored;
}

/// The Binoculars score of each model as performer beside the first that splits texts alike as observer.
void show_binoculars(const std::vector<lm::OpenedModel>& models, const std::string& text, std::size_t skip, Run& run) {
  ResultTable table{"binoculars",
                    "Binoculars: minus log-perplexity over cross-entropy; machine-written texts score high",
                    {{"performer", ""}, {"observer", ""}, {"binoculars", ""}},
                    {}};
  for (std::size_t performer = 0; performer < models.size(); ++performer)
    for (std::size_t observer = 0; observer < models.size(); ++observer) {
      if (observer == performer || models[observer].tokenizer->name() != models[performer].tokenizer->name()) continue;
      if (models[observer].model->vocabulary_size() != models[performer].model->vocabulary_size()) continue;
      run.check_cancelled();
      const auto tokens = models[performer].tokenizer->encode(text);
      table.rows.push_back(
          {models[performer].name, models[observer].name,
           binoculars(cross_statistics(*models[performer].model, *models[observer].model, tokens, skip))});
      break;
    }
  if (!table.rows.empty()) run.table(table);
}

/// A service's answer: the log-probability of each token and of the likeliest ones. The entropy is then known to lie in a bracket.
void score_dump(const ScoreOptions& options, Run& run) {
  double surprisal = 0, lower = 0, upper = 0;
  std::int64_t n = 0, line_number = 0;
  for (const auto& line : split(read_file(options.dump.source), '\n')) {
    ++line_number;
    if (trim(line).empty()) continue;
    const auto place = fmt::format("{} line {}", options.dump.source, line_number);
    const auto json = Json::parse(line, nullptr, false);
    const auto broken =
        BadInput(place, "is no token with its logprob and top_logprobs", "give one JSON object a token");
    if (!json.is_object() || !json.contains("logprob") || !json["logprob"].is_number() ||
        !json.contains("top_logprobs"))
      throw broken;
    std::vector<double> top;
    for (const auto& entry : json["top_logprobs"]) {
      const auto value = entry.is_object() ? entry.value("logprob", Json()) : entry;
      if (!value.is_number()) throw broken;
      top.push_back(value.get<double>());
    }
    const double own = json["logprob"].get<double>();
    double sum = 0;
    for (const double log_p : top) sum += std::exp(log_p);
    if (top.empty() || !(sum <= 1 + 1e-3) || !(own <= 1e-6) || !std::isfinite(own) ||
        static_cast<int>(top.size()) > options.vocabulary)
      throw BadInput(place, "its probabilities are none",
                     "give natural logarithms of at most --vocabulary distinct tokens");
    const auto bracket = entropy_bracket(top, options.vocabulary);
    surprisal -= own;
    lower += bracket.lower;
    upper += bracket.upper;
    ++n;
  }
  if (n == 0) throw BadInput(options.dump.source, "is empty", "give one JSON object a token");
  const double count = static_cast<double>(n), l = surprisal / count, from = l - upper / count, to = l - lower / count;
  const auto facts = assumptions(options.vocabulary, HUGE_VAL);
  const auto allowed = thresholds(options.bound, count, options.delta, facts.variance_bound, facts);
  const double nearest = from > 0 ? from : to < 0 ? to : 0;
  const bool rejected = nearest < -allowed.lower || nearest > allowed.upper;
  run.table(
      {"models",
       fmt::format(
           "From the {} known log-probabilities: entropies lie between those of the most concentrated and the most spread rest",
           n),
       {{"tokens", ""},
        {"log_perplexity", "nats"},
        {"entropy_lower", "nats"},
        {"entropy_upper", "nats"},
        {"lower", "nats"},
        {"upper", "nats"},
        {"p_value", ""},
        {"decision", ""}},
       {{n, l, lower / count, upper / count, -allowed.lower, allowed.upper,
         p_value(options.bound, count, nearest, facts.variance_bound, facts),
         std::string(decision_text(rejected ? Decision::rejected
                                   : to <= allowed.upper && from >= -allowed.lower && allowed.lower < lower / count
                                       ? Decision::consistent
                                       : Decision::undecided))}}});
}

}  // namespace

void show_text(const std::vector<std::string>& pieces, const TokenStatistics& statistics, double delta, Bound bound,
               const Assumptions& model, const std::string& id, const std::string& title, Run& run) {
  const std::size_t shown = std::min(longest_shown, statistics.size());
  Mark tokens{.kind = MarkKind::tokens, .name = "surprisal minus entropy"};
  for (std::size_t i = 0; i < shown; ++i) {
    tokens.labels.push_back(pieces[i]);
    tokens.y.push_back(statistics.surprisal[i] - statistics.entropy[i]);
  }
  run.figure(
      {"text-" + id,
       "Surprising tokens: " + title,
       "Each token by its surprisal minus the entropy the model expected there, in nats; the stronger the colour, the farther from what was expected.",
       {},
       {},
       {tokens}});
  const auto prefixes = prefix_curve(statistics);
  Mark funnel{.kind = MarkKind::band,
              .name = fmt::format("what the model itself may do, each length at delta {}", short_number(delta))};
  Mark mean{.kind = MarkKind::line, .name = "L - h"};
  const std::size_t step = std::max<std::size_t>(1, prefixes.size() / 400);
  for (std::size_t i = std::min<std::size_t>(7, prefixes.size() - 1); i < prefixes.size(); i += step) {
    const double n = static_cast<double>(prefixes[i].n);
    const auto limits = thresholds(bound, n, delta, prefixes[i].variance, model);
    mean.x.push_back(n);
    mean.y.push_back(prefixes[i].deviation());
    if (!std::isfinite(limits.lower + limits.upper)) continue;
    funnel.x.push_back(n);
    funnel.low.push_back(-limits.lower);
    funnel.high.push_back(limits.upper);
  }
  std::vector<Mark> marks{mean};
  if (!funnel.x.empty()) marks.insert(marks.begin(), funnel);
  run.figure({"funnel-" + id,
              "Running mean of surprisal minus entropy: " + title,
              "A text that the model sampled stays in the funnel; one that leaves it was not sampled from this model.",
              {"tokens", "", Scale::linear},
              {"L - h", "nats", Scale::linear},
              marks});
}

std::vector<std::vector<Token>> draw_prompts(std::span<const Token> text, std::size_t count, std::size_t tokens,
                                             Random random) {
  if (text.size() < tokens) throw BadInput("the prompts' text", "is shorter than a prompt", "give a longer text");
  std::vector<std::vector<Token>> prompts(count);
  for (auto& prompt : prompts) {
    const auto part = text.subspan(random.below(text.size() - tokens + 1), tokens);
    prompt.assign(part.begin(), part.end());
  }
  return prompts;
}

std::pair<int, int> layers_and_width(const std::string& gpt) {
  const auto parts = split(gpt, 'x');
  const auto layers = parse_integer(parts.empty() ? "" : parts[0]),
             width = parse_integer(parts.size() == 2 ? parts[1] : "");
  if (!layers || !width || *layers < 1 || *layers > 1000 || *width < 32 || *width > 65536 || *width % 32 != 0)
    throw UsageError("--gpt: '" + gpt + "' is not LAYERSxWIDTH with a width that 32 divides, such as 4x128");
  return {static_cast<int>(*layers), static_cast<int>(*width)};
}

void train_verb(const TrainOptions& options, Run& run) {
  const auto text = data::read_text(options.corpus.source);
  const auto begin = static_cast<std::size_t>(options.begin),
             end = options.end == 0 ? text.size() : std::min(text.size(), static_cast<std::size_t>(options.end));
  if (begin >= end)
    throw BadInput(options.corpus.source, fmt::format("has no bytes from {} to {}", begin, end),
                   "choose --begin and --end inside the text");
  const auto part = std::string_view(text).substr(begin, end - begin);
  if (!options.gpt.empty()) {
    const auto [layers, width] = layers_and_width(options.gpt);
    train_byte_gpt(part, layers, width, options.steps, options.resume, options.output.path, run);
    run.file(options.output.path, "The model");
    return;
  }
  const auto model = lm::Ngram::train(part, options.order);
  model.save(options.output.path);
  run.table({"model",
             "The model",
             {{"order", ""}, {"bytes", ""}, {"ngrams", ""}},
             {{std::int64_t{options.order}, static_cast<std::int64_t>(end - begin),
               static_cast<std::int64_t>(model.size())}}});
  run.file(options.output.path, "The model");
}

void score_verb(const ScoreOptions& options, Run& run) {
  lm::set_blas_threads(run.threads());
  if (!options.model.empty() + !options.table.empty() + !options.dump.empty() != 1)
    throw UsageError("--model: give models, or --table or --dump with log-probabilities");
  if (!options.dump.empty()) return score_dump(options, run);
  std::vector<ScoredText> scored;
  if (!options.table.empty()) {
    scored.push_back(score_table(options));
  } else {
    const auto text = data::read_text(options.text.source);
    const auto skip = static_cast<std::size_t>(options.skip);
    const auto models = lm::open_models(sources_of(options.model));
    for (const auto& opened : models) {
      run.check_cancelled();
      const auto tokens = opened.tokenizer->encode(text);
      scored.push_back({opened.name, token_statistics(*opened.model, tokens, skip),
                        assumptions(opened.model->vocabulary_size(), opened.model->surprisal_bound()),
                        pieces_of(*opened.tokenizer, std::span(tokens).subspan(skip))});
    }
    show_binoculars(models, text, skip, run);
  }
  show_scores(scored, options, run);
}

void generate_verb(const GenerateOptions& options, Run& run) {
  lm::set_blas_threads(run.threads());
  const auto opened = lm::open_model(options.model.source);
  if (!options.prompt.empty() && !options.prompts.empty())
    throw UsageError("--prompt: give this or --prompts, not both");
  std::vector<std::vector<Token>> prompts(static_cast<std::size_t>(options.texts),
                                          opened.tokenizer->encode(options.prompt));
  if (!options.prompts.empty())
    prompts = draw_prompts(opened.tokenizer->encode(data::read_text(options.prompts.source)), prompts.size(),
                           static_cast<std::size_t>(options.prompt_tokens), run.random("prompts"));
  if (prompts[0].size() < opened.model->least_context()) throw UsageError("--prompt: this model needs one");
  AtomicFile file(options.output.path);
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const auto tokens =
        lm::generate(*opened.model, prompts[i], static_cast<std::size_t>(options.tokens),
                     {options.temperature, options.top_k, options.top_p}, run.random("generation").split(i));
    const Json line{{"text", opened.tokenizer->decode(prompts[i]) + opened.tokenizer->decode(tokens)},
                    {"label", opened.name},
                    {"skip", prompts[i].size()}};
    file.stream() << line.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
    run.progress(static_cast<double>(i + 1), static_cast<double>(prompts.size()), "texts");
  }
  file.commit();
  run.file(options.output.path, "The texts, each with its prompt, one JSON object a line");
}

}  // namespace offprint::llm_provenance
