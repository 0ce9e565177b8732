#include "offprint/paper/paper.hpp"

#include "offprint/papers/continual_privacy/verbs.hpp"

namespace offprint::continual_privacy {
namespace {

const Choices<Neighbours> neighbour_choices{
    {{"replacement", Neighbours::replacement}, {"add-remove", Neighbours::add_remove}}};

Claim slopes_claim() {
  Claim claim{
      "C1",
      "The running maximum of sums costs an error that grows like the cube root of the stream's length.",
      "Abstract; Section 4, upper bound",
      "Recomputation with the length from 2^10 to 2^22 in steps of 4, stream of ones and reduction stream, largest error over all steps; slope in "
      "log-log, run by run.",
      {},
      ""};
  for (const char* stream : {"ones", "reduction"})
    for (const char* rho : {"0.1", "1"}) {
      const std::string key = std::string(stream) + (std::string(rho) == "1" ? "_1" : "_01"),
                        label = std::string(", ") + stream + ", rho = " + rho;
      claim.checks.push_back({"slope_" + key, "slope of the largest error" + label, "1/3 up to logarithms",
                              between(0.30, 0.42), between(0.2, 0.5), ""});
      claim.checks.push_back({"slope_log_" + key, "slope of the largest error over (ln T)^(1/3)" + label, "1/3",
                              between(0.30, 0.37), between(0.2, 0.5), ""});
    }
  return claim;
}

Claim tracing_claim() {
  Claim claim{
      "C6",
      "Answers to the marginals that are too accurate give the members of the data away; a private mechanism's do not.",
      "Section 3, lower bound",
      "n = 100 rows, d = 2000 columns, Gaussian noise of c sqrt(d) / n on all column means, tracing at 1 % false positives; and the private mechanism "
      "on the reduction stream (d = 500, epsilon = 1, delta = 1e-6).",
      {},
      ""};
  claim.checks.push_back({"found_00", "members found, c = 0", "", at_least(0.90), at_least(0.5), ""});
  claim.checks.push_back({"found_01", "members found, c = 0.1", "", near(0.69, 0.12), at_least(0.3), ""});
  claim.checks.push_back({"found_02", "members found, c = 0.2", "", near(0.29, 0.12), between(0.05, 0.6), ""});
  claim.checks.push_back({"found_04", "members found, c = 0.4", "", at_most(0.17), at_most(0.3), ""});
  claim.checks.push_back({"found_08", "members found, c = 0.8", "", at_most(0.07), at_most(0.15), ""});
  claim.checks.push_back({"private_excess", "members found through the private mechanism, less what privacy allows",
                          "at most 0", at_most(0), at_most(0.05), ""});
  return claim;
}

Claim constants_claim() {
  Claim claim{
      "C8",
      "Counters: the largest variance over time of the tree, of its re-estimation from below and of the square-root matrix.",
      "our addition: the counters that the paper compares with",
      "Closed forms of what is built, rho = 1/2, one bit a step; empirical variance at the worst step from repeated runs at T = 1024.",
      {},
      ""};
  struct Row {
    const char *name, *label;
    double at_1024, at_4096;
  };
  for (const Row& row : {Row{"tree", "tree", 110, 156}, Row{"honaker", "from below", 63.831450, 88.441931},
                         Row{"square_root", "square root", 10.709611, 13.792932}}) {
    const std::string name = row.name, label = row.label;
    claim.checks.push_back({name + "_1024", label + ", T = 1024", std::to_string(row.at_1024), near(row.at_1024, 1e-3),
                            near(row.at_1024, 1), ""});
    claim.checks.push_back({name + "_4096", label + ", T = 4096", std::to_string(row.at_4096), near(row.at_4096, 1e-3),
                            near(row.at_4096, 1), ""});
    claim.checks.push_back(
        {name + "_empirical", label + ", measured over predicted variance", "1", near(1, 0.05), near(1, 0.2), ""});
  }
  claim.checks.push_back({"column_norm", "squared column norm of the square root, T = 1024", "3.272554150",
                          near(3.272554150, 1e-5), near(3.27, 0.1), ""});
  return claim;
}

Claim noise_claim() {
  Claim claim{
      "C10",
      "The noise has exactly the distribution that the proof is about.",
      "Canonne, Kamath and Steinke 2020",
      "Chi-square test of 10^6 draws of the discrete Gaussian against its exact probabilities, and their variance.",
      {},
      ""};
  struct Row {
    const char *name, *label;
    double variance;
  };
  for (const Row& row : {Row{"025", "0.25", 0.215013}, Row{"1", "1", 1}, Row{"4", "4", 4}, Row{"100", "100", 100}}) {
    claim.checks.push_back({std::string("p_") + row.name, std::string("p-value, s2 = ") + row.label, "", at_least(1e-3),
                            at_least(1e-6), ""});
    claim.checks.push_back({std::string("variance_") + row.name, std::string("variance, s2 = ") + row.label,
                            std::to_string(row.variance).substr(0, 8), near(row.variance, 0.01 * row.variance),
                            near(row.variance, 0.05 * row.variance), ""});
  }
  return claim;
}

template <class Options>
void add_budget(VerbBuilder<Options>& builder) {
  builder.option(&Options::rho, "rho", "Zero-concentrated budget", between(1e-9, 1e9))
      .option(&Options::epsilon, "epsilon", "Pure budget, or approximate with --delta", between(1e-6, 1e4))
      .option(&Options::delta, "delta", "Of an approximate budget", between(1e-300, 0.999));
}

Verb publish_verb(const char* name, const char* help, const Choices<MechanismKind>& mechanisms,
                  void (*body)(const PublishOptions&, Run&), const char* suggested_name, const char* example) {
  auto builder = verb<PublishOptions>(name, help);
  builder
      .option(&PublishOptions::input, "input", "Table with one row an event", Required{},
              Accepts{{"csv", "tsv", "jsonl", "npy"}})
      .option(&PublishOptions::columns, "column",
              "Columns of numbers, or one of texts, which becomes one column a level")
      .option(&PublishOptions::levels, "levels",
              "All texts that may occur; default: those of the table, with a warning")
      .option(&PublishOptions::time, "time", "Column to sort the events by; default: as they stand")
      .option(&PublishOptions::low, "low", "Least value that may occur")
      .option(&PublishOptions::high, "high", "Greatest value that may occur")
      .option(&PublishOptions::grid, "grid", "All values are multiples of this", between(1e-12, 1e12))
      .option(&PublishOptions::outside, "outside", "What to do with a value outside low to high",
              Choices<OutsidePolicy>{{{"reject", OutsidePolicy::reject}, {"clip", OutsidePolicy::clip}}})
      .option(&PublishOptions::missing, "missing", "What to do with a missing value: zero counts it nowhere",
              Choices<MissingPolicy>{{{"reject", MissingPolicy::reject}, {"zero", MissingPolicy::zero}}})
      .option(&PublishOptions::horizon, "horizon", "Events that may come in all; fixes the noise", Required{},
              between(1, 1e12));
  add_budget(builder);
  builder.option(&PublishOptions::mechanism, "mechanism", "How; auto takes the least predicted error", mechanisms);
  if (body != count_verb)
    builder.option(&PublishOptions::every, "every", "recompute: events between releases; 0: the optimal number",
                   between(0, 1e12));
  return builder
      .option(&PublishOptions::neighbours, "neighbours",
              "Which streams may not be told apart: one event replaced, or removed", neighbour_choices)
      .option(&PublishOptions::reproducible, "reproducible", "Noise from the seed: for trying out, not private")
      .option(&PublishOptions::truth, "truth", "Show the true values beside the releases: not private")
      .output(&PublishOptions::output, suggested_name, "Where to write the releases, one row an event")
      .option(&PublishOptions::state, "state", "Where to write the state to resume from",
              SuggestedName{"state.json", false})
      .example(example)
      .runs(body);
}

}  // namespace

const Paper& paper() {
  using enum MechanismKind;
  const Choices<MechanismKind> counters{
      {{"auto", automatic}, {"tree", tree}, {"honaker", honaker}, {"square-root", square_root}}};
  const Choices<MechanismKind> largest{{{"auto", automatic},
                                        {"recompute", recompute},
                                        {"parallel", parallel},
                                        {"naive", naive},
                                        {"batch", batch},
                                        {"trivial", trivial},
                                        {"non-private", non_private}}};
  const Choices<MechanismKind> all{{{"auto", automatic},
                                    {"tree", tree},
                                    {"honaker", honaker},
                                    {"square-root", square_root},
                                    {"recompute", recompute},
                                    {"parallel", parallel},
                                    {"naive", naive},
                                    {"batch", batch},
                                    {"trivial", trivial}}};
  auto convert = verb<ConvertOptions>("convert", "One budget in every currency: rho, epsilon with delta, pure epsilon");
  add_budget(convert);
  auto plan =
      verb<PlanOptions>("plan", "Predicted error of every mechanism, and which one would be chosen; looks at no data");
  plan.option(&PlanOptions::horizon, "horizon", "Events in all", Required{}, between(1, 1e12))
      .option(&PlanOptions::dimension, "dim", "Columns", between(1, 1 << 24));
  add_budget(plan);
  auto attack =
      verb<AttackOptions>("attack", "Tracing: find the members of a data set from answers to all its column means");
  add_budget(attack);
  static const Paper description{
      .slug = "continual_privacy",
      .title = "The Price of Differential Privacy under Continual Observation",
      .authors = {"Palak Jain", "Sofya Raskhodnikova", "Satchit Sivakumar", "Adam Smith"},
      .venue = "ICML 2023",
      .year = 2023,
      .arxiv = "2112.00828",
      .published = "2021-12-01",
      .wing = "privacy",
      .summary =
          "One sensitive event arrives a step, and a statistic of all events so far is published after every step, privately for each event even against "
          "somebody who chooses the next events after seeing the releases. Counting costs only a power of $\\log T$ in the error. The paper shows that the "
          "maximum of $d$ running sums costs far more: about $\\min\\{(T/\\rho)^{1/3}, \\sqrt{d/\\rho}, T\\}$, and that nothing can do better. Use it to "
          "publish running counts, histograms, the largest column so far and which column it is, with error bars and an honest bill.",
      .links = {{"arXiv", "https://arxiv.org/abs/2112.00828"}},
      .bibtex =
          "@inproceedings{jain2023price,\n  title = {The Price of Differential Privacy under Continual Observation},\n  author = {Jain, Palak and "
          "Raskhodnikova, Sofya and Sivakumar, Satchit and Smith, Adam},\n  booktitle = {International Conference on Machine Learning},\n  series = {PMLR},\n  "
          "volume = {202},\n  year = {2023}\n}",
      .claims =
          {slopes_claim(),
           {"C2",
            "The gap between releasing always and releasing once grows like the cube root of the length.",
            "Abstract",
            "Largest error of recomputation over the mean error of one release, at T = 2^12 and T = 2^20, rho = 1.",
            {{"growth", "gap at 2^20 over gap at 2^12", "6.35 up to logarithms", between(5, 10), between(3, 16), ""}},
            ""},
           {"C3",
            "For counting the gap is a power of the logarithm only.",
            "Table 1; Dwork et al. 2010, Chan et al. 2010",
            "Square-root matrix on one column of ones, T from 2^12 to 2^20 in steps of 4, largest error over all steps.",
            {{"growth", "error at 2^20 over error at 2^12", "polylogarithmic", at_most(2.5), at_most(4), ""},
             {"slope", "slope in log-log", "0", at_most(0.17), at_most(0.25), ""}},
            ""},
           {"C4",
            "Which term of the bound rules depends on the number of columns: parallel counters for few, recomputation for many.",
            "Table 1",
            "T = 2^14, rho = 1, columns of ones, d = 1 to 2^14 in steps of 4; largest error of both mechanisms.",
            {{"few", "error of recomputation over parallel counters, d = 1", "", at_least(1), at_least(0.8), ""},
             {"many", "error of recomputation over parallel counters, largest d", "", at_most(1), at_most(1.2), ""},
             {"crossing", "measured over predicted d where the two cross", "1", between(0.25, 4), between(0.0625, 16),
              ""},
             {"choice", "error of the mechanism chosen beforehand over the better one, worst d", "1", at_most(1.5),
              at_most(3), ""}},
            ""},
           {"C5",
            "The running maximum answers all one-way marginals of a data set (reduction stream).",
            "Section 3",
            "n = 50, d = 500: without noise, and with recomputation at rho = 1.",
            {{"exact", "largest error of a marginal without noise", "0", near(0, 1e-12), near(0, 1e-6), ""},
             {"excess", "largest of n times a marginal's error less the stream's error", "at most 0", at_most(1e-9),
              at_most(1), ""}},
            ""},
           tracing_claim(),
           {"C7",
            "Under pure differential privacy the error grows like the square root of the length.",
            "Table 1",
            "Recomputation with Laplace noise, epsilon = 1, T from 2^10 to 2^20 in steps of 4, column of ones.",
            {{"slope", "slope of the largest error in log-log", "1/2 up to logarithms", between(0.45, 0.60),
              between(0.4, 0.7), ""}},
            ""},
           constants_claim(),
           {"C9",
            "The upper bounds hold when the stream is chosen adaptively.",
            "Section 2, the adaptive model",
            "An adversary picks rows from releases and a pair at a random step (T = 8, rho = 0.5, delta = 0.01): what its winnings prove at 95 %, for "
            "counters, "
            "MaxSum and SumSelect; and the same for copies with half the noise.",
            {{"excess", "largest proved epsilon less the claimed one", "at most 0", at_most(0), at_most(0.1), ""},
             {"unmasked", "share of the copies with half the noise that are refuted", "1", at_least(1), at_least(0.5),
              ""}},
            ""},
           noise_claim(),
           {"C11",
            "The accounting is that of the formulas.",
            "Bun and Steinke 2016; Balle and Wang 2018",
            "rho = 0.005, 0.1, 0.5, 1, 2 at delta = 1e-6 against figures computed independently.",
            {{"tight", "largest relative deviation, tight conversion", "0", at_most(1e-5), at_most(1e-3), ""},
             {"gaussian", "largest relative deviation, exact Gaussian", "0", at_most(1e-5), at_most(1e-3), ""},
             {"simple", "largest relative deviation, simple formula", "0", at_most(1e-5), at_most(1e-3), ""}},
            ""}},
      .verbs = {
          convert.option(&ConvertOptions::groups, "groups", "Events of one person to protect together", between(1, 1e6))
              .example("convert --rho 0.5 --delta 1e-6 --json")
              .runs(convert_verb),
          plan.option(&PlanOptions::low, "low", "Least value, in units of the grid", between(-1e9, 1e9))
              .option(&PlanOptions::high, "high", "Greatest value, in units of the grid", between(-1e9, 1e9))
              .option(&PlanOptions::one_hot, "one-hot", "At most one column is 1 in a row")
              .option(&PlanOptions::neighbours, "neighbours",
                      "Which streams may not be told apart: one event replaced, or removed", neighbour_choices)
              .option(&PlanOptions::beta, "beta", "Probability with which the error may be larger",
                      between(1e-9, 0.999))
              .example("plan --horizon 100000 --dim 10 --epsilon 1 --delta 1e-6")
              .runs(plan_verb),
          publish_verb("count", "Publish running sums of columns", counters, count_verb, "releases.csv",
                       "count --input events.csv --column x --horizon 1000 --rho 0.5 -o releases.csv"),
          publish_verb(
              "maxsum", "Publish the largest running sum", largest, maxsum_verb, "largest.csv",
              "maxsum --input data:mpls_stops --column race --missing zero --horizon 60000 --rho 0.5 -o largest.csv"),
          publish_verb(
              "sumselect", "Publish which column has the largest running sum", largest, sumselect_verb, "leader.csv",
              "sumselect --input data:mpls_stops --column race --missing zero --horizon 60000 --rho 0.5 -o leader.csv"),
          verb<ResumeOptions>("resume", "Go on with a stream from its saved state, once")
              .option(&ResumeOptions::saved, "saved", "State written by --state or --next-state; marked as used",
                      Positional{}, Required{}, Accepts{{"json"}})
              .option(&ResumeOptions::input, "input", "Table with the next events", Required{},
                      Accepts{{"csv", "tsv", "jsonl", "npy"}})
              .option(&ResumeOptions::truth, "truth",
                      "Show the true values since the restart beside the releases: not private")
              .output(&ResumeOptions::output, "more_releases.csv", "Where to write the releases, one row an event")
              .option(&ResumeOptions::next_state, "next-state", "Where to write the state to resume from next",
                      SuggestedName{"next_state.json", false})
              .example("resume state.json --input more_events.csv -o more_releases.csv --next-state next_state.json")
              .runs(resume_verb),
          attack.option(&AttackOptions::rows, "n", "People in the data", between(10, 100000))
              .option(&AttackOptions::dimension, "dim", "Columns", between(1, 100000))
              .option(&AttackOptions::noise, "noise",
                      "Without a budget: Gaussian noise on the answers, in units of sqrt(d) / n", between(0, 1000))
              .option(&AttackOptions::trials, "trials", "Data sets", between(2, 10000))
              .option(&AttackOptions::outsiders, "outsiders", "Fresh people to set the threshold with",
                      between(100, 100000))
              .option(&AttackOptions::false_positive_rate, "false-positives",
                      "Share of outsiders wrongly called members", between(0.0001, 0.5))
              .example("attack --n 100 --dim 2000 --noise 0.1")
              .example("attack --n 100 --dim 200 --epsilon 1 --delta 1e-6")
              .runs(attack_verb),
          verb<AuditOptions>("audit", "Play the privacy game against a mechanism and say what the winnings prove")
              .option(&AuditOptions::statistic, "statistic", "What is published",
                      Choices<Statistic>{{{"count", Statistic::count},
                                          {"maxsum", Statistic::max_sum},
                                          {"sumselect", Statistic::sum_select}}})
              .option(&AuditOptions::mechanism, "mechanism", "How", all)
              .option(&AuditOptions::rho, "rho", "Claimed zero-concentrated budget", between(1e-6, 1e3))
              .option(&AuditOptions::delta, "delta", "At which rho is turned into epsilon", between(1e-9, 0.5))
              .option(&AuditOptions::epsilon, "epsilon", "Claimed pure budget, instead of rho", between(1e-3, 1e3))
              .option(&AuditOptions::horizon, "horizon", "Steps of a game", between(1, 64))
              .option(&AuditOptions::dimension, "dim", "Columns", between(1, 1000))
              .option(&AuditOptions::games, "games", "Games a side", between(100, 1e7))
              .option(&AuditOptions::halve_noise, "halve-noise", "Audit a broken copy with half the noise")
              .example("audit --statistic count --mechanism tree")
              .example("audit --statistic count --mechanism tree --halve-noise")
              .runs(audit_verb),
          reproduce_verb().example("reproduce --budget smoke --json").runs(reproduce)}};
  return description;
}

}  // namespace offprint::continual_privacy
