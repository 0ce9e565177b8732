// What a paper claims, how we measure it here, and the honest verdict.
#pragma once
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "offprint/paper/figure.hpp"

namespace offprint {

/// A closed interval of numbers; the two ends may be infinite.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool contains(double value) const { return value >= low && value <= high; }  ///< false for NaN
  bool contains(const Range& other) const { return contains(other.low) && contains(other.high); }
  bool operator==(const Range&) const = default;
};

constexpr Range at_least(double low) { return {low, std::numeric_limits<double>::infinity()}; }
constexpr Range at_most(double high) { return {-std::numeric_limits<double>::infinity(), high}; }
constexpr Range between(double low, double high) { return {low, high}; }
constexpr Range near(double value, double tolerance) { return {value - tolerance, value + tolerance}; }
std::string range_text(const Range& range);  ///< ">= 0.3", "<= 1", "0.3 to 0.42", "any"

/// A measured number with its uncertainty. Made by exact(), mean_of() and their like in paper/reproduction.hpp.
struct Estimate {
  double value = 0;
  double low = std::numeric_limits<double>::quiet_NaN();  ///< 95 % interval; NaN: exact or not repeated
  double high = std::numeric_limits<double>::quiet_NaN();
  int seeds = 1;  ///< independent repetitions behind the number
  bool has_interval() const { return low <= high; }
};

/// One number of a claim. `acceptance` and `direction` are written before the first measurement.
struct Check {
  std::string name;         ///< unique in the claim: lower_case_with_underscores
  std::string description;  ///< one line for people: "median MSE ratio PRESTO / Logit, rare 1.17 %"
  std::string paper_says;   ///< "0.748"; empty where the paper states no number
  Range acceptance;         ///< where the value must lie to be reproduced
  Range direction;          ///< the paper's sign or ordering, wide of size: holds `acceptance`
  std::string unit = "";
};

/// What the paper states, where, and how it is measured here.
struct Claim {
  std::string id;         ///< "P1"
  std::string statement;  ///< in our words, with its number
  std::string source;     ///< "Section 4.1, Figure 3"
  std::string measured;   ///< how it is measured here: data, sizes, repetitions
  std::vector<Check> checks;
  std::string why_not = "";  ///< if it cannot be measured at our scale: the reason; then there are no checks
  bool is_ours = false;      ///< no claim of the paper's but ours: an identity, a check of our solver; counted apart

  const Check* find_check(std::string_view name) const;
};

/// A claim that is ours; see Claim::is_ours.
Claim ours(Claim claim);
/// A claim of the paper's that cannot be measured here, and why.
Claim unmeasured(std::string id, std::string statement, std::string source, std::string why);

enum class Verdict { reproduced, partly, not_reproduced, not_measured };
std::string_view verdict_text(Verdict verdict);  ///< "reproduced", "partly", "not reproduced", "not measured"

/// Reproduced: the value lies in `acceptance` and, where there is an interval, the whole interval in `direction`. Else
/// partly if the value lies in `direction`, else not reproduced.
Verdict verdict_of(const Check& check, const Estimate& estimate);
/// Reproduced if every check is. Not reproduced if one is not and none is reproduced. Else partly. A check without an
/// estimate makes the claim not measured.
Verdict verdict_of(const Claim& claim, const std::map<std::string, Estimate>& estimates);

Json to_json(const Estimate& estimate);
Estimate estimate_from_json(const Json& json);
Json to_json(const Claim& claim);

/// Measured numbers by claim and check.
using Estimates = std::map<std::string, std::map<std::string, Estimate>>;

}  // namespace offprint
