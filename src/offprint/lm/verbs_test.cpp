#include <gmock/gmock.h>

#include "offprint/lm/ngram.hpp"
#include "offprint/paper/verb_test.hpp"

namespace offprint::lm {

const Paper& tool();

namespace {

using testing::HasSubstr;

class Verbs : public VerbTest {
 protected:
  Verbs() : VerbTest(tool()) {
    std::string text;
    for (int i = 0; i < 300; ++i) text += std::to_string(i) + " the quick brown fox jumps over the lazy dog\n";
    write("corpus.txt", text);
    write("essay.txt", text.substr(0, 1500));
  }
  static constexpr const char* small =
      "--layers 1 --width 16 --heads 2 --context 16 --batch 4 --warm-up 5 --learning-rate 0.01 -o gpt.safetensors";
  std::string train(const std::string& more) const { return "train corpus.txt " + std::string(small) + " " + more; }
};

TEST_F(Verbs, TrainWritesAModelThatTheOthersRead) {
  const auto trained = call(train("--steps 60"));
  const double loss = trained["tables"]["training"][0]["validation_loss"].get<double>();
  EXPECT_LT(loss, std::log(256.0) / 1.5);
  EXPECT_EQ(trained["tables"]["training"][0]["tokens_a_step"], 64);
  EXPECT_EQ(trained["figures"].size(), 1u);
  EXPECT_FALSE(exists("gpt.safetensors.checkpoint"));
  const auto measured = call("perplexity gpt.safetensors essay.txt")["tables"]["perplexity"][0];
  EXPECT_EQ(measured["tokens"], 1499);
  EXPECT_NEAR(measured["nats_per_token"].get<double>(), loss, 0.4);
  EXPECT_NEAR(measured["bits_per_byte"].get<double>(), measured["nats_per_token"].get<double>() / M_LN2, 1e-9);
  EXPECT_NEAR(measured["perplexity"].get<double>(), std::exp(measured["nats_per_token"].get<double>()), 1e-9);
  const auto sample = [&](const std::string& more) {
    return call("generate gpt.safetensors --prompt \"The \" --tokens 20 --seed 1 " +
                more)["tables"]["sample"][0]["text"]
        .get<std::string>();
  };
  EXPECT_THAT(sample(""), testing::StartsWith("The "));
  EXPECT_EQ(sample(""), sample(""));
  EXPECT_EQ(sample("--temperature 0"), sample("--top-k 1"));
  const auto bytes = read("gpt.safetensors");
  call(train("--steps 60"));
  EXPECT_EQ(read("gpt.safetensors"), bytes);
}

TEST_F(Verbs, LayoutsTrainAndAreOpened) {
  for (const std::string layout : {"--layout llama --key-value-heads 1", "--no-norm --activation relu"}) {
    call(train("--steps 3 " + layout));
    EXPECT_EQ(call("perplexity gpt.safetensors essay.txt")["tables"]["perplexity"].size(), 1u) << layout;
  }
}

TEST_F(Verbs, NgramsNeedNoPrompt) {
  Ngram::train(read("corpus.txt"), 4).save("a.ngram");
  EXPECT_GT(call("generate a.ngram --tokens 30")["tables"]["sample"][0]["text"].get<std::string>().size(), 20u);
  EXPECT_EQ(call("perplexity a.ngram essay.txt --skip 0")["tables"]["perplexity"][0]["tokens"], 1500);
}

TEST_F(Verbs, ConfigurationsThatDoNotFitAreRefused) {
  EXPECT_THAT(refusal("train corpus.txt --heads 3 -o m.safetensors"), HasSubstr("--heads: must divide --width"));
  EXPECT_THAT(refusal(train("--key-value-heads 1")), HasSubstr("--key-value-heads: GPT-2's blocks have none"));
  EXPECT_THAT(refusal(train("--layout llama --key-value-heads 3")), HasSubstr("--key-value-heads: must divide"));
  EXPECT_THAT(refusal("train corpus.txt --width 16 --heads 16 --layout llama -o m.safetensors"),
              HasSubstr("even width a head"));
  EXPECT_THAT(refusal(train("--steps 0")), HasSubstr("--steps"));
  EXPECT_THAT(refusal(train("--learning-rate nan")), HasSubstr("--learning-rate"));
}

TEST_F(Verbs, BadTextsAreRefused) {
  write("empty.txt", "");
  write("hi.txt", "hi");
  EXPECT_THAT(refusal("train hi.txt --layers 1 --width 16 --heads 2 --context 16 -o m.safetensors"),
              HasSubstr("tokens"));
  EXPECT_THAT(refusal("train empty.txt -o m.safetensors"), HasSubstr("empty"));
  EXPECT_THAT(refusal("train nothing.txt -o m.safetensors"), HasSubstr("nothing.txt: no such file"));
  Ngram::train(read("corpus.txt"), 3).save("a.ngram");
  EXPECT_THAT(refusal("perplexity a.ngram hi.txt --skip 2"), HasSubstr("hi.txt: has no token left"));
  EXPECT_THAT(refusal("perplexity a.ngram empty.txt"), HasSubstr("empty.txt"));
}

TEST_F(Verbs, BadModelsAreRefused) {
  call(train("--steps 2"));
  write("half.safetensors", read("gpt.safetensors").substr(0, 2000));
  EXPECT_THAT(refusal("generate half.safetensors --prompt x"), HasSubstr("half.safetensors"));
  write("huge.safetensors", std::string("\0\x10\xa5\xd4\xe8\0\0\0{}", 10));
  EXPECT_THAT(refusal("generate huge.safetensors --prompt x"), HasSubstr("huge.safetensors"));
  Ngram::train(read("corpus.txt"), 3).save("a.ngram");
  write("half.ngram", read("a.ngram").substr(0, 200));
  EXPECT_THAT(refusal("generate half.ngram"), HasSubstr("half.ngram"));
  EXPECT_THAT(refusal("generate essay.txt"), HasSubstr("essay.txt: is no language model"));
  EXPECT_THAT(refusal("generate gpt.safetensors"), HasSubstr("--prompt: this model needs one"));
  EXPECT_THAT(refusal("perplexity gpt.safetensors essay.txt --skip 0"), HasSubstr("--skip: this model has no"));
}

}  // namespace
}  // namespace offprint::lm
