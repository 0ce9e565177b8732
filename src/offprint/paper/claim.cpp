#include "offprint/paper/claim.hpp"

#include <fmt/format.h>

#include <cmath>

#include "offprint/base/text.hpp"
#include "offprint/paper/json.hpp"

namespace offprint {

std::string range_text(const Range& range) {
  const bool low = std::isfinite(range.low), high = std::isfinite(range.high);
  if (low && high)
    return range.low == range.high ? fmt::format("= {}", short_number(range.low, 6))
                                   : fmt::format("{} to {}", short_number(range.low, 6), short_number(range.high, 6));
  if (low) return fmt::format(">= {}", short_number(range.low, 6));
  if (high) return fmt::format("<= {}", short_number(range.high, 6));
  return "any";
}

std::string_view verdict_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::reproduced:
      return "reproduced";
    case Verdict::partly:
      return "partly";
    case Verdict::not_reproduced:
      return "not reproduced";
    case Verdict::not_measured:
      return "not measured";
  }
  return "";
}

Verdict verdict_of(const Check& check, const Estimate& estimate) {
  if (!check.direction.contains(estimate.value)) return Verdict::not_reproduced;
  const bool sure = !estimate.has_interval() || check.direction.contains(Range{estimate.low, estimate.high});
  return sure && check.acceptance.contains(estimate.value) ? Verdict::reproduced : Verdict::partly;
}

Verdict verdict_of(const Claim& claim, const std::map<std::string, Estimate>& estimates) {
  bool all_reproduced = true, any_reproduced = false, any_failed = false;
  for (const auto& check : claim.checks) {
    const auto found = estimates.find(check.name);
    if (found == estimates.end()) return Verdict::not_measured;
    const auto verdict = verdict_of(check, found->second);
    all_reproduced &= verdict == Verdict::reproduced;
    any_reproduced |= verdict == Verdict::reproduced;
    any_failed |= verdict == Verdict::not_reproduced;
  }
  if (claim.checks.empty()) return Verdict::not_measured;
  if (all_reproduced) return Verdict::reproduced;
  return any_failed && !any_reproduced ? Verdict::not_reproduced : Verdict::partly;
}

const Check* Claim::find_check(std::string_view name) const {
  for (const auto& check : checks)
    if (check.name == name) return &check;
  return nullptr;
}

Claim ours(Claim claim) {
  claim.is_ours = true;
  return claim;
}

Claim unmeasured(std::string id, std::string statement, std::string source, std::string why) {
  return {std::move(id), std::move(statement), std::move(source), "", {}, std::move(why)};
}

namespace {

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace

Json to_json(const Estimate& estimate) {
  return {{"value", number_or_null(estimate.value)},
          {"low", number_or_null(estimate.low)},
          {"high", number_or_null(estimate.high)},
          {"seeds", estimate.seeds}};
}

Estimate estimate_from_json(const Json& json) {
  const auto number = [&](const char* key) {
    return json.contains(key) && json[key].is_number() ? json[key].get<double>() : std::nan("");
  };
  return {number("value"), number("low"), number("high"), json.value("seeds", 1)};
}

Json to_json(const Claim& claim) {
  Json checks = Json::array();
  for (const auto& check : claim.checks)
    checks.push_back({{"name", check.name},
                      {"description", check.description},
                      {"paper_says", check.paper_says},
                      {"acceptance", range_text(check.acceptance)},
                      {"direction", range_text(check.direction)},
                      {"unit", check.unit}});
  return {{"id", claim.id},          {"ours", claim.is_ours},      {"statement", claim.statement},
          {"source", claim.source},  {"measured", claim.measured}, {"checks", checks},
          {"why_not", claim.why_not}};
}

}  // namespace offprint
