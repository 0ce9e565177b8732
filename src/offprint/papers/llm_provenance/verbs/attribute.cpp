#include <map>

#include "offprint/lm/transformer.hpp"
#include "offprint/paper/repeat.hpp"
#include "offprint/papers/llm_provenance/verbs/texts.hpp"

namespace offprint::llm_provenance::verbs {
namespace {

struct AttributeOptions : TestOptions {
  InputFile texts;
  std::vector<InputFile> models;
  std::string column = "text", label = "label";
  int tokens = 300;
  OutputFile output;
};

struct Attributed {
  std::vector<Summary> summaries;  ///< one a model
  Attribution result;
};

void write(const std::string& path, const std::vector<std::string>& labels, const std::vector<lm::OpenedModel>& models,
           const std::vector<Attributed>& texts) {
  std::vector<std::int64_t> rows, tokens;
  std::vector<std::string> likeliest, outcomes, accepted;
  std::vector<std::vector<double>> log_perplexities(models.size()), liketropies(models.size());
  for (const auto& [summaries, result] : texts) {
    rows.push_back(static_cast<std::int64_t>(rows.size() + 1));
    tokens.push_back(static_cast<std::int64_t>(summaries[0].n));
    likeliest.push_back(models[result.likeliest].name);
    outcomes.push_back(outcome_names.name(result.outcome));
    accepted.push_back(result.outcome == Outcome::one ? models[result.accepted].name : "");
    for (std::size_t m = 0; m < models.size(); ++m) {
      log_perplexities[m].push_back(summaries[m].log_perplexity);
      liketropies[m].push_back(-summaries[m].deviation());
    }
  }
  data::Table table;
  table.add("row", rows).add("label", labels).add("likeliest", likeliest).add("centred_tests", outcomes);
  table.add("accepted", accepted).add("tokens", tokens);
  for (std::size_t m = 0; m < models.size(); ++m)
    table.add("log_perplexity " + models[m].name, log_perplexities[m])
        .add("liketropy " + models[m].name, liketropies[m]);
  data::write_csv(path, table);
}

void show_confusion(const std::vector<std::string>& labels, const std::vector<lm::OpenedModel>& models,
                    const std::vector<Attributed>& texts, Run& run) {
  const auto count = models.size();
  std::map<std::string, std::vector<std::int64_t>> confusion;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto& counts = confusion[labels[i]];
    counts.resize(count + 2);
    ++counts[texts[i].result.likeliest];
    counts[count] += texts[i].result.outcome == Outcome::none;
    counts[count + 1] += texts[i].result.outcome == Outcome::ambiguous;
  }
  ResultTable table{"attribution",
                    "Texts by the likeliest model; then how many no model, and how many several models, accept",
                    {"label"}};
  for (const auto& model : models) table.columns.emplace_back(model.name);
  table.columns.emplace_back("none_accepts");
  table.columns.emplace_back("several_or_undecided");
  for (const auto& [label, counts] : confusion) {
    table.row(label.empty() ? "all" : label);
    table.rows.back().insert(table.rows.back().end(), counts.begin(), counts.end());
  }
  run.table(table);
}

void attribute_texts(const AttributeOptions& options, Run& run) {
  lm::set_blas_threads(1);  // the texts are shared out among the threads
  const auto table = data::read_table(options.texts.source);
  const auto texts = table.text(options.column);
  const auto models = lm::open_models(sources_of(options.models));
  std::vector<Assumptions> facts;
  for (const auto& opened : models) {
    facts.push_back(assumptions_of(*opened.model));
    if (options.tokens > 0 && opened.tokenizer->name() != models[0].tokenizer->name())
      throw BadInput(opened.name, "splits texts otherwise than " + models[0].name,
                     "compare whole texts with --tokens 0");
  }
  const auto results = repeat(run, texts.size(), "texts", [&](std::size_t i) {
    Attributed text;
    for (const auto& model : models)
      text.summaries.push_back(
          summary_of(model, texts[i], options.skip, options.tokens, table.place(i, options.column)));
    text.result = llm_provenance::attribute(text.summaries, options.delta, options.bound, facts);
    return text;
  });
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < texts.size(); ++i) labels.push_back(optional_text(table, options.label, i));
  write(options.output.path, labels, models, results);
  show_confusion(labels, models, results, run);
  run.file(options.output.path, "One row a text");
}

}  // namespace

Verb attribute() {
  using O = AttributeOptions;
  return verb<O>("attribute", "Which of several models wrote each text of a table?")
      .option(&O::texts, "texts", "Table with one text a row", Positional{}, Required{},
              Accepts{{"jsonl", "csv", "tsv"}}, Example{"texts.jsonl"})
      .option(&O::models, "models", "The models", Required{}, Accepts{{"ngram", "safetensors"}}, Example{"a.ngram"})
      .option(&O::column, "column", "Column of the texts")
      .option(&O::label, "label", "Column that says who wrote them, if there is one")
      .option(&O::tokens, "tokens", "Score at most so many tokens; 0: all", between(0, 1e9))
      .with(test_options())
      .output(&O::output, "attribution.csv", "Where to write one row a text")
      .example("attribute texts.jsonl --models a.ngram b.ngram --skip 30 -o attribution.csv")
      .runs(attribute_texts);
}

}  // namespace offprint::llm_provenance::verbs
