#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>

#include "offprint/data/npy.hpp"
#include "offprint/data/table.hpp"
#include "offprint/paper/verb_test.hpp"

namespace offprint::llm_provenance {

const Paper& paper();

namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

/// Two texts and a model of each.
class Verbs : public VerbTest {
 protected:
  Verbs() : VerbTest(paper()) {
    Random random(1);
    std::string prose, code;
    for (int i = 0; i < 4000; ++i) {
      prose += std::vector<std::string>{"the ", "cat ", "sat ", "on ", "a ", "mat. "}[random.below(6)];
      code += std::vector<std::string>{"if (x) ", "y += 1; ", "for ", "{ ", "} ", "return z; "}[random.below(6)];
    }
    write("prose.txt", prose);
    write("code.txt", code);
    call("train prose.txt --order 5 -o a.ngram");
    call("train code.txt --order 4 -o b.ngram");
  }
};

TEST_F(Verbs, TrainLearnsOfTheBytesItIsGiven) {
  const auto result = call("train prose.txt --order 3 --begin 100 --end 1100 -o part.ngram");
  EXPECT_EQ(result["tables"]["model"][0]["bytes"], 1000);
  EXPECT_EQ(result["tables"]["model"][0]["order"], 3);
  call("train prose.txt --gpt 1x32 --steps 2 --end 4000 -o a.safetensors");
  EXPECT_EQ(call("score code.txt --model a.safetensors")["tables"]["models"].size(), 1u);
  EXPECT_THAT(refusal("train prose.txt --gpt 1x33 -o b.safetensors"), HasSubstr("--gpt: '1x33' is not LAYERSxWIDTH"));
  EXPECT_THAT(refusal("train prose.txt --gpt four -o b.safetensors"), HasSubstr("--gpt"));
}

TEST_F(Verbs, GeneratedTextsAreAttributedToTheirWriters) {
  call("generate a.ngram --prompts prose.txt --texts 20 --tokens 600 -o a.jsonl");
  call("generate b.ngram --prompt \"if \" --texts 20 --tokens 600 -o b.jsonl");
  const auto first = read("a.jsonl");
  call("generate a.ngram --prompts prose.txt --texts 20 --tokens 600 -o a.jsonl");
  EXPECT_EQ(read("a.jsonl"), first);
  write("texts.jsonl", first + read("b.jsonl"));
  const auto result = call("attribute texts.jsonl --models a.ngram b.ngram --skip 3 --tokens 0 -o out.csv");
  const auto table = data::read_table("out.csv");
  ASSERT_EQ(table.rows(), 40u);
  EXPECT_EQ(table.text("likeliest"), table.text("label"));
  EXPECT_TRUE(table.has("liketropy b.ngram"));
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

  const auto detected = call("detect a.jsonl --human b.jsonl --model a.ngram --label label -o flags.csv");
  EXPECT_EQ(detected["tables"]["flagged"][0]["share"], 1.0);
  EXPECT_EQ(data::read_table("flags.csv").rows(), 20u);
}

TEST_F(Verbs, FilesOfOneNameAreToldApartByTheirFolders) {
  for (const char* folder : {"one", "two"}) fs::create_directories(folder);
  fs::copy_file("a.ngram", "one/model.ngram");
  fs::copy_file("b.ngram", "two/model.ngram");
  call("generate a.ngram --texts 3 --tokens 100 -o texts.jsonl");
  const auto result = call("attribute texts.jsonl --models one/model.ngram two/model.ngram -o out.csv");
  EXPECT_EQ(result["tables"]["attribution"][0]["one/model.ngram"], 3);
}

TEST_F(Verbs, DetectKeepsDomainsApart) {
  write("texts.csv", "generation,domain,model\nthe cat sat on a mat. the cat,x,m\nreturn z; y += 1; return z;,y,m\n");
  write("human.csv", "generation,domain\nzebra quagga okapi,x\nqqqq wwww eeee,y\nvvvv kkkk,y\n");
  const auto result = call(
      "detect texts.csv --human human.csv --model a.ngram --column generation --clean "
      "--score likelihood");
  EXPECT_EQ(result["tables"]["thresholds"].size(), 2u);
  EXPECT_EQ(result["tables"]["thresholds"][1]["human_texts"], 2);
  EXPECT_TRUE(result["files"].empty());
}

TEST_F(Verbs, ScoreTellsWhoWroteIt) {
  write("essay.txt", read("prose.txt").substr(100, 3000));
  const auto result = call("score essay.txt --model a.ngram --model b.ngram");
  EXPECT_EQ(result["tables"]["models"][0]["decision"], "consistent");
  EXPECT_EQ(result["tables"]["models"][1]["decision"], "rejected");
  EXPECT_EQ(result["tables"]["models"][0]["tokens"], 2999);
  EXPECT_EQ(result["tables"]["attribution"][0]["accepted"], "a.ngram");
  EXPECT_EQ(result["figures"].size(), 4u);
  EXPECT_EQ(result["tables"]["binoculars"].size(), 2u);
  EXPECT_TRUE(says(call("score essay.txt --model a.ngram --bound studentised"), "notes", "approximation"));
  write("tiny.txt", "the cat");
  EXPECT_EQ(call("score tiny.txt --model a.ngram")["tables"]["models"][0]["decision"], "cannot decide");
}

TEST_F(Verbs, ScoreReadsTablesOfLogProbabilities) {
  data::write_npy("p.npy", {{3, 4}, std::vector<double>(12, std::log(0.25))});
  data::write_npy("tokens.npy", {{3}, {0, 3, 2}});
  const auto result = call("score tokens.npy --table p.npy");
  EXPECT_NEAR(result["tables"]["models"][0]["log_perplexity"].get<double>(), std::log(4), 1e-12);
  EXPECT_NEAR(result["tables"]["models"][0]["liketropy"].get<double>(), 0, 1e-12);
  data::write_npy("tokens.npy", {{3}, {0, 4, 2}});
  EXPECT_THAT(refusal("score tokens.npy --table p.npy"), HasSubstr("outside"));
  data::write_npy("tokens.npy", {{3}, {0, 0.5, 2}});
  EXPECT_THAT(refusal("score tokens.npy --table p.npy"), HasSubstr("no token"));
  data::write_npy("tokens.npy", {{2}, {0, 1}});
  EXPECT_THAT(refusal("score tokens.npy --table p.npy"), HasSubstr("3 rows for 2 tokens"));
  data::write_npy("flat.npy", {{3}, {0, 1, 2}});
  EXPECT_THAT(refusal("score tokens.npy --table flat.npy"), HasSubstr("flat.npy: is no table of log-probabilities"));
}

TEST_F(Verbs, ScoreReadsWhatAServiceReturned) {
  const std::string first =
      R"({"token":"a","logprob":-0.5,"top_logprobs":[{"token":"a","logprob":-0.5},{"token":"b","logprob":-1.5}]})";
  write("dump.jsonl", first + "\n{\"logprob\":-3,\"top_logprobs\":[-0.1,-3]}\n");
  const auto row = call("score code.txt --dump dump.jsonl --vocabulary 100")["tables"]["models"][0];
  EXPECT_LT(row["entropy_lower"].get<double>(), row["entropy_upper"].get<double>());
  EXPECT_NEAR(row["log_perplexity"].get<double>(), 1.75, 1e-12);
  const auto refused = [&](const std::string& line, const char* words) {
    write("bad.jsonl", first + "\n" + line + "\n");
    EXPECT_THAT(refusal("score code.txt --dump bad.jsonl"), HasSubstr(std::string("bad.jsonl line 2") + words));
  };
  refused(R"({"logprob":1,"top_logprobs":[1]})", ": its probabilities are none");
  refused(R"({"logprob":-1,"top_logprobs":[]})", ": its probabilities are none");
  refused(R"({"logprob":-1})", ": is no token");
  refused(R"({"logprob":"x","top_logprobs":[-1]})", ": is no token");
  refused("{\"logprob\":-1,", ": is no token");
  write("empty.jsonl", "\n");
  EXPECT_THAT(refusal("score code.txt --dump empty.jsonl"), HasSubstr("empty.jsonl: is empty"));
}

TEST_F(Verbs, PlanFindsALength) {
  const auto result = call("plan --model a.ngram --against b.ngram --texts 50 --tokens 64");
  const auto tokens = result["tables"]["plan"][0]["tokens"];
  ASSERT_TRUE(tokens.is_number());
  EXPECT_LT(tokens.get<int>(), 40);
  EXPECT_THAT(refusal("plan --model a.ngram --against prose.txt"), HasSubstr("is no language model"));
  EXPECT_THAT(refusal("plan --model a.ngram --against b.ngram --prompts nothing.txt"), HasSubstr("nothing.txt"));
}

TEST_F(Verbs, BadTextsAreRefusedWithTheirPlace) {
  write("empty.txt", "");
  write("texts.csv", "text\nhello\n\"\"\n");
  write("one.csv", "text\nx\n");
  EXPECT_THAT(refusal("train empty.txt -o m.ngram"), HasSubstr("is empty"));
  EXPECT_THAT(refusal("train nothing.txt -o m.ngram"), HasSubstr("no such file"));
  EXPECT_THAT(refusal("train prose.txt --order 9 -o m.ngram"), HasSubstr("--order"));
  EXPECT_THAT(refusal("train prose.txt --begin 90000000 -o m.ngram"), HasSubstr("--begin"));
  EXPECT_THAT(refusal("score empty.txt --model a.ngram"), HasSubstr("is empty"));
  EXPECT_THAT(refusal("score prose.txt --model a.ngram --skip 10000000"), HasSubstr("after skipping"));
  EXPECT_THAT(refusal("score prose.txt"), HasSubstr("--model"));
  EXPECT_THAT(refusal("attribute texts.csv --models a.ngram b.ngram -o o.csv"), HasSubstr("texts.csv"));
  EXPECT_THAT(refusal("attribute one.csv --models a.ngram -o o.csv"), HasSubstr("one.csv line 2 column text"));
  EXPECT_THAT(refusal("attribute texts.csv --column txet --models a.ngram -o o.csv"), HasSubstr("txet"));
  EXPECT_THAT(refusal("generate a.ngram --prompt x --prompts prose.txt -o t.jsonl"), HasSubstr("--prompt"));
  EXPECT_THAT(refusal("detect one.csv --human texts.csv --model a.ngram -o f.csv"), HasSubstr("column text"));
  write("short.txt", "x");
  EXPECT_THAT(refusal("generate a.ngram --prompts short.txt -o t.jsonl"), HasSubstr("is shorter than a prompt"));
}

TEST_F(Verbs, BadModelsAreRefused) {
  write("half.ngram", read("a.ngram").substr(0, read("a.ngram").size() / 2));
  EXPECT_THAT(refusal("score prose.txt --model half.ngram"), HasSubstr("half.ngram"));
  EXPECT_THAT(refusal("score prose.txt --model prose.txt"), HasSubstr("is no language model"));
  auto changed = read("a.ngram");
  changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
  write("changed.ngram", changed);
  EXPECT_THAT(refusal("score prose.txt --model changed.ngram"), HasSubstr("changed.ngram"));
}

}  // namespace
}  // namespace offprint::llm_provenance
