// What every paper with a room must keep to.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <set>
#include <string>
#include <thread>

#include "offprint/base/text.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/paper/describe.hpp"
#include "offprint/paper/sinks.hpp"

namespace offprint {
namespace {

class Contract : public testing::TestWithParam<const Paper*> {
 protected:
  const Paper& paper = *GetParam();
};

/// Papers and the substrate's nouns alike.
class Nouns : public Contract {};

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
      const auto name = claim.id + "." + check.name;
      EXPECT_TRUE(names.insert(check.name).second) << name;
      EXPECT_NE(check.acceptance, Range{}) << name;
      EXPECT_LE(check.acceptance.low, check.acceptance.high) << name;
      EXPECT_NE(check.direction, Range{}) << name << " could not fail";
      EXPECT_TRUE(check.direction.contains(check.acceptance))
          << name << ": the direction is narrower than the acceptance";
    }
  }
}

TEST_P(Nouns, EveryBodyExistsInTheProgramThatShouldHaveIt) {
  ASSERT_TRUE(has_torch()) << "this test links the bodies that need libtorch";
  for (const auto& verb : paper.verbs) {
    const auto name = paper.slug + " " + verb.name;
    const auto registered = std::count_if(torch_bodies().begin(), torch_bodies().end(),
                                          [&](const auto& body) { return body.first == name; });
    EXPECT_EQ(registered, verb.body ? 0 : 1) << name;
    EXPECT_TRUE(verb.body || verb.on_torch) << name;
  }
}

/// Texts that an option must refuse; none where it takes any text.
std::vector<std::string> bad_values(const Option& option) {
  std::vector<std::string> bad;
  if (option.kind == OptionKind::number || option.kind == OptionKind::integer) bad = {"nan", "1e999", "x", "1,5"};
  if (option.kind == OptionKind::numbers) bad = {"nan", "1,x", "1:2", "0:1:1"};
  if (option.kind == OptionKind::integers) bad = {"1.5", "1,x"};
  if (std::isfinite(option.range.high)) bad.push_back(exact_number(option.range.high * 2 + 1));
  if (std::isfinite(option.range.low)) bad.push_back(exact_number(option.range.low - 1));
  if (option.kind == OptionKind::choice) bad = {"no-such-choice"};
  if (option.kind == OptionKind::flag) bad = {"perhaps"};
  return bad;
}

TEST_P(Nouns, DefaultsAreValidAndBadValuesAreRefusedByName) {
  for (const auto& verb : paper.verbs) {
    const auto options = verb.make_options();
    for (const auto& option : verb.options) {
      EXPECT_FALSE(option.help.empty()) << verb.name << " " << option.name;
      if (!option.default_text.empty()) {
        EXPECT_NO_THROW(option.set(options.get(), option.default_text)) << verb.name << " " << option.name;
        EXPECT_EQ(option.get(options.get()), option.default_text) << verb.name << " " << option.name;
      }
      for (const auto& text : bad_values(option)) {
        try {
          option.set(options.get(), text);
          ADD_FAILURE() << verb.name << " --" << option.name << " took '" << text << "'";
        } catch (const UsageError& error) {
          EXPECT_TRUE(std::string(error.what()).starts_with("--" + option.name + ": ")) << error.what();
        }
      }
    }
    const auto properties = options_schema(verb)["properties"];
    EXPECT_EQ(properties.size(), verb.options.size());
    for (const auto& option : verb.options)
      EXPECT_NE(verb_help(paper, verb).find("-" + option.name), std::string::npos);
  }
  EXPECT_EQ(describe(paper)["verbs"].size(), paper.verbs.size());
}

/// What the examples of a verb write, by the name after -o.
std::set<std::string> written_by_examples(const Paper& paper) {
  std::set<std::string> names;
  for (const auto& verb : paper.verbs)
    for (const auto& example : verb.examples) {
      const auto words = shell_words(example);
      for (std::size_t i = 0; i + 1 < words.size(); ++i)
        if (words[i] == "-o" || words[i].starts_with("--")) names.insert(words[i + 1]);
    }
  return names;
}

