#include <gmock/gmock.h>

#include "offprint/paper/verb_test.hpp"

namespace offprint::comp_sum_losses {

const Paper& paper();

namespace {

using testing::HasSubstr;

/// Scores of three classes, and forty feature vectors of two.
class Verbs : public VerbTest {
 protected:
  Verbs() : VerbTest(paper()) {
    write("scores.csv", "a,b,c\n1,2,0.5\n2,0,1\n0,0,3\n");
    write("labels.csv", "label\n1\n0\n2\n");
    std::string text = "x,y,label\n";
    for (int i = 0; i < 40; ++i)
      text += std::to_string(i % 2 ? 1.0 + 0.01 * i : -1.0 - 0.01 * i) + ",0," + std::to_string(i % 2) + "\n";
    write("rows.csv", text);
    // Eighty images of 8 x 8, bright on the left, in the middle or on the right.
    std::string images("\0\0\x08\x03\0\0\0\x50\0\0\0\x08\0\0\0\x08", 16), labels("\0\0\x08\x01\0\0\0\x50", 8);
    for (int i = 0; i < 80; ++i) {
      labels += static_cast<char>(i % 3);
      for (int x = 0; x < 64; ++x) images += static_cast<char>(x % 8 / 3 == i % 3 ? 200 : 10 + (i * x) % 37);
    }
    write("sides-images-idx3-ubyte", images);
    write("sides-labels-idx1-ubyte", labels);
  }
  static constexpr const char* train = "train --data rows.csv --epochs 20 --batch 8 --hidden 8 -o net.safetensors";
};

TEST_F(Verbs, BoundIsTheTheoremsNumber) {
  const auto result = call("bound --tau 1 --n 10 --excess 0.05");
  const auto& row = result["tables"]["bound"][0];
  const double b = row["excess_error"].get<double>();
  EXPECT_NEAR(((1 + b) * std::log1p(b) + (1 - b) * std::log1p(-b)) / 2, 0.05, 1e-12);
  EXPECT_EQ(row["tight"], true);
  EXPECT_EQ(result["figures"][0]["marks"].size(), 6u);
  EXPECT_TRUE(says(result, "notes", "is tight"));
  EXPECT_TRUE(says(call("bound --tau 1.5 --excess 0.05"), "notes", "is not attained"));
  EXPECT_NEAR(call("bound --tau 1 --excess 0.05 --best-error 0.1")["tables"]["bound"][0]["error"].get<double>(),
              b + 0.1, 1e-12);
  EXPECT_THAT(refusal("bound --tau -1"), HasSubstr("--tau"));
  EXPECT_THAT(refusal("bound --n 1"), HasSubstr("--n"));
}

TEST_F(Verbs, CertifyMeasuresTheScores) {
  const auto result = call("certify scores.csv --labels labels.csv --best-risk 0.2");
  const auto& row = result["tables"]["certificate"][0];
  EXPECT_EQ(row["rows"], 3);
  EXPECT_EQ(row["zero_one_risk"], 0.0);
  const double risk =
      -(std::log(std::exp(2) / (std::exp(1) + std::exp(2) + std::exp(0.5))) +
        std::log(std::exp(2) / (std::exp(2) + 1 + std::exp(1))) + std::log(std::exp(3) / (2 + std::exp(3)))) /
      3;
  EXPECT_NEAR(row["surrogate_risk"].get<double>(), risk, 1e-12);
  EXPECT_NEAR(row["excess"].get<double>(), risk - 0.2, 1e-12);
  EXPECT_TRUE(says(call("certify scores.csv --labels labels.csv --best-risk 9"), "warnings", "below the reference"));
  write("p.csv", "a,b,label\n0.2,0.8,1\n0.5,0.5,0\n");
  EXPECT_NEAR(call("certify p.csv --probabilities")["tables"]["certificate"][0]["surrogate_risk"].get<double>(),
              -(std::log(0.8) + std::log(0.5)) / 2, 1e-12);
}

TEST_F(Verbs, BadScoresAreRefusedWithTheirPlace) {
  write("wrong.csv", "label\n1\n0\n3\n");
  EXPECT_THAT(refusal("certify scores.csv --labels wrong.csv"), HasSubstr("wrong.csv line 4 column label"));
  write("short.csv", "label\n1\n");
  EXPECT_THAT(refusal("certify scores.csv --labels short.csv"), HasSubstr("has 1 labels where scores.csv has 3 rows"));
  EXPECT_THAT(refusal("certify scores.csv"), HasSubstr("has no column 'label'"));
  write("hole.csv", "a,b,label\n1,,0\n");
  EXPECT_THAT(refusal("certify hole.csv"), HasSubstr("hole.csv line 2 column b"));
  write("nan.csv", "a,b,label\n1,nan,0\n");
  EXPECT_THAT(refusal("certify nan.csv"), HasSubstr("nan.csv line 2 column b"));
  write("text.csv", "a,b,label\n1,x,0\n");
  EXPECT_THAT(refusal("certify text.csv"), HasSubstr("text.csv line 2 column b"));
  write("one.csv", "a,label\n1,0\n");
  EXPECT_THAT(refusal("certify one.csv"), HasSubstr("fewer than two classes"));
  write("empty.csv", "");
  EXPECT_THAT(refusal("certify empty.csv"), HasSubstr("empty.csv"));
  EXPECT_THAT(refusal("certify scores.csv --labels labels.csv --probabilities"),
              HasSubstr("scores.csv line 3 column a"));
  write("far.csv", "a,b,label\n-900,900,0\n");
  EXPECT_THAT(refusal("certify far.csv --tau 0"), HasSubstr("overflows"));
  EXPECT_THAT(refusal("certify nothing.csv"), HasSubstr("nothing.csv"));
}

TEST_F(Verbs, TrainWritesANetworkOnceAndAgainTheSame) {
  const auto result = call(train);
  EXPECT_GT(result["tables"]["training"][0]["validation_accuracy"].get<double>(), 0.9);
  EXPECT_EQ(result["tables"]["training"][0]["objective"], "comp-sum loss, tau = 1");
  const auto first = read("net.safetensors");
  call(train);
  EXPECT_EQ(read("net.safetensors"), first);
  EXPECT_THAT(refusal("attack net.safetensors --data rows.csv --attacks fgsm"), HasSubstr("holds features"));
  EXPECT_THAT(refusal("attack net.safetensors --data rows.csv --attacks pdg"), HasSubstr("did you mean pgd"));
  write("wide.csv", "x,y,z,label\n1,2,3,0\n2,1,0,1\n");
  EXPECT_THAT(refusal("attack net.safetensors --data wide.csv --attacks fgsm"), HasSubstr("takes 1 x 1 x 2 inputs"));
}

TEST_F(Verbs, SweepComparesMembers) {
  const auto result = call("sweep --data rows.csv --tau 1,2 --seeds 2 --epochs 3 --batch 8 --hidden 8");
  EXPECT_EQ(result["tables"]["sweep"].size(), 2u);
  EXPECT_TRUE(says(result, "notes", "held out"));
  EXPECT_THAT(refusal("sweep --data rows.csv --seeds 0"), HasSubstr("--seeds"));
}

TEST_F(Verbs, AdversarialTrainingAndAttacksOnImages) {
  for (const std::string method : {"advcs", "trades", "mart", "pgd"})
    call("advtrain --data sides-images-idx3-ubyte --method " + method +
         " --steps 2 --epochs 2 --batch 16 --filters 2 -o " + method + ".safetensors");
  const auto result =
      call("attack advcs.safetensors --data sides-images-idx3-ubyte --images 50 --attacks fgsm,apgd-dlr --steps 3");
  EXPECT_EQ(result["tables"]["robustness"].size(), 4u);
  EXPECT_EQ(result["figures"].size(), 2u);
  EXPECT_THAT(refusal("advtrain --data rows.csv -o r.safetensors"), HasSubstr("holds features"));
  EXPECT_THAT(refusal("advtrain --data rows.csv --epsilon 2 -o r.safetensors"), HasSubstr("--epsilon"));
}

TEST_F(Verbs, BadDataAndNetworksAreRefused) {
  EXPECT_THAT(refusal("train --data nothing.npy -o net.safetensors"), HasSubstr("no such file"));
  write("no_label.csv", "x,y\n1,2\n");
  EXPECT_THAT(refusal("train --data no_label.csv -o net.safetensors"), HasSubstr("no_label.csv"));
  write("nan.csv", "x,y,label\n1,nan,0\n1,2,1\n");
  EXPECT_THAT(refusal("train --data nan.csv -o net.safetensors"), HasSubstr("nan.csv line 2 column y"));
  std::string cut("\0\0\x08\x03\0\0", 6);
  write("cut-images-idx3-ubyte", cut);
  write("cut-labels-idx1-ubyte", cut);
  EXPECT_THAT(refusal("train --data cut-images-idx3-ubyte -o net.safetensors"), HasSubstr("truncated"));
  EXPECT_THAT(refusal("attack scores.csv --data rows.csv"), HasSubstr("is no safetensors file"));
  write("huge.safetensors", std::string("\xff\xff\xff\xff\xff\0\0\0{", 9));
  EXPECT_THAT(refusal("attack huge.safetensors --data rows.csv"), HasSubstr("huge.safetensors"));
  call(train);
  write("half.safetensors", read("net.safetensors").substr(0, 300));
  EXPECT_THAT(refusal("attack half.safetensors --data rows.csv"), HasSubstr("half.safetensors"));
}

}  // namespace
}  // namespace offprint::comp_sum_losses
