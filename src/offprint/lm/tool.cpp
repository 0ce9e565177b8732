#include "offprint/paper/paper.hpp"

namespace offprint::lm {

namespace verbs {
Verb train();
Verb generate();
Verb perplexity();
}  // namespace verbs

const Paper& tool() {
  static const Paper noun{
      .slug = "lm",
      .verbs = {verbs::train(), verbs::generate(), verbs::perplexity()},
      .title = "Language models",
      .summary =
          "Train a small transformer on a text, sample from it or from a GPT-2 or Llama checkpoint, and measure "
          "perplexity."};
  return noun;
}

}  // namespace offprint::lm
