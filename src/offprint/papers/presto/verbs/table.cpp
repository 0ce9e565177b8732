#include "offprint/papers/presto/verbs/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "offprint/base/text.hpp"
#include "offprint/data/catalogue.hpp"

namespace offprint::presto {
namespace {

bool listed(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The classes that occur, in the order for which there is evidence: what the file states, or the size of numbers.
/// Texts have none.
std::vector<std::string> ordered_classes(const data::Column& column, const std::vector<std::string>& values,
                                         const std::string& where) {
  auto present = values;
  std::sort(present.begin(), present.end());
  present.erase(std::unique(present.begin(), present.end()), present.end());
  if (column.ordered) {
    auto stated = column.levels;
    std::erase_if(stated, [&](const std::string& level) { return !listed(present, level); });
    return stated;
  }
  const bool numbers = std::all_of(present.begin(), present.end(), [](const auto& text) { return parse_double(text); });
  if (numbers) {
    std::stable_sort(present.begin(), present.end(),
                     [](const auto& a, const auto& b) { return *parse_double(a) < *parse_double(b); });
    return present;
  }
  const std::vector<std::string> shown(present.begin(),
                                       present.begin() + std::min<std::ptrdiff_t>(20, std::ssize(present)));
  throw BadInput(where, "its classes are texts, whose order is not known: " + join(shown, ", "),
                 "give them in order with --order, the rare one last");
}

std::vector<std::string> classes_of(const data::Column& column, const std::string& where,
                                    const std::vector<std::string>& order, const std::vector<std::string>& values) {
  if (order.empty()) {
    auto classes = ordered_classes(column, values, where);
    if (classes.size() > 50)
      throw BadInput(where, "has " + std::to_string(classes.size()) + " classes",
                     "name them with --order, or choose an ordered column");
    return classes;
  }
  std::set<std::string> present(values.begin(), values.end());
  const std::vector<std::string> names(present.begin(), present.end());
  for (const auto& name : order)
    if (!present.count(name))
      throw BadInput(where, "class '" + name + "' of --order never occurs", "its classes are " + join(names, ", "));
  for (const auto& name : names)
    if (!listed(order, name))
      throw BadInput(where, "class '" + name + "' is not in --order", "give all classes, the rare one last");
  return order;
}

const data::DocumentKind model_kind{"offprint presto model 1", "PRESTO model", "offprint presto fit"};

}  // namespace

MatrixXd feature_matrix(const data::Table& table, const data::Coding& coding) {
  const auto values = data::features_of(table, coding);
  return Eigen::Map<const MatrixXd>(values.data(), static_cast<Eigen::Index>(table.rows()),
                                    static_cast<Eigen::Index>(coding.features.size()));
}

CodedTable code_table(const TableOptions& options) {
  const auto table = data::read_table(options.data.source, options.reading());
  const auto values = table.text(options.response);
  const auto where = table.source + " column " + options.response;
  CodedTable coded;
  coded.classes = classes_of(table.column(options.response), where, options.order, values);
  if (coded.classes.size() < 3)
    throw BadInput(where, "has fewer than three classes", "PRESTO needs an ordered outcome of at least three");
  coded.coding = data::code_features(table, {options.response, options.columns, options.drop});
  coded.data.classes = static_cast<int>(coded.classes.size());
  for (const auto& value : values) {
    const auto place = std::find(coded.classes.begin(), coded.classes.end(), value);
    coded.data.y.push_back(static_cast<int>(place - coded.classes.begin()) + 1);
  }
  coded.data.x = feature_matrix(table, coded.coding);
  validate(coded.data);
  return coded;
}

Options solver_options(const PathOptions& options, Run& run) {
  Options solver;
  solver.lambdas = options.lambdas;
  solver.lambda_ratio = options.lambda_ratio;
  solver.between_fits = [&run] { run.check_cancelled(); };
  return solver;
}

void write_model(const std::string& file, const CodedTable& table, const Tuned& tuned) {
  const auto& model = tuned.model();
  data::Json content{{"classes", table.classes}}, beta = data::Json::array();
  store(table.coding, content);
  for (const auto slopes : model.beta.colwise()) beta.push_back(std::vector<double>(slopes.begin(), slopes.end()));
  content.update({{"alpha", std::vector<double>(model.alpha.begin(), model.alpha.end())},
                  {"beta", beta},
                  {"lambda", model.lambda},
                  {"lambdas", tuned.lambdas},
                  {"scores", tuned.scores}});
  data::write_document(file, model_kind, content);
}

StoredModel read_model(const std::string& file) {
  const data::StoredDocument document(file, model_kind);
  StoredModel stored{coding_from(*document), document->texts("classes"), {}};
  if (stored.classes.size() < 2) document->refuse("classes", "has fewer than two names");
  const auto boundaries = stored.classes.size() - 1, features = stored.coding.features.size();
  const auto alpha = document->numbers("alpha", boundaries), beta = document->grid("beta", boundaries, features);
  stored.model.alpha = Eigen::Map<const VectorXd>(alpha.data(), static_cast<Eigen::Index>(boundaries));
  stored.model.beta = Eigen::Map<const MatrixXd>(beta.data(), static_cast<Eigen::Index>(features),
                                                 static_cast<Eigen::Index>(boundaries));
  return stored;
}

void show_path(const data::Coding& coding, const std::vector<Model>& path, Run& run) {
  Figure figure{"coefficient-paths", "Slopes against the penalty",
                "Differences between boundaries vanish as the penalty grows: at the right end one slope serves all.",
                log_axis("penalty"), "slope"};
  for (Eigen::Index k = 0; k < path[0].beta.cols(); ++k)
    for (std::size_t j = 0; j < coding.features.size(); ++j) {
      auto& line = figure.line(coding.name_of(j)).of(fmt::format("boundary {}", k + 1));
      for (const auto& model : path) line.add(model.lambda, model.beta(static_cast<Eigen::Index>(j), k));
    }
  run.figure(figure);
  const auto stopped = std::count_if(path.begin(), path.end(), [](const Model& model) { return model.crossing; });
  if (stopped > 0)
    run.note(
        fmt::format("{} of {} fits along the path stopped where fitted cumulatives would cross", stopped, path.size()));
}

}  // namespace offprint::presto
