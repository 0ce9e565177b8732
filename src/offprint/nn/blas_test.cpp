#include "offprint/nn/blas.hpp"

#include <gtest/gtest.h>

#include <map>

#include "offprint/nn/blas_kernels.hpp"

namespace offprint::nn {
namespace {

const BlasFacts sapphire_rapids{true,       true, true,
                                "Prescott", "",   ""};  // a processor that OpenBLAS 0.3.21 does not know

using Memory = std::map<std::string, Products>;

BlasStep step(const BlasFacts& facts, const Memory& memory = {}) {
  return next_blas_step(facts, [&](const std::string& core) {
    const auto found = memory.find(core);
    return found == memory.end() ? Products::unknown : found->second;
  });
}

BlasFacts after(const BlasFacts& facts, const BlasStep& restart) {
  auto next = facts;
  next.core_type = restart.core_type;
  next.trail = restart.trail;
  next.core = restart.core_type.empty() ? facts.trail.substr(0, facts.trail.find(',')) : restart.core_type;
  return next;
}

TEST(BlasKernels, ALibraryThatKnowsTheProcessorIsLeftAlone) {
  for (const auto* core : {"Haswell", "Zen", "SkylakeX", "Cooperlake", "Excavator", "OfALaterLibrary"}) {
    auto facts = sapphire_rapids;
    facts.core = core;
    EXPECT_EQ(step(facts).action, BlasStep::keep) << core;
    EXPECT_EQ(step(facts).why, "the library's own choice");
  }
}

TEST(BlasKernels, AnOldProcessorIsLeftAlone) {
  EXPECT_EQ(step({false, false, false, "Prescott", "", ""}).action, BlasStep::keep);
  EXPECT_EQ(step({false, true, true, "Sandybridge", "", ""}).action, BlasStep::keep);
}

TEST(BlasKernels, TheUsersOwnChoiceIsLeftAlone) {
  auto facts = sapphire_rapids;
  facts.core_type = "Prescott";
  EXPECT_EQ(step(facts).action, BlasStep::keep);
  EXPECT_EQ(step(facts).why, "set by OPENBLAS_CORETYPE");
  facts.trail = "Prescott,Cooperlake";  // handed down by a program of ours, the variable then set anew
  EXPECT_EQ(step(facts).action, BlasStep::keep);
  facts.trail = "Prescott";
  EXPECT_EQ(step(facts).action, BlasStep::keep);
}

TEST(BlasKernels, TheBestThatTheProcessorRunsIsTried) {
  EXPECT_EQ(step(sapphire_rapids).action, BlasStep::restart);
  EXPECT_EQ(step(sapphire_rapids).core_type, "Cooperlake");
  EXPECT_EQ(step(sapphire_rapids).trail, "Prescott,Cooperlake");
  EXPECT_EQ(step({true, true, false, "Sandybridge", "", ""}).core_type, "SkylakeX");
  EXPECT_EQ(step({true, false, false, "Nehalem", "", ""}).core_type, "Haswell");
}

TEST(BlasKernels, WhatIsRememberedAsWrongIsNotTried) {
  EXPECT_EQ(step(sapphire_rapids, {{"Cooperlake", Products::wrong}}).core_type, "SkylakeX");
  const auto none = step(
      sapphire_rapids, {{"Cooperlake", Products::wrong}, {"SkylakeX", Products::wrong}, {"Haswell", Products::wrong}});
  EXPECT_EQ(none.action, BlasStep::keep);
  EXPECT_EQ(none.why,
            "the library's own choice; the kernels for Cooperlake, SkylakeX, Haswell compute wrong products here");
}

TEST(BlasKernels, ProductsAreCheckedUnlessRemembered) {
  const auto tried = after(sapphire_rapids, step(sapphire_rapids));
  EXPECT_EQ(step(tried).action, BlasStep::check);
  const auto kept = step(tried, {{"Cooperlake", Products::right}});
  EXPECT_EQ(kept.action, BlasStep::keep);
  EXPECT_EQ(kept.why, "chosen by Offprint, products checked; by itself the library takes Prescott here, without AVX2");
  EXPECT_EQ(step(tried, {{"Cooperlake", Products::wrong}}).core_type, "SkylakeX");
}

TEST(BlasKernels, ACoreTypeThatTheLibraryDoesNotTakeIsPassedOver) {
  auto tried = after(sapphire_rapids, step(sapphire_rapids));
  tried.core = "Prescott";
  EXPECT_EQ(step(tried).core_type, "SkylakeX");
  EXPECT_EQ(step(tried).trail, "Prescott,Cooperlake,SkylakeX");
}

TEST(BlasKernels, RestartsEndThoughNothingCanBeRemembered) {
  auto facts = sapphire_rapids;
  int restarts = 0;
  for (;; ++restarts) {
    ASSERT_LT(restarts, 10);
    auto next = step(facts);
    if (next.action == BlasStep::check) next = step(facts, {{facts.core, Products::wrong}});
    if (next.action == BlasStep::keep) break;
    facts = after(facts, next);
  }
  EXPECT_EQ(restarts, 4);  // three core types, and back to the library's own
  EXPECT_EQ(facts.core, "Prescott");
  EXPECT_EQ(facts.core_type, "");
}

TEST(BlasKernels, TheLoadedOnesMultiplyRight) { EXPECT_EQ(wrong_product(), ""); }

TEST(BlasKernels, TestsThemselvesHaveChosen) {
  EXPECT_NE(blas_choice(), "");
  EXPECT_NE(blas_name().find("OpenBLAS"), std::string::npos);
}

}  // namespace
}  // namespace offprint::nn
