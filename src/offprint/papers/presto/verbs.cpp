#include "offprint/papers/presto/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/base/file.hpp"
#include "offprint/base/parallel.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/table.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/presto/cross_validation.hpp"
#include "offprint/papers/presto/evaluation.hpp"

namespace offprint::presto {
namespace {

bool listed(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> classes_of(const data::Table& table, const TableOptions& options,
                                    const std::vector<std::string>& values) {
  auto present = values;
  std::sort(present.begin(), present.end(), [](const std::string& a, const std::string& b) {
    const auto x = parse_double(a), y = parse_double(b);
    return x && y ? *x < *y : a < b;
  });
  present.erase(std::unique(present.begin(), present.end()), present.end());
  const auto where = table.source + " column " + options.response;
  if (options.order.empty()) {
    if (present.size() > 50)
      throw BadInput(where, "has " + std::to_string(present.size()) + " classes",
                     "name them with --order, or choose an ordered column");
    return present;
  }
  for (const auto& name : options.order)
    if (!listed(present, name))
      throw BadInput(where, "class '" + name + "' of --order never occurs", "its classes are " + join(present, ", "));
  for (const auto& name : present)
    if (!listed(options.order, name))
      throw BadInput(where, "class '" + name + "' is not in --order", "give all classes, the rare one last");
  return options.order;
}

void fill_features(const data::Table& table, const Coding& coding, OrdinalData& data) {
  data.x.resize(static_cast<Eigen::Index>(table.rows()), static_cast<Eigen::Index>(coding.features.size()));
  for (std::size_t f = 0; f < coding.features.size(); ++f) {
    const auto& [column, level] = coding.features[f];
    if (level.empty()) {
      const auto values = table.numeric(column);
      data.x.col(static_cast<Eigen::Index>(f)) =
          Eigen::Map<const VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
    } else {
      const auto values = table.text(column);
      for (std::size_t i = 0; i < values.size(); ++i)
        data.x(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(f)) = values[i] == level;
    }
  }
}

Json to_json(const Coding& coding, const Model& model, const Tuned& tuned) {
  Json features = Json::array(), beta = Json::array();
  for (const auto& [column, level] : coding.features) features.push_back({{"column", column}, {"level", level}});
  for (Eigen::Index k = 0; k < model.beta.cols(); ++k)
    beta.push_back(std::vector<double>(model.beta.col(k).begin(), model.beta.col(k).end()));
  return {{"format", "offprint presto model 1"},
          {"classes", coding.classes},
          {"features", features},
          {"levels", coding.levels},
          {"alpha", std::vector<double>(model.alpha.begin(), model.alpha.end())},
          {"beta", beta},
          {"lambda", model.lambda},
          {"lambdas", tuned.lambdas},
          {"scores", tuned.scores}};
}

struct StoredModel {
  Coding coding;
  Model model;
};

StoredModel read_model(const std::string& file) {
  const auto refuse = [&](const std::string& problem) -> BadInput {
    return {file, problem, "give a model written by offprint presto fit"};
  };
  const auto json = Json::parse(read_file(file), nullptr, false);
  if (!json.is_object() || json.value("format", Json()) != "offprint presto model 1")
    throw refuse("is not a PRESTO model");
  try {
    StoredModel stored;
    stored.coding.classes = json.at("classes").get<std::vector<std::string>>();
    for (const auto& feature : json.at("features"))
      stored.coding.features.push_back({feature.at("column"), feature.at("level")});
    stored.coding.levels = json.at("levels").get<std::map<std::string, std::vector<std::string>>>();
    const auto alpha = json.at("alpha").get<std::vector<double>>();
    const auto beta = json.at("beta").get<std::vector<std::vector<double>>>();
    if (alpha.empty() || alpha.size() + 1 != stored.coding.classes.size() || beta.size() != alpha.size())
      throw refuse("has sizes that do not fit");
    stored.model.alpha = Eigen::Map<const VectorXd>(alpha.data(), static_cast<Eigen::Index>(alpha.size()));
    stored.model.beta.resize(static_cast<Eigen::Index>(stored.coding.features.size()),
                             static_cast<Eigen::Index>(beta.size()));
    for (std::size_t k = 0; k < beta.size(); ++k) {
      if (beta[k].size() != stored.coding.features.size()) throw refuse("has sizes that do not fit");
      for (std::size_t j = 0; j < beta[k].size(); ++j)
        stored.model.beta(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(k)) = beta[k][j];
    }
    return stored;
  } catch (const nlohmann::json::exception&) {
    throw refuse("is a damaged PRESTO model");
  }
}

void show_path(const Coding& coding, const std::vector<Model>& path, Run& run) {
  Figure figure{"coefficient-paths",
                "Slopes against the penalty",
                "Differences between boundaries vanish as the penalty grows: at the right end one slope serves all.",
                {"penalty", "", Scale::log},
                {"slope", "", Scale::linear},
                {}};
  for (Eigen::Index k = 0; k < path[0].beta.cols(); ++k)
    for (std::size_t j = 0; j < coding.features.size(); ++j) {
      Mark line{.kind = MarkKind::line, .name = coding.name_of(j), .facet = fmt::format("boundary {}", k + 1)};
      for (const auto& model : path) {
        line.x.push_back(model.lambda);
        line.y.push_back(model.beta(static_cast<Eigen::Index>(j), k));
      }
      figure.marks.push_back(std::move(line));
    }
  run.figure(figure);
}

void warn_stopped(const std::vector<Model>& path, Run& run) {
  const auto stopped = std::count_if(path.begin(), path.end(), [](const Model& model) { return model.crossing; });
  if (stopped > 0)
    run.note(
        fmt::format("{} of {} fits along the path stopped where fitted cumulatives would cross", stopped, path.size()));
}

/// The options that several verbs have, where they have them.
template <class VerbOptions>
Options solver_options(const VerbOptions& options, Run& run) {
  Options solver;
  solver.lambdas = options.lambdas;
  solver.lambda_ratio = options.lambda_ratio;
  if constexpr (requires { options.mixing; }) solver.mixing = options.mixing;
  solver.between_fits = [&run] { run.check_cancelled(); };
  return solver;
}

}  // namespace

CodedTable code_table(const TableOptions& options) {
  const auto table = data::read_table(options.data.source);
  const auto values = table.text(options.response);
  CodedTable coded;
  coded.coding.classes = classes_of(table, options, values);
  coded.data.classes = static_cast<int>(coded.coding.classes.size());
  if (coded.data.classes < 3)
    throw BadInput(table.source + " column " + options.response, "has fewer than three classes",
                   "PRESTO needs an ordered outcome of at least three");
  for (const auto& name : options.columns) table.column(name);
  for (const auto& name : options.drop) table.column(name);
  for (const auto& column : table.columns) {
    if (column.name == options.response || listed(options.drop, column.name) ||
        (!options.columns.empty() && !listed(options.columns, column.name)))
      continue;
    if (column.numeric)
      coded.coding.features.push_back({column.name, ""});
    else {
      if (column.levels.size() > 100)
        throw BadInput(table.source + " column " + column.name,
                       "has " + std::to_string(column.levels.size()) + " levels",
                       "leave it out with --drop " + column.name);
      coded.coding.levels[column.name] = column.levels;
      for (std::size_t l = 1; l < column.levels.size(); ++l)
        coded.coding.features.push_back({column.name, column.levels[l]});
    }
  }
  if (coded.coding.features.empty())
    throw BadInput(table.source, "has no feature beside the response", "choose other columns");
  for (const auto& value : values)
    coded.data.y.push_back(static_cast<int>(std::find(coded.coding.classes.begin(), coded.coding.classes.end(), value) -
                                            coded.coding.classes.begin()) +
                           1);
  fill_features(table, coded.coding, coded.data);
  validate(coded.data);
  return coded;
}

void fit_verb(const FitOptions& options, Run& run) {
  const auto coded = code_table(options);
  auto solver = solver_options(options, run);
  solver.folds = options.folds;
  solver.as_published = options.as_published;
  run.note(fmt::format("{} rows, {} features, {} classes; tuning over {} penalties with {} stratified folds",
                       coded.data.y.size(), coded.coding.features.size(), coded.data.classes, options.lambdas,
                       options.folds));
  const auto tuned = tune(coded.data, solver, run.random("folds"));
  warn_stopped(tuned.path, run);
  for (std::size_t l = 0; l < tuned.scores.size(); ++l)
    run.metric("cross-validated Brier score", static_cast<double>(l), tuned.scores[l]);
  const auto& model = tuned.model();
  ResultTable slopes{"slopes", "Slopes of each boundary (positive: fewer in the later classes)", {{"feature", ""}}, {}};
  for (Eigen::Index k = 0; k < model.beta.cols(); ++k)
    slopes.columns.push_back({"up_to_" + coded.coding.classes[static_cast<std::size_t>(k)], ""});
  slopes.rows.push_back({std::string("(intercept)")});
  for (const double alpha : model.alpha) slopes.rows.back().push_back(alpha);
  for (std::size_t j = 0; j < coded.coding.features.size(); ++j) {
    slopes.rows.push_back({coded.coding.name_of(j)});
    for (Eigen::Index k = 0; k < model.beta.cols(); ++k)
      slopes.rows.back().push_back(model.beta(static_cast<Eigen::Index>(j), k));
  }
  run.table(slopes);
  run.table({"fit",
             "Fit",
             {{"lambda", ""}, {"log_likelihood", ""}, {"nonzero", ""}, {"crossing_rows", ""}},
             {{model.lambda, model.log_likelihood, std::int64_t{model.nonzero},
               std::int64_t{crossings(model, coded.data.x)}}}});
  show_path(coded.coding, tuned.path, run);
  write_file(options.output.path, to_json(coded.coding, model, tuned).dump(1) + "\n");
  run.file(options.output.path, "The fitted model");
}

void predict_verb(const PredictOptions& options, Run& run) {
  const auto stored = read_model(options.model.source);
  const auto table = data::read_table(options.data.source);
  for (const auto& [column, levels] : stored.coding.levels) {
    const auto values = table.text(column);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!listed(levels, values[i]))
        throw BadInput(table.place(i, column), "the model does not know the level '" + values[i] + "'",
                       "its levels are " + join(levels, ", "));
  }
  OrdinalData rows;
  fill_features(table, stored.coding, rows);
  const MatrixXd probabilities = predict_probabilities(stored.model, rows.x, options.repair);
  data::Table out{options.output.path, {}, {}};
  for (std::size_t k = 0; k < stored.coding.classes.size(); ++k) {
    const auto column = probabilities.col(static_cast<Eigen::Index>(k));
    out.columns.push_back({"probability_" + stored.coding.classes[k],
                           true,
                           std::vector<double>(column.begin(), column.end()),
                           {},
                           std::vector<char>(table.rows(), 0),
                           {}});
  }
  data::write_csv(options.output.path, out);
  const int crossed = crossings(stored.model, rows.x);
  if (crossed > 0 && options.repair == Repair::none)
    run.warning(fmt::format(
        "in {} of {} rows cumulative probabilities cross and a middle class is negative; --repair cummax mends them",
        crossed, table.rows()));
  const VectorXd rare = predict_rare(stored.model, rows.x);
  run.table({"prediction",
             "Prediction",
             {{"rows", ""}, {"mean_rare_probability", ""}, {"largest_rare_probability", ""}, {"crossing_rows", ""}},
             {{static_cast<std::int64_t>(table.rows()), rare.mean(), rare.maxCoeff(), std::int64_t{crossed}}}});
  run.figure({"rare-probability",
              "Predicted probability of the rare class",
              "",
              {"probability of " + stored.coding.classes.back(), "", Scale::linear},
              {"rows", "", Scale::linear},
              {{.kind = MarkKind::histogram, .samples = {std::vector<double>(rare.begin(), rare.end())}}}});
  run.file(options.output.path, "Class probabilities, one row an observation");
}

void compare_verb(const CompareOptions& options, Run& run) {
  const auto coded = code_table(options);
  const auto solver = solver_options(options, run);
  std::vector<SplitErrors> results(static_cast<std::size_t>(options.splits));
  std::atomic<int> done{0};
  parallel_for(results.size(), run.threads(), [&](std::size_t i) {
    results[i] = one_split(coded.data, options.test, solver, run.random("splits").split(i));
    run.progress(++done, options.splits, "splits");
  });
  ResultTable table{"comparison",
                    "Means over splits; t is of the paired difference PRESTO minus baseline",
                    {{"metric", ""},
                     {"presto", ""},
                     {"logit", ""},
                     {"proportional_odds", ""},
                     {"t_logit", ""},
                     {"t_proportional_odds", ""}},
                    {}};
  const std::vector<std::pair<std::string, Errors SplitErrors::*>> metrics{
      {"calibration_error", &SplitErrors::corrected},
      {"calibration_error_as_published", &SplitErrors::published},
      {"log_loss", &SplitErrors::log_loss},
      {"brier_score", &SplitErrors::brier}};
  for (const auto& [name, metric] : metrics) {
    std::vector<double> presto, logit, odds;
    for (const auto& result : results) {
      presto.push_back((result.*metric).presto);
      logit.push_back((result.*metric).logit);
      odds.push_back((result.*metric).odds);
    }
    table.rows.push_back(
        {name, mean(presto), mean(logit), mean(odds), paired_t(presto, logit), paired_t(presto, odds)});
    run.figure({replace_all(name, "_", "-"),
                "Over splits: " + replace_all(name, "_", " "),
                "Smaller is better.",
                {"method", "", Scale::linear},
                {replace_all(name, "_", " "), "", Scale::linear},
                {{.kind = MarkKind::box,
                  .labels = {"PRESTO", "Logit", "proportional odds"},
                  .samples = {presto, logit, odds}}}});
  }
  run.table(table);
}

void path_verb(const PathOptions& options, Run& run) {
  const auto coded = code_table(options);
  const auto solver = solver_options(options, run);
  const auto path = fit_path(coded.data, lambda_path(coded.data, solver), solver);
  warn_stopped(path, run);
  ResultTable table{
      "path", "Fits along the path", {{"lambda", ""}, {"nonzero", ""}, {"log_likelihood", ""}, {"iterations", ""}}, {}};
  for (const auto& model : path)
    table.rows.push_back(
        {model.lambda, std::int64_t{model.nonzero}, model.log_likelihood, std::int64_t{model.iterations}});
  run.table(table);
  show_path(coded.coding, path, run);
}

void simulate_verb(const SimulateOptions& options, Run& run) {
  for (std::size_t k = 1; k < options.intercepts.size(); ++k)
    if (options.intercepts[k] <= options.intercepts[k - 1]) throw UsageError("--intercepts: must increase");
  if (options.intercepts.size() < 2) throw UsageError("--intercepts: give at least two");
  Options solver;
  solver.as_published = options.as_published;
  solver.between_fits = [&] { run.check_cancelled(); };
  std::vector<double> presto(static_cast<std::size_t>(options.sims)), logit = presto, odds = presto, rare = presto;
  std::atomic<int> done{0};
  parallel_for(presto.size(), run.threads(), [&](std::size_t i) {
    run.check_cancelled();
    const auto result = one_simulation(options.kind == Kind::sparse, options.q, options.intercepts, options.rows,
                                       options.features, solver, run.random("simulation").split(i));
    presto[i] = result.errors.presto;
    logit[i] = result.errors.logit;
    odds[i] = result.errors.odds;
    rare[i] = result.rare_share;
    run.progress(++done, options.sims, "data sets");
  });
  run.table({"errors",
             "Error of the rare probability over the training rows",
             {{"method", ""}, {"median_mse", ""}, {"t_against_presto", ""}},
             {{std::string("presto"), median(presto), {}},
              {std::string("logit"), median(logit), paired_t(presto, logit)},
              {std::string("proportional_odds"), median(odds), paired_t(presto, odds)}}});
  run.note(fmt::format("mean share of the rare class {:.4f}", mean(rare)));
  run.figure({"errors",
              "Error of the rare probability",
              "One box a method, over data sets.",
              {"method", "", Scale::linear},
              {"MSE", "", Scale::log},
              {{.kind = MarkKind::box,
                .labels = {"PRESTO", "Logit", "proportional odds"},
                .samples = {presto, logit, odds}}}});
}

}  // namespace offprint::presto
