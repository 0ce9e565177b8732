#include "offprint/math/linear_program.hpp"

#include <ClpSimplex.hpp>
#include <CoinPackedMatrix.hpp>
#include <cmath>
#include <stdexcept>
#include <string>

#include "offprint/base/error.hpp"

namespace offprint {
namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(std::string("linear program: ") + what);
}

bool all_numbers(const std::vector<double>& values) {
  for (const double value : values)
    if (std::isnan(value)) return false;
  return true;
}

void validate(const LinearProgram& program) {
  const std::size_t n = program.cost.size();
  require(program.lower.empty() || program.lower.size() == n, "one lower bound a variable is needed");
  require(program.upper.empty() || program.upper.size() == n, "one upper bound a variable is needed");
  require(all_numbers(program.cost) && all_numbers(program.lower) && all_numbers(program.upper),
          "a cost or bound is not a number");
  for (const auto& row : program.rows) {
    require(row.columns.size() == row.coefficients.size(), "a row has as many coefficients as columns");
    require(all_numbers(row.coefficients) && !std::isnan(row.low) && !std::isnan(row.high),
            "a row holds what is not a number");
    for (const int column : row.columns)
      require(column >= 0 && static_cast<std::size_t>(column) < n, "a row names a variable that is not there");
  }
}

}  // namespace

struct LinearSolver::Model {
  ClpSimplex simplex;
};

LinearSolver::LinearSolver(const LinearProgram& program) : model_(std::make_unique<Model>()) {
  validate(program);
  const auto n = program.cost.size();
  CoinPackedMatrix matrix(false, 0, 0);
  matrix.setDimensions(0, static_cast<int>(n));
  std::vector<double> low, high;
  for (const auto& row : program.rows) {
    matrix.appendRow(static_cast<int>(row.columns.size()), row.columns.data(), row.coefficients.data());
    low.push_back(std::isinf(row.low) ? -COIN_DBL_MAX : row.low);
    high.push_back(std::isinf(row.high) ? COIN_DBL_MAX : row.high);
  }
  auto lower = program.lower.empty() ? std::vector<double>(n, 0.0) : program.lower;
  auto upper = program.upper.empty() ? std::vector<double>(n, COIN_DBL_MAX) : program.upper;
  for (auto& bound : lower) bound = std::isinf(bound) ? -COIN_DBL_MAX : bound;
  for (auto& bound : upper) bound = std::isinf(bound) ? COIN_DBL_MAX : bound;
  model_->simplex.setLogLevel(0);
  model_->simplex.loadProblem(matrix, lower.data(), upper.data(), program.cost.data(), low.data(), high.data());
}

LinearSolver::~LinearSolver() = default;
LinearSolver::LinearSolver(LinearSolver&&) noexcept = default;
LinearSolver& LinearSolver::operator=(LinearSolver&&) noexcept = default;

void LinearSolver::set_cost(const std::vector<double>& cost) {
  require(cost.size() == static_cast<std::size_t>(model_->simplex.numberColumns()) && all_numbers(cost),
          "one cost a variable is needed");
  model_->simplex.chgObjCoefficients(cost.data());
}

LinearSolution LinearSolver::solve() {
  auto& simplex = model_->simplex;
  simplex.primal();
  const std::string after = std::to_string(simplex.numberIterations()) + " simplex iterations";
  if (simplex.isProvenPrimalInfeasible()) throw NumericalFailure("the linear program has no feasible point", after);
  if (simplex.isProvenDualInfeasible()) throw NumericalFailure("the linear program is unbounded", after);
  if (!simplex.isProvenOptimal()) throw NumericalFailure("the linear program was not solved", after);
  const double* variables = simplex.primalColumnSolution();
  const double* prices = simplex.dualRowSolution();
  return {simplex.objectiveValue(),
          {variables, variables + simplex.numberColumns()},
          {prices, prices + simplex.numberRows()}};
}

LinearSolution solve(const LinearProgram& program) { return LinearSolver(program).solve(); }

}  // namespace offprint
