#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/data/npy.hpp"
#include "offprint/lm/transformer.hpp"
#include "offprint/paper/json.hpp"
#include "offprint/papers/llm_provenance/verbs/texts.hpp"

namespace offprint::llm_provenance::verbs {
namespace {

struct ScoreOptions : TestOptions {
  InputFile text;
  std::vector<InputFile> model;
  InputFile table, dump;
  int vocabulary = 50257;
};

std::string piece(const lm::Tokenizer& tokenizer, Token token) {
  return lm::printable(tokenizer.decode(std::span(&token, 1)));
}

void show_scores(const std::vector<ShownText>& scored, const TestOptions& options, Run& run) {
  ResultTable table{"models",
                    fmt::format("Did the model write the text? {} bound, delta {} over {} models",
                                bound_names.name(options.bound), options.delta, scored.size()),
                    {"model",
                     "tokens",
                     {"log_perplexity", "nats"},
                     {"entropy", "nats"},
                     {"liketropy", "nats"},
                     "z",
                     {"lower", "nats"},
                     {"upper", "nats"},
                     "p_value",
                     "decision",
                     "mean_log_rank",
                     "ratio",
                     {"log_likelihood", "nats"}}};
  ResultTable curve{
      "prefixes",
      "The same at growing lengths of the text",
      {"model", "tokens", {"log_perplexity", "nats"}, {"entropy", "nats"}, {"liketropy", "nats"}, "z", "p_value"}};
  const double delta = options.delta / static_cast<double>(scored.size());
  std::vector<Summary> summaries;
  std::vector<Assumptions> facts;
  for (const auto& text : scored) {
    const auto prefixes = prefix_curve(text.statistics);
    const auto& whole = prefixes.back();
    const auto verdict = identity_test(whole, delta, options.bound, text.facts);
    table.row(text.title, whole.n, whole.log_perplexity, whole.entropy, -whole.deviation(), whole.z(),
              -verdict.allowed.lower, verdict.allowed.upper, verdict.p_value, decision_names.name(verdict.decision),
              whole.mean_log_rank, score_of(Score::ratio, whole), -static_cast<double>(whole.n) * whole.log_perplexity);
    for (std::size_t n = 8;; n *= 2) {
      const auto& prefix = prefixes[std::min(n, prefixes.size()) - 1];
      curve.row(text.title, prefix.n, prefix.log_perplexity, prefix.entropy, -prefix.deviation(), prefix.z(),
                p_value(options.bound, static_cast<double>(prefix.n), prefix.deviation(), prefix.variance, text.facts));
      if (n >= prefixes.size()) break;
    }
    summaries.push_back(whole);
    facts.push_back(text.facts);
    show_text(text, delta, options.bound, run);
  }
  run.table(table);
  run.table(curve);
  if (scored.size() > 1) {
    const auto result = attribute(summaries, options.delta, options.bound, facts);
    run.table(ResultTable{"attribution", "Which of them?", {"likeliest", "centred_tests", "accepted"}}.row(
        scored[result.likeliest].title, outcome_names.name(result.outcome),
        result.outcome == Outcome::one ? scored[result.accepted].title : ""));
  }
  if (options.bound == Bound::studentised)
    run.note("the studentised interval is a large-sample approximation, not a guarantee");
}

ShownText score_table(const ScoreOptions& options) {
  const auto array = data::parse_npy(read_file(data::resolve(options.table.source)), options.table.source);
  if (array.shape.size() != 2 || array.shape[1] < 2)
    throw BadInput(options.table.source, "is no table of log-probabilities",
                   "give one row a token, one column a symbol");
  const std::size_t vocabulary = array.shape[1];
  std::vector<Token> text;
  if (const auto file = data::resolve(options.text.source); file.extension() == ".npy") {
    for (const double id : data::parse_npy(read_file(file), options.text.source).values) {
      if (id != std::floor(id) || !(std::abs(id) < 1e9))
        throw BadInput(options.text.source, "holds a number that is no token", "give whole numbers");
      text.push_back(static_cast<Token>(id));
    }
  } else {
    text = lm::ByteTokenizer().encode(data::read_text(options.text.source));
  }
  ShownText scored{"1",
                   "table",
                   {},
                   statistics_of_table(array.values, vocabulary, text),
                   assumptions(static_cast<int>(vocabulary), HUGE_VAL)};
  for (const auto token : text)
    scored.pieces.push_back(vocabulary == 256 ? piece(lm::ByteTokenizer(), token) : std::to_string(token) + " ");
  return scored;
}

/// The Binoculars score of each model as performer beside the first that splits texts alike as observer.
void show_binoculars(const std::vector<lm::OpenedModel>& models, const std::string& text, std::size_t skip, Run& run) {
  ResultTable table{"binoculars",
                    "Binoculars: minus log-perplexity over cross-entropy; machine-written texts score high",
                    {"performer", "observer", "binoculars"}};
  for (const auto& performer : models)
    for (const auto& observer : models) {
      if (&observer == &performer || observer.tokenizer->name() != performer.tokenizer->name() ||
          observer.model->vocabulary_size() != performer.model->vocabulary_size())
        continue;
      run.check_cancelled();
      const auto tokens = performer.tokenizer->encode(text);
      table.row(performer.name, observer.name,
                binoculars(cross_statistics(*performer.model, *observer.model, tokens, skip)));
      break;
    }
  if (!table.rows.empty()) run.table(table);
}

/// One token as a service returns it.
struct ServiceToken {
  double log_probability;
  EntropyBracket entropy;
};

ServiceToken read_service_token(const std::string& line, int vocabulary, const std::string& place) {
  const auto json = Json::parse(line, nullptr, false);
  const BadInput broken(place, "is no token with its logprob and top_logprobs", "give one JSON object a token");
  if (!json.is_object() || !json.contains("logprob") || !json["logprob"].is_number() || !json.contains("top_logprobs"))
    throw broken;
  std::vector<double> top;
  double sum = 0;
  for (const auto& entry : json["top_logprobs"]) {
    const auto value = entry.is_object() ? entry.value("logprob", Json()) : entry;
    if (!value.is_number()) throw broken;
    top.push_back(value.get<double>());
    sum += std::exp(top.back());
  }
  const double own = json["logprob"].get<double>();
  if (top.empty() || !(sum <= 1 + 1e-3) || !(own <= 1e-6) || !std::isfinite(own) ||
      static_cast<int>(top.size()) > vocabulary)
    throw BadInput(place, "its probabilities are none",
                   "give natural logarithms of at most --vocabulary distinct tokens");
  return {own, entropy_bracket(top, vocabulary)};
}

/// A service's answer: the log-probability of each token and of the likeliest ones. The entropy then lies in a bracket.
void score_dump(const ScoreOptions& options, Run& run) {
  double surprisal = 0, lower = 0, upper = 0;
  std::int64_t n = 0, line_number = 0;
  for (const auto& line : split(read_file(data::resolve(options.dump.source)), '\n')) {
    ++line_number;
    if (trim(line).empty()) continue;
    const auto token =
        read_service_token(line, options.vocabulary, fmt::format("{} line {}", options.dump.source, line_number));
    surprisal -= token.log_probability;
    lower += token.entropy.lower;
    upper += token.entropy.upper;
    ++n;
  }
  if (n == 0) throw BadInput(options.dump.source, "is empty", "give one JSON object a token");
  const double count = static_cast<double>(n), l = surprisal / count, from = l - upper / count, to = l - lower / count;
  const auto facts = assumptions(options.vocabulary, HUGE_VAL);
  const auto allowed = thresholds(options.bound, count, options.delta, facts.variance_bound, facts);
  // L - h lies in [from, to]: rejected if all of it is outside, consistent if all of it is inside.
  const double nearest = from > 0 ? from : to < 0 ? to : 0;
  auto decision = Decision::undecided;
  if (nearest < -allowed.lower || nearest > allowed.upper)
    decision = Decision::rejected;
  else if (to <= allowed.upper && from >= -allowed.lower && allowed.lower < lower / count)
    decision = Decision::consistent;
  run.table(ResultTable{"models",
                        fmt::format("From the {} known log-probabilities: entropies lie between those of the most "
                                    "concentrated and the most spread rest",
                                    n),
                        {"tokens",
                         {"log_perplexity", "nats"},
                         {"entropy_lower", "nats"},
                         {"entropy_upper", "nats"},
                         {"lower", "nats"},
                         {"upper", "nats"},
                         "p_value",
                         "decision"}}
                .row(n, l, lower / count, upper / count, -allowed.lower, allowed.upper,
                     p_value(options.bound, count, nearest, facts.variance_bound, facts),
                     decision_names.name(decision)));
}

void score_text(const ScoreOptions& options, Run& run) {
  lm::set_blas_threads(run.threads());
  if (!options.model.empty() + !options.table.empty() + !options.dump.empty() != 1)
    throw UsageError("--model: give models, or --table or --dump with log-probabilities");
  if (!options.dump.empty()) return score_dump(options, run);
  if (!options.table.empty()) return show_scores({score_table(options)}, options, run);
  const auto text = data::read_text(options.text.source);
  const auto skip = static_cast<std::size_t>(options.skip);
  const auto models = lm::open_models(sources_of(options.model));
  std::vector<ShownText> scored;
  for (const auto& opened : models) {
    run.check_cancelled();
    const auto tokens = opened.tokenizer->encode(text);
    scored.push_back({std::to_string(scored.size() + 1),
                      opened.name,
                      {},
                      token_statistics(*opened.model, tokens, skip),
                      assumptions_of(*opened.model)});
    for (const auto token : std::span(tokens).subspan(skip))
      scored.back().pieces.push_back(piece(*opened.tokenizer, token));
  }
  show_binoculars(models, text, skip, run);
  show_scores(scored, options, run);
}

}  // namespace

Verb score() {
  using O = ScoreOptions;
  return verb<O>("score", "Did this model, or one of these, write this text?")
      .option(&O::text, "text", "The text; with --table also its tokens as NPY", Positional{}, Required{},
              Accepts{{"txt", "gz", "npy"}}, Example{"data:example-harbour"})
      .option(&O::model, "model", "A model: n-gram file, safetensors file or folder; repeat it for several",
              Accepts{{"ngram", "safetensors"}}, Example{"a.ngram"})
      .option(&O::table, "table", "Instead of a model: its log-probabilities, one row a token, one column a symbol",
              Accepts{{"npy"}}, Example{"data:example-symbol-log-probabilities"})
      .option(&O::dump, "dump", "Instead of a model: what a service returned, JSON lines with logprob and top_logprobs",
              Accepts{{"jsonl"}}, Example{"data:example-service-tokens"})
      .option(&O::vocabulary, "vocabulary", "Of the model behind --dump", between(2, 1e9))
      .with(test_options())
      .example("score data:example-harbour --model a.ngram --model b.ngram")
      .example("score data:example-symbols --table data:example-symbol-log-probabilities --skip 0")
      .example("score data:example-symbols --dump data:example-service-tokens --vocabulary 1000")
      .runs(score_text);
}

}  // namespace offprint::llm_provenance::verbs