TEST_P(Nouns, EveryFileOptionOffersAnExampleAndEveryVerbHasOne) {
  std::set<std::string> data_sets;
  for (const auto& set : data::list()) data_sets.insert("data:" + command_name(set.name));
  const auto written = written_by_examples(paper);
  for (const auto& verb : paper.verbs) {
    EXPECT_FALSE(verb.examples.empty()) << verb.name;
    for (const auto& option : verb.options)
      if (option.is_input() && !data_sets.count(command_name(option.example)) && !written.count(option.example))
        ADD_FAILURE() << verb.name << " --" << option.name << ": example '" << option.example << "'";
  }
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

Json run_line(const Paper& paper, const std::vector<std::string>& words) {
  const auto invocation = parse_command_line(paper, *paper.find_verb(words.at(0)), {words.begin() + 1, words.end()});
  JsonSink sink(invocation);
  offprint::Run run(invocation.settings, paper.claims, sink);
  perform(invocation, run);
  return sink.result();
}

TEST_P(Contract, SmokeReproductionIsDeterministicAndPointsTheRightWay) {
  const std::vector<std::string> line{"reproduce", "--budget", "smoke", "--seed", "1"};
  const auto first = run_line(paper, line), again = run_line(paper, line);
  EXPECT_EQ(first.dump(), again.dump());
  std::size_t checks = 0;
  for (const auto& claim : first["claims"])
    for (const auto& check : claim["checks"]) {
      ++checks;
      EXPECT_NE(check["verdict"], "not reproduced") << claim["id"] << " " << check.dump();
    }
  EXPECT_GT(checks, 0u);
}

TEST_P(Contract, CancelIsHeard) {
  const auto invocation = parse_command_line(paper, *paper.find_verb("reproduce"), {"--budget", "standard"});
  MemorySink sink;
  std::atomic<bool> cancel{false};
  offprint::Run run(invocation.settings, paper.claims, sink, &cancel);
  bool cancelled = false;
  std::thread worker([&] {
    try {
      perform(invocation, run);
    } catch (const Cancelled&) {
      cancelled = true;
    }
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  cancel = true;
  worker.join();  // a room that does not listen runs into the test's time limit
  EXPECT_TRUE(cancelled);
}

/// All examples of a room or tool in one fresh folder, in order: a later one may read what an earlier one wrote.
TEST_P(Nouns, ExamplesRunAsTheyStand) {
  namespace fs = std::filesystem;
  const auto before = fs::current_path(), folder = fs::temp_directory_path() / ("offprint-examples-" + paper.slug +
                                                                                "-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  fs::current_path(folder);
  bool skipped = false;
  for (const auto& verb : paper.verbs)
    for (const auto& example : verb.examples) {
      EXPECT_TRUE(example.starts_with(verb.name)) << example;
      const auto start = cpu_seconds();
      try {
        run_line(paper, shell_words(example));
      } catch (const MissingData& error) {
        std::cout << example << ": skipped, " << error.what() << '\n';
        skipped = true;
      } catch (const std::exception& error) {
        // What a skipped example would have written is not there either.
        if (!skipped) ADD_FAILURE() << example << ": " << error.what();
      }
      std::cout << example << ": " << cpu_seconds() - start << " CPU seconds\n";
    }
  fs::current_path(before);
  fs::remove_all(folder);
}

std::string slug_of_parameter(const testing::TestParamInfo<const Paper*>& info) { return info.param->slug; }

std::vector<const Paper*> all_nouns() {
  auto all = papers();
  all.insert(all.end(), tools().begin(), tools().end());
  return all;
}

INSTANTIATE_TEST_SUITE_P(Papers, Contract, testing::ValuesIn(papers()), slug_of_parameter);
INSTANTIATE_TEST_SUITE_P(All, Nouns, testing::ValuesIn(all_nouns()), slug_of_parameter);

}  // namespace
}  // namespace offprint
