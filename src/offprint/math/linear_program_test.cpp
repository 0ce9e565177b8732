#include "offprint/math/linear_program.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "offprint/base/error.hpp"
#include "offprint/base/random.hpp"

namespace offprint {
namespace {

TEST(LinearProgram, SmallKnownProblem) {
  // maximise 3x + 2y with x + y <= 4, x + 3y <= 7, x <= 3: optimum 11 at (3, 1); only the first row binds, with price
  // 2.
  LinearProgram program;
  program.cost = {-3, -2};
  program.rows = {{{0, 1}, {1, 1}, -LinearProgram::infinity, 4}, {{0, 1}, {1, 3}, -LinearProgram::infinity, 7}};
  program.lower = {0, 0};
  program.upper = {3, LinearProgram::infinity};
  const auto solution = solve(program);
  EXPECT_NEAR(solution.value, -11, 1e-9);
  EXPECT_NEAR(solution.variables[0], 3, 1e-9);
  EXPECT_NEAR(solution.variables[1], 1, 1e-9);
  EXPECT_NEAR(solution.row_prices[0], -2, 1e-9);
  EXPECT_NEAR(solution.row_prices[1], 0, 1e-9);
}

TEST(LinearProgram, AssignmentMatchesEnumeration) {
  Random random(2);
  for (int trial = 0; trial < 30; ++trial) {
    const int n = 5;
    LinearProgram program;
    for (int i = 0; i < n * n; ++i) program.cost.push_back(random.normal());
    for (int i = 0; i < n; ++i) {
      LinearProgram::Row row{{}, std::vector<double>(n, 1.0), 1, 1}, column = row;
      for (int j = 0; j < n; ++j) {
        row.columns.push_back(i * n + j);
        column.columns.push_back(j * n + i);
      }
      program.rows.push_back(row);
      program.rows.push_back(column);
    }
    std::vector<int> order(n);
    std::iota(order.begin(), order.end(), 0);
    double best = 1e9;
    do {
      double sum = 0;
      for (int i = 0; i < n; ++i)
        sum += program.cost[static_cast<std::size_t>(i * n + order[static_cast<std::size_t>(i)])];
      best = std::min(best, sum);
    } while (std::next_permutation(order.begin(), order.end()));
    LinearSolver solver(program);
    EXPECT_NEAR(solver.solve().value, best, 1e-9);
    for (auto& cost : program.cost) cost = -cost;  // a second solve from the first's vertex
    solver.set_cost(program.cost);
    EXPECT_NEAR(solver.solve().value, solve(program).value, 1e-9);
  }
}

TEST(LinearProgram, FreeVariablesAndEqualities) {
  LinearProgram program;
  program.cost = {1, 1};
  program.lower = {-LinearProgram::infinity, -5};
  program.upper = {LinearProgram::infinity, LinearProgram::infinity};
  program.rows = {{{0, 1}, {1, -2}, 3, 3}};
  const auto solution = solve(program);
  EXPECT_NEAR(solution.variables[0], -7, 1e-9);
  EXPECT_NEAR(solution.variables[1], -5, 1e-9);
}

TEST(LinearProgram, SaysWhatIsWrong) {
  LinearProgram infeasible{{1}, {}, {}, {{{0}, {1}, 2, 3}, {{0}, {1}, 4, 5}}};
  EXPECT_THROW(solve(infeasible), NumericalFailure);
  LinearProgram unbounded{{-1}, {}, {}, {{{0}, {1}, 0, LinearProgram::infinity}}};
  EXPECT_THROW(solve(unbounded), NumericalFailure);
  EXPECT_THROW(solve({{std::nan("")}, {}, {}, {}}), std::invalid_argument);
  EXPECT_THROW(solve({{1}, {}, {}, {{{1}, {1}, 0, 1}}}), std::invalid_argument);
  EXPECT_THROW(solve({{1}, {0, 0}, {}, {}}), std::invalid_argument);
}

}  // namespace
}  // namespace offprint
