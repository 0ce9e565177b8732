// What every paper with a room must keep to.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <thread>

#include "offprint/base/text.hpp"
#include "offprint/paper/paper.hpp"
#include "offprint/paper/sinks.hpp"

namespace offprint {
namespace {

class Contract : public testing::TestWithParam<const Paper*> {
 protected:
  const Paper& paper = *GetParam();
};

TEST_P(Contract, DescriptionIsComplete) {
  EXPECT_FALSE(paper.title.empty());
  EXPECT_FALSE(paper.authors.empty());
  EXPECT_FALSE(paper.venue.empty());
  EXPECT_GT(paper.year, 1900);
  EXPECT_EQ(paper.published.size(), 10u);
  EXPECT_GT(paper.summary.size(), 40u);
  EXPECT_TRUE(paper.bibtex.starts_with('@'));
  EXPECT_NE(std::find(wings().begin(), wings().end(), paper.wing), wings().end()) << paper.wing;
  for (const auto& link : paper.links) EXPECT_TRUE(link.url.starts_with("https://")) << link.url;
  EXPECT_FALSE(paper.claims.empty());
  ASSERT_NE(paper.find_verb("reproduce"), nullptr);
}

TEST_P(Contract, ClaimsAreDecidable) {
  std::set<std::string> ids;
  for (const auto& claim : paper.claims) {
    EXPECT_TRUE(ids.insert(claim.id).second) << claim.id;
    EXPECT_NE(claim.checks.empty(), claim.why_not.empty()) << claim.id;
    std::set<std::string> names;
    for (const auto& check : claim.checks) {
      EXPECT_TRUE(names.insert(check.name).second) << claim.id << " " << check.name;
      EXPECT_NE(check.acceptance, Range{}) << claim.id << " " << check.name;
      EXPECT_LE(check.acceptance.low, check.acceptance.high) << claim.id << " " << check.name;
    }
  }
}

TEST_P(Contract, DefaultsAreValidAndBadValuesAreRefusedByName) {
  for (const auto& verb : paper.verbs) {
    const auto options = verb.make_options();
    for (const auto& option : verb.options) {
      EXPECT_FALSE(option.help.empty()) << verb.name << " " << option.name;
      if (!option.default_text.empty()) {
        EXPECT_NO_THROW(option.set(options.get(), option.default_text)) << verb.name << " " << option.name;
      }
      std::vector<std::string> bad;
      if (option.kind == OptionKind::number || option.kind == OptionKind::integer) bad = {"nan", "1e999", "x", "1,5"};
      if (std::isfinite(option.range.high)) bad.push_back(exact_number(option.range.high * 2 + 1));
      if (std::isfinite(option.range.low)) bad.push_back(exact_number(option.range.low - 1));
      if (option.kind == OptionKind::choice) bad = {"no-such-choice"};
      if (option.kind == OptionKind::flag) bad = {"perhaps"};
      for (const auto& text : bad) {
        try {
          option.set(options.get(), text);
          ADD_FAILURE() << verb.name << " --" << option.name << " took '" << text << "'";
        } catch (const UsageError& error) {
          EXPECT_NE(std::string(error.what()).find("--" + option.name), std::string::npos) << error.what();
        }
      }
    }
    EXPECT_TRUE(Json::accept(options_schema(verb).dump()));
    EXPECT_NE(verb_help(paper, verb).find("--seed"), std::string::npos);
  }
  EXPECT_TRUE(Json::accept(describe(paper).dump()));
}

Json measured(const Paper& paper, std::uint64_t seed) {
  const auto invocation =
      parse_command_line(paper, *paper.find_verb("reproduce"), {"--budget", "smoke", "--seed", std::to_string(seed)});
  JsonSink sink(invocation);
  offprint::Run run(invocation.settings, paper.claims, sink);
  invocation.verb->body(invocation.options.get(), run);
  return sink.result();
}

TEST_P(Contract, SmokeReproductionIsDeterministicAndPointsTheRightWay) {
  const auto first = measured(paper, 1), again = measured(paper, 1);
  EXPECT_EQ(first.dump(), again.dump());
  std::size_t good = 0, checks = 0;
  for (const auto& claim : first["claims"])
    for (const auto& check : claim["checks"]) {
      ++checks;
      good += check["verdict"] != "not reproduced";
    }
  EXPECT_GT(checks, 0u);
  // Smoke's sizes are small: single checks may miss, the bulk may not.
  EXPECT_GE(static_cast<double>(good), 0.8 * static_cast<double>(checks)) << first["claims"].dump(1);
}

TEST_P(Contract, CancelWorksWithinASecond) {
  const auto invocation = parse_command_line(paper, *paper.find_verb("reproduce"), {"--budget", "standard"});
  MemorySink sink;
  std::atomic<bool> cancel{false};
  offprint::Run run(invocation.settings, paper.claims, sink, &cancel);
  bool cancelled = false;
  std::thread worker([&] {
    try {
      invocation.verb->body(invocation.options.get(), run);
    } catch (const Cancelled&) {
      cancelled = true;
    }
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto asked = std::chrono::steady_clock::now();
  cancel = true;
  worker.join();
  EXPECT_TRUE(cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(1));
}

INSTANTIATE_TEST_SUITE_P(Papers, Contract, testing::ValuesIn(papers()),
                         [](const auto& one) { return one.param->slug; });

}  // namespace
}  // namespace offprint
