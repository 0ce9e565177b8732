#include "offprint/paper/paper.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "offprint/paper/describe.hpp"
#include "offprint/paper/sinks.hpp"

namespace offprint {

const std::vector<const Paper*>& tools() {
  static const std::vector<const Paper*> none;
  return none;
}

const std::vector<std::string>& being_built() {
  static const std::vector<std::string> none;
  return none;
}

const std::vector<const Paper*>& rooms() {
  static const std::vector<const Paper*> none;
  return none;
}

namespace {

enum class Method { fast, slow };

struct TryOptions {
  InputFile data;
  double penalty = 0.5;
  std::int64_t folds = 5;
  bool published = false;
  Method method = Method::fast;
  std::vector<double> rates{1, 2.5};
  std::vector<std::string> order;
  std::optional<double> delta;
  std::optional<std::int64_t> limit;
  OutputFile output;
};

void body(const TryOptions& options, Run& run) {
  run.metric("penalty", 0, options.penalty);
  run.table({"result", "Result", {{"penalty", ""}, {"bad", ""}}, {{options.penalty, std::nan("")}}});
  run.claim("C1", "size", {options.penalty, 0, 1, 3});
}

Paper paper() {
  Paper p;
  p.slug = "try_out";
  p.title = "A paper";
  p.authors = {"A. Author"};
  p.claims = {
      {"C1", "is small", "Section 1", "measured", {{"size", "the size", "0.4", at_most(0.6), at_most(1), ""}}, ""}};
  p.verbs = {verb<TryOptions>("fit", "Fit")
                 .option(&TryOptions::data, "data", "The table", Positional{}, Required{}, Accepts{{"csv"}})
                 .option(&TryOptions::penalty, "penalty", "L1 penalty", at_least(0), Unit{"nats"})
                 .option(&TryOptions::folds, "folds", "Folds", between(2, 20))
                 .option(&TryOptions::published, "as-published", "With the slips")
                 .option(&TryOptions::method, "method", "Method",
                         Choices<Method>{{{"fast", Method::fast}, {"slow", Method::slow}}})
                 .option(&TryOptions::rates, "rates", "Rates", at_least(0))
                 .option(&TryOptions::order, "order", "Classes")
                 .option(&TryOptions::delta, "delta", "Delta", between(0, 1))
                 .option(&TryOptions::limit, "limit", "Limit", between(0, 9))
                 .output(&TryOptions::output, "model.json", "Where to write")
                 .runs(body)};
  return p;
}

std::string refusal(const std::vector<std::string>& arguments) {
  const auto p = paper();
  try {
    parse_command_line(p, p.verbs[0], arguments);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(CommandLine, SetsEveryKindOfMember) {
  const auto p = paper();
  const auto invocation = parse_command_line(
      p, p.verbs[0],
      {"t.csv", "--penalty=2", "--folds", "3",  "--as-published", "--method", "slow", "--rates",   "1,-0", "--order",
       "a,b",   "--delta",     "1e-6",    "-o", "m.json",         "--seed",   "7",    "--threads", "2",    "--json"});
  const auto& options = *static_cast<const TryOptions*>(invocation.options.get());
  EXPECT_EQ(options.data.source, "t.csv");
  EXPECT_EQ(options.penalty, 2);
  EXPECT_EQ(options.folds, 3);
  EXPECT_TRUE(options.published);
  EXPECT_EQ(options.method, Method::slow);
  EXPECT_EQ(options.rates.size(), 2u);
  EXPECT_EQ(options.order, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(options.delta, 1e-6);
  EXPECT_FALSE(options.limit);
  EXPECT_EQ(options.output.path, "m.json");
  EXPECT_EQ(invocation.settings.seed, 7u);
  EXPECT_EQ(invocation.settings.threads, 2);
  EXPECT_TRUE(invocation.json);
}

TEST(CommandLine, AListOfNumbersTakesEvenRanges) {
  const auto p = paper();
  const auto invocation = parse_command_line(p, p.verbs[0], {"t.csv", "--rates", "0:0.5:3,2", "-o", "m"});
  EXPECT_EQ(static_cast<const TryOptions*>(invocation.options.get())->rates, (std::vector<double>{0, 0.25, 0.5, 2}));
  for (const char* bad : {"0:1", "0:1:1", "0:1:x", "0:-1:3", "0:1:1e9", ":::"})
    EXPECT_EQ(refusal({"t.csv", "-o", "m", "--rates", bad}).substr(0, 8), "--rates:") << bad;
}

struct Left {
  double first = 1;
};
struct Right {
  int second = 2;
  std::string third = "three";
};
struct Both : Left, Right {
  Both() { second = 5; }
  bool fourth = false;
};

TEST(Options, SharedOnesLieInEachStructThatDerives) {
  const auto left = options_of<Left>().option(&Left::first, "first", "First", at_least(0));
  const auto right = options_of<Right>().option(&Right::second, "second", "Second").option(&Right::third, "third", "T");
  const auto v = verb<Both>("v", "V")
                     .with(right)
                     .with(left)
                     .option(&Both::fourth, "fourth", "F")
                     .runs([](const Both&, offprint::Run&) {});
  EXPECT_EQ(v.options[0].default_text, "5") << "the default of the struct that derives";
  Both both;
  for (const auto& [index, text] :
       std::vector<std::pair<std::size_t, std::string>>{{0, "7"}, {1, "x"}, {2, "0.5"}, {3, "yes"}})
    v.options[index].set(&both, text);
  EXPECT_EQ(both.second, 7);
  EXPECT_EQ(both.third, "x");
  EXPECT_EQ(both.first, 0.5);
  EXPECT_TRUE(both.fourth);
}

TEST(Options, ARefusedValueChangesNothing) {
  TryOptions options;
  const auto p = paper();
  for (const auto& option : p.verbs[0].options) {
    const auto before = option.get(&options);
    if (option.kind == OptionKind::numbers || option.kind == OptionKind::choice || option.kind == OptionKind::integer) {
      EXPECT_THROW(option.set(&options, "no number"), UsageError) << option.name;
    }
    EXPECT_EQ(option.get(&options), before) << option.name;
  }
}

TEST(CommandLine, ExamplesAreSplitAsAShellDoes) {
  EXPECT_EQ(shell_words("fit  'my file.csv' --name \"a \\\" b\" c\\ d ''"),
            (std::vector<std::string>{"fit", "my file.csv", "--name", "a \" b", "c d", ""}));
  EXPECT_THROW(shell_words("fit 'open"), UsageError);
}

TEST(CommandLine, RefusalsNameTheOption) {
  const std::vector<std::string> good{"t.csv", "-o", "m"};
  const auto with = [&](std::vector<std::string> more) {
    auto all = good;
    all.insert(all.end(), more.begin(), more.end());
    return refusal(all);
  };
  EXPECT_EQ(refusal(good), "");
  EXPECT_EQ(with({"--penalty", "-1"}), "--penalty: '-1' is not a number >= 0");
  EXPECT_EQ(with({"--penalty", "nan"}), "--penalty: 'nan' is not a number >= 0");
  EXPECT_EQ(with({"--folds", "2.5"}), "--folds: '2.5' is not a whole number 2 to 20");
  EXPECT_NE(with({"--method", "slwo"}).find("did you mean slow?"), std::string::npos);
  EXPECT_NE(with({"--penalti", "1"}).find("did you mean --penalty?"), std::string::npos);
  EXPECT_EQ(with({"--penalty"}), "--penalty: a value is missing");
  EXPECT_NE(with({"--penalty", "1", "--penalty", "2"}).find("given twice"), std::string::npos);
  EXPECT_NE(with({"more.csv"}).find("no further argument"), std::string::npos);
  EXPECT_NE(refusal({"t.csv"}).find("-o model.json"), std::string::npos);
  EXPECT_NE(refusal({"-o", "x"}).find("--data: is needed"), std::string::npos);
  EXPECT_NE(with({"--threads", "0"}).find("--threads"), std::string::npos);
  EXPECT_NE(with({"--device", "tpu"}).find("--device"), std::string::npos);
  EXPECT_NE(with({"--device", "cuda"}).find("on the processor only"), std::string::npos);
  EXPECT_EQ(with({"--device", "cpu"}), "");
}

TEST(CommandLine, IsShownAsItWasGiven) {
  const auto p = paper();
  EXPECT_EQ(command_line_of(
                p, p.verbs[0],
                {{"data", "my file.csv"}, {"penalty", "0.5"}, {"folds", "3"}, {"as-published", "true"}, {"seed", "2"}}),
            "offprint try-out fit 'my file.csv' --folds 3 --as-published --seed 2");
}

TEST(Run, GathersIntoOneJsonObject) {
  const auto p = paper();
  const auto invocation = parse_command_line(p, p.verbs[0], {"t.csv", "-o", "m"});
  JsonSink sink(invocation);
  offprint::Run run(invocation.settings, p.claims, sink);
  perform(invocation, run);
  const auto result = sink.result();
  EXPECT_EQ(result["tables"]["result"][0]["penalty"], 0.5);
  EXPECT_EQ(result["tables"]["result"][0]["bad"], "nan");
  EXPECT_EQ(result["claims"][0]["verdict"], "reproduced");
  EXPECT_EQ(result["claims"][0]["checks"][0]["seeds"], 3);
  EXPECT_EQ(result["options"]["method"], "fast");
}

TEST(Run, RefusesClaimsThePaperDoesNotMake) {
  MemorySink sink;
  offprint::Run run({}, paper().claims, sink);
  EXPECT_THROW(run.claim("C1", "length", {1}), std::logic_error);
  EXPECT_THROW(run.claim("C2", "size", {1}), std::logic_error);
  EXPECT_THROW(run.table({"t", "T", {{"a", ""}}, {{1.0, 2.0}}}), std::logic_error);
  EXPECT_THROW(run.figure({"f", "F", "", {"x", ""}, {"y", ""}, {{.kind = MarkKind::line, .x = {1, 2}, .y = {1}}}}),
               std::logic_error);
  EXPECT_TRUE(sink.events.empty());
}

TEST(Run, CancelIsSeen) {
  MemorySink sink;
  std::atomic<bool> cancel{false};
  offprint::Run run({}, {}, sink, &cancel);
  EXPECT_NO_THROW(run.check_cancelled());
  cancel = true;
  EXPECT_THROW(run.check_cancelled(), Cancelled);
  EXPECT_THROW(run.progress(1, 2, ""), Cancelled);
}

TEST(Claim, VerdictsAreHonest) {
  const Check check{"c", "", "", between(1, 2), at_least(0)};
  EXPECT_EQ(verdict_of(check, {1.5}), Verdict::reproduced);
  EXPECT_EQ(verdict_of(check, {1.5, 0.5, 9, 5}), Verdict::reproduced);
  EXPECT_EQ(verdict_of(check, {1.5, -0.5, 9, 5}), Verdict::partly) << "the interval leaves the direction";
  EXPECT_EQ(verdict_of(check, {3}), Verdict::partly);
  EXPECT_EQ(verdict_of(check, {3, -1, 7, 5}), Verdict::partly);
  EXPECT_EQ(verdict_of(check, {-1}), Verdict::not_reproduced);
  EXPECT_EQ(verdict_of(check, {std::nan("")}), Verdict::not_reproduced);
}

TEST(Claim, IsPartlyOnlyIfSomethingIsReproducedOrNothingFails) {
  const Check a{"a", "", "", at_least(1), at_least(0)}, b{"b", "", "", at_least(1), at_least(0)};
  const Claim claim{"C", "", "", "", {a, b}};
  constexpr double good = 2, half = 0.5, bad = -1;
  const auto verdict = [&](double first, double second) {
    return verdict_of(claim, {{"a", {first}}, {"b", {second}}});
  };
  EXPECT_EQ(verdict(good, good), Verdict::reproduced);
  EXPECT_EQ(verdict(good, half), Verdict::partly);
  EXPECT_EQ(verdict(half, half), Verdict::partly);
  EXPECT_EQ(verdict(good, bad), Verdict::partly);
  EXPECT_EQ(verdict(half, bad), Verdict::not_reproduced);
  EXPECT_EQ(verdict(bad, bad), Verdict::not_reproduced);
  EXPECT_EQ(verdict_of(claim, {{"a", {good}}}), Verdict::not_measured);
}

TEST(Figure, SurvivesJson) {
  const Figure figure{"f",
                      "F",
                      "c",
                      {"x", "s", Scale::log},
                      {"y", ""},
                      {{.kind = MarkKind::heat_map, .grid = {{1, 2}, {3, 4}}, .facet = "a"},
                       {.kind = MarkKind::box, .labels = {"m"}, .samples = {{1, 2}}}}};
  validate(figure);
  EXPECT_EQ(to_json(figure_from_json(to_json(figure))), to_json(figure));
}

TEST(Figure, TheVocabularyAddsMarksThatFit) {
  Figure figure{"f", "F", "", "x", log_axis("y", "s")};
  auto& curve = figure.line("curve").as(Role::method);
  figure.band("band", {1}, {0}, {2});
  figure.points("dots").add(1, 2, 1, 3).add(2, 3, 2, 4);
  figure.points("map", {1, 2}, {3, 4}).coloured({0, 1});
  figure.boxes().box("a", {1, 2}).box("b", {3});
  figure.ticks("paper", {"a", "b"}, {1, 2}).dash();
  figure.bars("bars").bar("a", 1);
  figure.histogram("h", {1, 2, 3});
  figure.heat_map({{1, 2}, {3, 4}}).of("panel");
  figure.tokens({"a"}, {1});
  figure.parallel({"u", "v"}, {{1, 2}, {3, 4}}).coloured({0, 1});
  figure.level("limit", 0, 1, 5);
  curve.add(1, 1).add(2, 4);  // still the first mark
  EXPECT_EQ(figure.marks.front().x.size(), 2u);
  validate(figure);
  EXPECT_EQ(to_json(figure_from_json(to_json(figure))), to_json(figure));
  EXPECT_NE(gnuplot_script(figure, "f.svg").find("palette"), std::string::npos);
}

TEST(Table, TakesAnyNumberAndText) {
  ResultTable table{"t", "T", {"a", {"b", "s"}, "c", "d", "e"}};
  table.row("x", std::size_t{3}, 2.5, true, std::optional<double>());
  validate(table);
  EXPECT_EQ(to_json(table)["rows"][0], Json::parse(R"(["x", 3, 2.5, true, null])"));
  EXPECT_EQ(table.columns[1].unit, "s");
}

TEST(Figure, DrawingsShareTheirView) {
  const Figure figure{"f",
                      "F",
                      "c",
                      {"x", "m"},
                      {"y", "m"},
                      {{.kind = MarkKind::line, .x = {0, 1}, .y = {0, 2}, .facet = "a"},
                       {.kind = MarkKind::line, .x = {-3, 1}, .y = {0, 0}, .facet = "b"}},
                      true};
  EXPECT_TRUE(figure_from_json(to_json(figure)).equal_axes);
  const auto script = gnuplot_script(figure, "f.svg");
  const std::string view = "set size ratio -1\nset xrange [-3.1:1.1]\nset yrange [-0.1:2.1]\n";
  const auto first = script.find(view);
  ASSERT_NE(first, std::string::npos) << script;
  EXPECT_NE(script.find(view, first + 1), std::string::npos) << "every panel shows the same part";
}

TEST(Sinks, JsonLinesAreOneLineAnEvent) {
  std::ostringstream out;
  JsonLinesSink sink(out);
  sink.accept({"note", {{"text", "two\nlines and \xff"}}});
  const auto text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_EQ(Json::parse(text)["kind"], "note");
}

}  // namespace
}  // namespace offprint
