// Linear programs, solved by COIN-OR CLP's simplex method.
#pragma once
#include <cstddef>
#include <limits>
#include <memory>
#include <vector>

namespace offprint {

/// minimise cost'x  subject to  low <= a'x <= high for each row and lower <= x <= upper.
struct LinearProgram {
  static constexpr double infinity = std::numeric_limits<double>::infinity();
  struct Row {
    std::vector<int> columns;          ///< variables with a coefficient, each at most once
    std::vector<double> coefficients;  ///< as many
    double low = -infinity, high = infinity;
  };
  std::vector<double> cost;          ///< one a variable
  std::vector<double> lower, upper;  ///< bounds of the variables; empty: 0 and infinity
  std::vector<Row> rows;
};

struct LinearSolution {
  double value = 0;                ///< of the objective
  std::vector<double> variables;   ///< a vertex of the feasible set
  std::vector<double> row_prices;  ///< dual values: change of the value with a row's active limit
};

/// A program kept in the solver: after a change of cost the next solve starts from the last vertex.
class LinearSolver {
 public:
  /// Throws std::invalid_argument if sizes do not fit or a number is not a number.
  explicit LinearSolver(const LinearProgram& program);
  ~LinearSolver();
  LinearSolver(LinearSolver&&) noexcept;
  LinearSolver& operator=(LinearSolver&&) noexcept;

  void set_cost(const std::vector<double>& cost);
  /// Throws NumericalFailure saying that the program is infeasible or unbounded, or that the simplex method gave up.
  LinearSolution solve();

 private:
  struct Model;
  std::unique_ptr<Model> model_;
};

LinearSolution solve(const LinearProgram& program);

}  // namespace offprint
