#include "offprint/papers/llm_provenance/verbs.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "offprint/base/file.hpp"
#include "offprint/data/npy.hpp"
#include "offprint/data/table.hpp"
#include "offprint/paper/sinks.hpp"
#include "offprint/papers/llm_provenance/clean_text.hpp"

namespace offprint::llm_provenance {

const Paper& paper();

namespace {

namespace fs = std::filesystem;

/// A folder of its own for each test with two models and texts, and verbs run as the command line runs them.
class Verbs : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("offprint-provenance-" + std::to_string(::getpid()) + "-" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    Random random(1);
    std::string prose, code;
    for (int i = 0; i < 4000; ++i) {
      prose += std::vector<std::string>{"the ", "cat ", "sat ", "on ", "a ", "mat. "}[random.below(6)];
      code += std::vector<std::string>{"if (x) ", "y += 1; ", "for ", "{ ", "} ", "return z; "}[random.below(6)];
    }
    write_file(path("prose.txt"), prose);
    write_file(path("code.txt"), code);
    call("train", {path("prose.txt"), "--order", "5", "-o", path("a.ngram")});
    call("train", {path("code.txt"), "--order", "4", "-o", path("b.ngram")});
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  Json call(const std::string& verb_name, std::vector<std::string> arguments) {
    const auto invocation = parse_command_line(paper(), *paper().find_verb(verb_name), arguments);
    JsonSink sink(invocation);
    offprint::Run run(invocation.settings, paper().claims, sink);
    invocation.verb->body(invocation.options.get(), run);
    return sink.result();
  }
  /// Files of one name in two folders, as two runs of the page leave them.
  std::vector<std::string> namesakes() {
    for (const char* folder : {"one", "two"}) fs::create_directories(folder_ / folder);
    fs::copy_file(path("a.ngram"), path("one/model.ngram"));
    fs::copy_file(path("b.ngram"), path("two/model.ngram"));
    return {path("one/model.ngram"), path("two/model.ngram")};
  }
  void refused(const std::string& verb_name, std::vector<std::string> arguments, const std::string& words,
               int status = 3) {
    try {
      call(verb_name, arguments);
      ADD_FAILURE() << verb_name << " was not refused: " << words;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
      EXPECT_EQ(error.exit_code(), status) << error.what();
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
    EXPECT_FALSE(fs::exists(path("refused"))) << words;
  }

  fs::path folder_;
};

TEST_F(Verbs, GeneratedTextsAreAttributedToTheirWriters) {
  call("generate",
       {path("a.ngram"), "--prompts", path("prose.txt"), "--texts", "20", "--tokens", "600", "-o", path("a.jsonl")});
  call("generate", {path("b.ngram"), "--prompt", "if ", "--texts", "20", "--tokens", "600", "-o", path("b.jsonl")});
  EXPECT_EQ(read_file(path("a.jsonl")), [&] {
    call("generate", {path("a.ngram"), "--prompts", path("prose.txt"), "--texts", "20", "--tokens", "600", "-o",
                      path("again.jsonl")});
    return read_file(path("again.jsonl"));
  }());
  write_file(path("texts.jsonl"), read_file(path("a.jsonl")) + read_file(path("b.jsonl")));
  // Space-separated, comma-separated and repeated lists are one.
  const auto result = call("attribute", {path("texts.jsonl"), "--models", path("a.ngram"), path("b.ngram"), "--skip",
                                         "3", "--tokens", "0", "-o", path("out.csv")});
  const auto table = data::read_table(path("out.csv"));
  ASSERT_EQ(table.rows(), 40u);
  EXPECT_EQ(table.text("likeliest"), table.text("label"));
  // The centred tests never accept the wrong model alone; texts of the terse model may be too short for them.
  const auto& accepted = table.column("accepted");
  std::size_t decided = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    if (accepted.missing[i]) continue;
    EXPECT_EQ(accepted.texts[i], table.text("label")[i]);
    ++decided;
  }
  EXPECT_GE(decided, 20u);
  EXPECT_EQ(result["tables"]["attribution"][0]["a.ngram"], 20);
  EXPECT_EQ(result["tables"]["attribution"][1]["b.ngram"], 20);
  const auto models = namesakes();
  const auto apart = call(
      "attribute", {path("texts.jsonl"), "--models", models[0], models[1], "--tokens", "0", "-o", path("apart.csv")});
  EXPECT_EQ(apart["tables"]["attribution"][0]["one/model.ngram"], 20)
      << "files of one name are told apart by their folders";
  EXPECT_EQ(apart["tables"]["attribution"][1]["two/model.ngram"], 20);

  const auto detected = call("detect", {path("a.jsonl"), "--human", path("b.jsonl"), "--model", path("a.ngram"),
                                        "--label", "label", "-o", path("flags.csv")});
  EXPECT_EQ(detected["tables"]["flagged"][0]["share"], 1.0);
  EXPECT_EQ(data::read_table(path("flags.csv")).rows(), 20u);
}

TEST_F(Verbs, DetectKeepsDomainsApart) {
  write_file(path("texts.csv"),
             "generation,domain,model\nthe cat sat on a mat. the cat,x,m\nreturn z; y += 1; return z;,y,m\n");
  write_file(path("human.csv"), "generation,domain\nzebra quagga okapi,x\nqqqq wwww eeee,y\nvvvv kkkk,y\n");
  const auto result = call("detect", {path("texts.csv"), "--human", path("human.csv"), "--model", path("a.ngram"),
                                      "--column", "generation", "--clean", "--score", "likelihood"});
  EXPECT_EQ(result["tables"]["thresholds"].size(), 2u);
  EXPECT_EQ(result["tables"]["thresholds"][1]["human_texts"], 2);
}

TEST_F(Verbs, ScoreTellsWhoWroteIt) {
  write_file(path("essay.txt"), read_file(path("prose.txt")).substr(100, 3000));
  const auto result = call("score", {path("essay.txt"), "--model", path("a.ngram"), "--model", path("b.ngram")});
  EXPECT_EQ(result["tables"]["models"][0]["decision"], "consistent");
  EXPECT_EQ(result["tables"]["models"][1]["decision"], "rejected");
  EXPECT_EQ(result["tables"]["models"][0]["tokens"], 2999);
  EXPECT_EQ(result["tables"]["attribution"][0]["accepted"], "a.ngram");
  EXPECT_EQ(result["figures"].size(), 4u);
  EXPECT_EQ(result["tables"]["binoculars"].size(), 2u);
  write_file(path("tiny.txt"), "the cat");
  EXPECT_EQ(call("score", {path("tiny.txt"), "--model", path("a.ngram")})["tables"]["models"][0]["decision"],
            "cannot decide");
}

TEST_F(Verbs, ScoreReadsTablesAndDumpsOfLogProbabilities) {
  data::Array table{{3, 4}, {}};
  for (int i = 0; i < 12; ++i) table.values.push_back(std::log(0.25));
  data::write_npy(path("p.npy"), table);
  data::write_npy(path("tokens.npy"), {{3}, {0, 3, 2}});
  const auto result = call("score", {path("tokens.npy"), "--table", path("p.npy")});
  EXPECT_NEAR(result["tables"]["models"][0]["log_perplexity"].get<double>(), std::log(4), 1e-12);
  EXPECT_NEAR(result["tables"]["models"][0]["liketropy"].get<double>(), 0, 1e-12);
  write_file(path("dump.jsonl"),
             R"({"token":"a","logprob":-0.5,"top_logprobs":[{"token":"a","logprob":-0.5},{"token":"b","logprob":-1.5}]}
{"logprob":-3,"top_logprobs":[-0.1,-3]}
)");
  const auto bracket =
      call("score", {path("tokens.npy"), "--dump", path("dump.jsonl"), "--vocabulary", "100"})["tables"]["models"][0];
  EXPECT_LT(bracket["entropy_lower"].get<double>(), bracket["entropy_upper"].get<double>());
  EXPECT_NEAR(bracket["log_perplexity"].get<double>(), 1.75, 1e-12);
  write_file(path("bad.jsonl"), "{\"logprob\":1,\"top_logprobs\":[1]}\n");
  refused("score", {path("tokens.npy"), "--dump", path("bad.jsonl")}, "bad.jsonl line 1");
  data::write_npy(path("tokens.npy"), {{3}, {0, 4, 2}});
  refused("score", {path("tokens.npy"), "--table", path("p.npy")}, "outside");
  data::write_npy(path("tokens.npy"), {{3}, {0, 0.5, 2}});
  refused("score", {path("tokens.npy"), "--table", path("p.npy")}, "no token");
}

TEST_F(Verbs, PlanFindsALength) {
  const auto result =
      call("plan", {"--model", path("a.ngram"), "--against", path("b.ngram"), "--texts", "50", "--tokens", "64"});
  const auto tokens = result["tables"]["plan"][0]["tokens"];
  ASSERT_TRUE(tokens.is_number());
  EXPECT_LT(tokens.get<int>(), 40);
}

TEST_F(Verbs, BadInputGetsOneLineAndLeavesNoFile) {
  write_file(path("empty.txt"), "");
  const auto model = read_file(path("a.ngram"));
  write_file(path("half.ngram"), model.substr(0, model.size() / 2));
  write_file(path("texts.csv"), "text\nhello\n\"\"\n");
  write_file(path("one.csv"), "text\nx\n");
  refused("train", {path("empty.txt"), "-o", path("refused")}, "is empty");
  refused("train", {path("nothing.txt"), "-o", path("refused")}, "no such file");
  refused("train", {path("prose.txt"), "--order", "9", "-o", path("refused")}, "--order", 2);
  refused("train", {path("prose.txt"), "--begin", "90000000", "-o", path("refused")}, "--begin");
  refused("score", {path("prose.txt"), "--model", path("half.ngram")}, "half.ngram");
  refused("score", {path("prose.txt"), "--model", path("prose.txt")}, "is no language model");
  refused("score", {path("empty.txt"), "--model", path("a.ngram")}, "is empty");
  refused("score", {path("prose.txt"), "--model", path("a.ngram"), "--skip", "10000000"}, "after skipping");
  refused("score", {path("prose.txt")}, "--model", 2);
  refused("attribute", {path("texts.csv"), "--models", path("a.ngram"), path("b.ngram"), "-o", path("refused")},
          "texts.csv");
  refused("attribute", {path("one.csv"), "--models", path("a.ngram"), "-o", path("refused")},
          "one.csv line 2 column text");
  refused("attribute", {path("texts.csv"), "--column", "txet", "--models", path("a.ngram"), "-o", path("refused")},
          "txet");
  refused("generate", {path("a.ngram"), "--prompt", "x", "--prompts", path("prose.txt"), "-o", path("refused")},
          "--prompt", 2);
  refused("detect", {path("one.csv"), "--human", path("texts.csv"), "--model", path("a.ngram"), "-o", path("refused")},
          "column text");
}

TEST(CleanText, UndoesWhatHidesAText) {
  EXPECT_EQ(clean_text("p\u0430ssw\u043Erd"), "password");            // Cyrillic a and o
  EXPECT_EQ(clean_text("in\u200Bvis\u00ADible\uFEFF"), "invisible");  // zero width, soft hyphen, byte order mark
  EXPECT_EQ(clean_text("\uFF21\uFB01\u00A0x"), "Afi x");              // full width, ligature, hard blank
  EXPECT_EQ(clean_text("\u043C\u0430\u043C\u0430"), "\u043C\u0430\u043C\u0430");  // Russian stays Russian
  EXPECT_EQ(clean_text("\xff\xfe"), "\xff\xfe");
  EXPECT_EQ(clean_text(""), "");
}

}  // namespace
}  // namespace offprint::llm_provenance
