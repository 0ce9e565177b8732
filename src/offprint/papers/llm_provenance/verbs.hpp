// The verbs' options and bodies.
#pragma once
#include "offprint/lm/open.hpp"
#include "offprint/paper/verb.hpp"
#include "offprint/papers/llm_provenance/scores.hpp"

namespace offprint::llm_provenance {

struct TrainOptions {
  InputFile corpus;
  int order = 5;
  std::string gpt;  ///< "4x128": layers and width of a byte GPT instead of an n-gram
  int steps = 400;
  bool resume = false;
  std::int64_t begin = 0, end = 0;
  OutputFile output;
};

/// How texts are cut and tested, wherever that is asked.
struct TestOptions {
  int skip = 1;
  double delta = 0.05;
  Bound bound = Bound::subgamma;
};

struct ScoreOptions : TestOptions {
  InputFile text;
  std::vector<InputFile> model;
  InputFile table, dump;
  int vocabulary = 50257;
};

struct AttributeOptions : TestOptions {
  InputFile texts;
  std::vector<InputFile> models;
  std::string column = "text", label = "label";
  int tokens = 300;
  OutputFile output;
};

struct DetectOptions {
  InputFile texts, human, model;
  std::string column = "text", domain = "domain", label;
  Score score = Score::liketropy;
  double fpr = 0.05;
  int skip = 1, tokens = 512;
  bool clean = false;
  OutputFile output;
};

struct PlanOptions {
  InputFile model, against, prompts;
  double delta = 0.01;
  int texts = 400, tokens = 512;
};

struct GenerateOptions {
  InputFile model, prompts;
  std::string prompt;
  int texts = 100, tokens = 300, prompt_tokens = 30, top_k = 0;
  double temperature = 1, top_p = 1;
  OutputFile output;
};

/// Trains a byte GPT (GPT-2 blocks, heads of 32, context 256, batch 8) and writes it; needs libtorch.
[[gnu::weak]] void train_byte_gpt(std::string_view text, int layers, int width, int steps, bool resume,
                                  const std::string& output, Run& run);
/// The numbers of "4x128". Throws UsageError naming --gpt.
std::pair<int, int> layers_and_width(const std::string& gpt);

void train_verb(const TrainOptions& options, Run& run);
void score_verb(const ScoreOptions& options, Run& run);
void attribute_verb(const AttributeOptions& options, Run& run);
void detect_verb(const DetectOptions& options, Run& run);
void plan_verb(const PlanOptions& options, Run& run);
void generate_verb(const GenerateOptions& options, Run& run);
void reproduce(const ReproduceOptions& options, Run& run);

/// The text coloured by surprisal minus entropy, token by token, and the running mean of L - h inside the funnel of what the model itself may do.
void show_text(const std::vector<std::string>& pieces, const TokenStatistics& statistics, double delta, Bound bound,
               const Assumptions& model, const std::string& id, const std::string& title, Run& run);

/// Prompts of so many tokens at random places of a text.
std::vector<std::vector<Token>> draw_prompts(std::span<const Token> text, std::size_t count, std::size_t tokens,
                                             Random random);

}  // namespace offprint::llm_provenance
