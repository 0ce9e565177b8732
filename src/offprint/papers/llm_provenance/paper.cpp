#include "offprint/paper/paper.hpp"

#include "offprint/papers/llm_provenance/verbs.hpp"

namespace offprint::llm_provenance {
namespace {

template <class VerbOptions>
void add_test_options(VerbBuilder<VerbOptions>& builder) {
  builder
      .option(&VerbOptions::skip, "skip", "Tokens at the beginning that are context only, such as a prompt",
              between(0, 1e9))
      .option(&VerbOptions::delta, "delta", "Probability of a wrong rejection, over all models together",
              between(1e-300, 0.5))
      .option(&VerbOptions::bound, "bound", "Which bound makes the test; the studentised one is an approximation",
              Choices<Bound>{{{"subgamma", Bound::subgamma},
                              {"freedman", Bound::freedman},
                              {"azuma", Bound::azuma},
                              {"studentised", Bound::studentised}}});
}

Verb score() {
  auto builder = verb<ScoreOptions>("score", "Did this model, or one of these, write this text?");
  builder
      .option(&ScoreOptions::text, "text", "The text; with --table also its tokens as NPY", Positional{}, Required{},
              Accepts{{"txt", "gz", "npy"}})
      .option(&ScoreOptions::model, "model", "A model: n-gram file, safetensors file or folder; repeat it for several",
              Accepts{{"ngram", "safetensors"}})
      .option(&ScoreOptions::table, "table",
              "Instead of a model: its log-probabilities, one row a token, one column a symbol", Accepts{{"npy"}})
      .option(&ScoreOptions::dump, "dump",
              "Instead of a model: what a service returned, JSON lines with logprob and top_logprobs",
              Accepts{{"jsonl"}})
      .option(&ScoreOptions::vocabulary, "vocabulary", "Of the model behind --dump", between(2, 1e9));
  add_test_options(builder);
  return builder.example("score essay.txt --model a.ngram --model b.ngram").runs(score_verb);
}

Verb attribute_texts() {
  auto builder = verb<AttributeOptions>("attribute", "Which of several models wrote each text of a table?");
  builder
      .option(&AttributeOptions::texts, "texts", "Table with one text a row", Positional{}, Required{},
              Accepts{{"jsonl", "csv", "tsv"}})
      .option(&AttributeOptions::models, "models", "The models", Required{}, Accepts{{"ngram", "safetensors"}})
      .option(&AttributeOptions::column, "column", "Column of the texts")
      .option(&AttributeOptions::label, "label", "Column that says who wrote them, if there is one")
      .option(&AttributeOptions::tokens, "tokens", "Score at most so many tokens; 0: all", between(0, 1e9));
  add_test_options(builder);
  return builder.output(&AttributeOptions::output, "attribution.csv", "Where to write one row a text")
      .example("attribute texts.jsonl --models a.ngram b.ngram -o out.csv")
      .runs(attribute_verb);
}

Choices<Score> scores() {
  Choices<Score> choices;
  for (const auto score : all_scores) choices.values.emplace_back(std::string(score_name(score)), score);
  return choices;
}

Verb detect() {
  return verb<DetectOptions>(
             "detect", "Flag machine-written texts at a stated rate of false alarms, from human texts of the same kind")
      .option(&DetectOptions::texts, "texts", "Table with one text a row, such as RAID's", Positional{}, Required{},
              Accepts{{"csv", "tsv", "jsonl"}})
      .option(&DetectOptions::human, "human", "Table of human texts, which sets the thresholds", Required{},
              Accepts{{"csv", "tsv", "jsonl"}})
      .option(&DetectOptions::model, "model", "The model, or a proxy of the unknown one", Required{},
              Accepts{{"ngram", "safetensors"}})
      .option(&DetectOptions::column, "column", "Column of the texts, in both tables")
      .option(&DetectOptions::domain, "domain", "Column of domains, each with its own threshold, where there is one")
      .option(&DetectOptions::label, "label",
              "Column whose values are reported apart, such as the writer or the attack")
      .option(&DetectOptions::score, "score", "What to rank by; absolute_liketropy is the black-box form", scores())
      .option(&DetectOptions::fpr, "fpr", "Share of human texts that may be flagged", between(0, 1))
      .option(&DetectOptions::skip, "skip", "Tokens at the beginning that are context only", between(0, 1e9))
      .option(&DetectOptions::tokens, "tokens", "Score at most so many tokens; 0: all", between(0, 1e9))
      .option(&DetectOptions::clean, "clean", "Undo look-alike letters and invisible characters first")
      .option(&DetectOptions::output, "output", "Where to write one row a text", SuggestedName{"flagged.csv", false})
      .example("detect texts.csv --column generation --model a.ngram --fpr 0.05 --human human.csv")
      .runs(detect_verb);
}

Claim p1() {
  return {
      "P1",
      "On a model's own text the log-perplexity converges to the average entropy, and larger deviations are exponentially unlikely in the length.",
      "Theorem on the convergence of the log-perplexity",
      "Texts of a random Markov source of order 2 on 16 symbols, lengths 25 to 400, deviations of 0.2 and 0.3 nats, each side apart.",
      {{"bound_violations", "cells whose frequency exceeds the sub-gamma bound", "0", at_most(0), at_most(0), ""},
       {"log_linearity", "least R^2 of log frequency on length, deviation 0.2, cells with 20 events or more", "",
        at_least(0.99), at_least(0.9), ""},
       {"slope_upper", "slope of log frequency on length, upper side, deviation 0.2", "", at_most(-1e-3), at_most(0),
        "1/token"}},
      ""};
}

Claim p2() {
  return {"P2",
          "On another model's text it converges to the average cross-entropy instead.",
          "Theorem on the convergence of the log-perplexity",
          "Two byte models of two halves of a dictionary; texts of 256 bytes by one, scored by the other.",
          {{"cross_standard_errors", "mean of L - cross-entropy, in standard errors", "0", between(-3, 3),
            between(-5, 5), ""},
           {"own_standard_errors", "mean of L - h, in standard errors", "", at_least(10), at_least(3), ""}},
          ""};
}

Claim p3() {
  return {
      "P3",
      "Both errors of attribution between two models fall exponentially in the length of the text.",
      "Theorems on type I and type II errors; Section on experiments",
      "The models of P2, texts of both at prefixes of 8 to 256 bytes; and pairs of Markov sources, whose Bhattacharyya bound is exact.",
      {{"log_linearity", "R^2 of log mean error on length, errors from 0.005 to 0.4", "", at_least(0.97), at_least(0.9),
        ""},
       {"type_one_256", "texts of the first model given to the second, 256 bytes", "", at_most(0.005), at_most(0.02),
        ""},
       {"type_two_256", "texts of the second model given to the first, 256 bytes", "", at_most(0.005), at_most(0.02),
        ""},
       {"bound_violations",
        "lengths at which two Markov sources' errors exceed their Bhattacharyya bound by 3 standard errors", "0",
        at_most(0), at_most(0), ""}},
      ""};
}

Claim p4() {
  return {
      "P4",
      "Attribution among four models works at 300 tokens: type I errors of at most 0.0233, mean type II errors of 0.034 and 0.036 on two data sets.",
      "Reference code, outputs of the attribution notebook",
      "Four byte models of different order and corpus, texts of 300 bytes by each.",
      {{"worst_type_one", "greatest type I error of a model", "0.0233", at_most(0.03), at_most(0.1), ""},
       {"mean_type_two", "mean type II error", "0.034 to 0.036", at_most(0.05), at_most(0.15), ""}},
      ""};
}

Claim p5() {
  return {
      "P5",
      "Likelihood plus entropy tells a model's own nucleus-sampled text from human text: ROC area 0.965 to 1.000, above likelihood and far above entropy.",
      "Reference code, outputs of the detection notebook",
      "Three byte models on each of two corpora; human text is a part of the corpus that no model saw; texts of 256 bytes, nucleus 0.96.",
      {{"liketropy_over_likelihood", "mean area of liketropy minus that of likelihood", "0.099", at_least(0),
        at_least(-0.02), ""},
       {"likelihood_over_entropy", "mean area of likelihood minus that of entropy", "0.482", at_least(0),
        at_least(-0.02), ""},
       {"mean_liketropy", "mean area of liketropy over the cells", "0.994", at_least(0.95), at_least(0.8), ""},
       {"worst_liketropy", "least area of liketropy over the cells", "0.965", at_least(0.95), at_least(0.8), ""},
       {"rise", "least gain of liketropy's mean area from 32 to 64, 64 to 128, 128 to 256 bytes", "", at_least(0),
        at_least(-0.02), ""}},
      ""};
}

Claim p6() {
  return {
      "P6",
      "Through a proxy model, 82.5 % of machine-written texts of the RAID benchmark are found at 5 % false alarms, and at least 48.6 % under attacks.",
      "Abstract of version 4",
      "Not measured: see the table of the proxy experiment; the verb detect reads RAID's files.",
      {},
      "RAID's texts come from models and a benchmark that cannot be had offline; the room shows how much detection drops when a proxy model scores instead "
      "of the writer."};
}

Claim p7() {
  return {"P7",
          "The statistic is centred at zero for plain sampling only; truncated sampling moves it up (our addition).",
          "our addition",
          "The same prompts continued by 64 bytes with plain, nucleus 0.96 and top-5 sampling.",
          {{"ancestral", "mean of h - L, plain sampling, in standard errors", "0", between(-3, 3), between(-5, 5), ""},
           {"top_p", "mean of h - L, nucleus 0.96, in standard errors", "", at_least(5), at_least(2), ""},
           {"top_k", "mean of h - L, top 5, in standard errors", "", at_least(5), at_least(2), ""}},
          ""};
}

Claim p8() {
  return {"P8",
          "The guaranteed tests hold their level (our addition).",
          "our addition",
          "Texts of 256 bytes sampled from a byte model, delta = 0.05.",
          {{"azuma", "share rejected by Azuma's bound", "", at_most(0.05), at_most(0.07), ""},
           {"freedman", "share rejected by Freedman's bound", "", at_most(0.05), at_most(0.07), ""},
           {"subgamma", "share rejected by the sub-gamma bound", "", at_most(0.05), at_most(0.07), ""},
           {"studentised", "share rejected by the studentised interval (an approximation)", "", near(0.05, 0.015),
            near(0.05, 0.03), ""}},
          ""};
}

}  // namespace

const Paper& paper() {
  static const Paper description{
      .slug = "llm_provenance",
      .title =
          "Zero-Shot Statistical Tests for LLM-Generated Text Detection using Finite Sample Concentration Inequalities",
      .authors = {"Tara Radvand", "Mojtaba Abdolmaleki", "Mohamed Mostagir", "Ambuj Tewari"},
      .venue = "arXiv preprint",
      .year = 2025,
      .arxiv = "2501.02406",
      .published = "2025-01-04",
      .wing = "language-model safety",
      .summary =
          "Did this model write this text? For a text and a model take the log-perplexity $L$ and the average entropy $h$ that the model expected along the "
          "text. "
          "If the model sampled the text, $L - h$ is a mean of martingale differences: it is exponentially unlikely to be far from zero, so that a test with a "
          "stated error needs no training. If another model wrote it, $L$ goes to the cross-entropy instead, and the errors of telling two models apart fall "
          "exponentially in the length. Use it on any text with an n-gram model trained here, a GPT-2 or Llama checkpoint, or the log-probabilities that a "
          "service returned.",
      .links = {{"arXiv", "https://arxiv.org/abs/2501.02406"},
                {"Reference code", "https://github.com/TaraRadvand74/llm-text-detection"}},
      .bibtex =
          "@misc{radvand2025zeroshot,\n  title = {Zero-Shot Statistical Tests for {LLM}-Generated Text Detection using Finite Sample Concentration "
          "Inequalities},\n"
          "  author = {Radvand, Tara and Abdolmaleki, Mojtaba and Mostagir, Mohamed and Tewari, Ambuj},\n  year = {2025},\n  eprint = {2501.02406},\n"
          "  archivePrefix = {arXiv}\n}",
      .claims = {p1(), p2(), p3(), p4(), p5(), p6(), p7(), p8()},
      .verbs = {
          verb<TrainOptions>("train", "Train a byte model on a text")
              .option(&TrainOptions::corpus, "corpus", "The text, plain or gzip", Positional{}, Required{},
                      Accepts{{"txt", "gz"}})
              .option(&TrainOptions::order, "order", "Longest n-gram: contexts have one byte less", between(1, 8))
              .option(&TrainOptions::gpt, "gpt", "Instead of an n-gram a transformer, LAYERSxWIDTH")
              .option(&TrainOptions::steps, "steps", "Of the transformer's training", between(1, 1e8))
              .option(&TrainOptions::resume, "resume", "Go on from the transformer's last checkpoint, if there is one")
              .option(&TrainOptions::begin, "begin", "First byte of the text to learn from", at_least(0))
              .option(&TrainOptions::end, "end", "Byte to stop before; 0: all", at_least(0))
              .output(&TrainOptions::output, "model.ngram", "Where to write the model")
              .example("train corpus.txt --order 5 -o a.ngram")
              .example("train data:foldoc --order 5 --end 1500000 -o foldoc.ngram")
              .example("train corpus.txt --gpt 4x128 --steps 400 -o a.safetensors")
              .torch_when([](const TrainOptions& options) { return !options.gpt.empty(); })
              .runs(train_verb),
          score(), attribute_texts(), detect(),
          verb<PlanOptions>("plan", "How long must a text be to tell two models apart?")
              .option(&PlanOptions::model, "model", "The model in question", Required{},
                      Accepts{{"ngram", "safetensors"}})
              .option(&PlanOptions::against, "against", "The other writer", Required{},
                      Accepts{{"ngram", "safetensors"}})
              .option(&PlanOptions::delta, "delta", "Errors to reach", between(1e-6, 0.4))
              .option(&PlanOptions::texts, "texts", "Texts of each to sample", between(10, 1e6))
              .option(&PlanOptions::tokens, "tokens", "Their length", between(8, 1e6))
              .option(&PlanOptions::prompts, "prompts",
                      "A text whose pieces of 16 tokens the samples continue; needed by transformers",
                      Accepts{{"txt", "gz"}})
              .example("plan --model a.ngram --against b.ngram --delta 0.01")
              .runs(plan_verb),
          verb<GenerateOptions>("generate", "Sample texts from a model")
              .option(&GenerateOptions::model, "model", "The model", Positional{}, Required{},
                      Accepts{{"ngram", "safetensors"}})
              .option(&GenerateOptions::prompt, "prompt", "What every text begins with")
              .option(&GenerateOptions::prompts, "prompts", "A text whose pieces the samples continue",
                      Accepts{{"txt", "gz"}})
              .option(&GenerateOptions::prompt_tokens, "prompt-tokens", "Length of those pieces", between(1, 1e6))
              .option(&GenerateOptions::texts, "texts", "How many", between(1, 1e7))
              .option(&GenerateOptions::tokens, "tokens", "Tokens to sample for each", between(1, 1e7))
              .option(&GenerateOptions::temperature, "temperature", "Divides the logits; 0 takes the likeliest token",
                      between(0, 100))
              .option(&GenerateOptions::top_k, "top-k", "Only the k likeliest tokens; 0: all", between(0, 1e9))
              .option(&GenerateOptions::top_p, "top-p", "Only the likeliest tokens of this total probability",
                      between(1e-9, 1))
              .output(&GenerateOptions::output, "texts.jsonl", "Where to write them")
              .example("generate a.ngram --prompts corpus.txt --texts 200 --tokens 256 --top-p 0.96 -o texts.jsonl")
              .runs(generate_verb),
          reproduce_verb()
              .example("reproduce --claims P3,P5")
              .torch_when([](const ReproduceOptions& options) { return options.budget == Budget::full; })
              .runs(reproduce)}};
  return description;
}

}  // namespace offprint::llm_provenance
