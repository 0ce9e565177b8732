#include "offprint/papers/llm_provenance/verbs/train.hpp"

namespace offprint::llm_provenance::verbs {

Verb train() {
  using O = TrainOptions;
  return verb<O>("train", "Train a byte model on a text")
      .option(&O::corpus, "corpus", "The text, plain or gzip", Positional{}, Required{}, Accepts{{"txt", "gz"}},
              Example{"data:fortunes"})
      .option(&O::order, "order", "Longest n-gram: contexts have one byte less", between(1, 8))
      .option(&O::gpt, "gpt", "Instead of an n-gram a transformer, LAYERSxWIDTH")
      .option(&O::steps, "steps", "Of the transformer's training", between(1, 1e8))
      .option(&O::resume, "resume", "Go on from the transformer's last checkpoint, if there is one")
      .option(&O::begin, "begin", "First byte of the text to learn from", at_least(0))
      .option(&O::end, "end", "Byte to stop before; 0: all", at_least(0))
      .output(&O::output, "model.ngram", "Where to write the model")
      .example("train data:fortunes --order 5 --end 1000000 -o a.ngram")
      .example("train data:jargon --order 5 --end 1000000 -o b.ngram")
      .example("train data:fortunes --gpt 1x32 --steps 30 -o a.safetensors")
      .on_torch();
}

}  // namespace offprint::llm_provenance::verbs
