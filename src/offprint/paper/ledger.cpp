#include "offprint/paper/ledger.hpp"

#include <cmath>

#include "offprint/base/file.hpp"
#include "offprint/paper/json.hpp"

namespace offprint {
namespace {

Json to_json(const Range& range) {
  const auto end = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  return Json::array({end(range.low), end(range.high)});
}

int rank(const Json& record) {
  const auto budget = record.value("budget", "");
  return budget == "full" ? 3 : budget == "standard" ? 2 : 1;
}

const Json* record_of(const Json& ledger, const Paper& paper, const std::string& claim) {
  const auto& all = ledger["papers"];
  const auto entry = all.find(paper.slug);
  if (entry == all.end()) return nullptr;
  const auto found = entry->find(claim);
  return found == entry->end() ? nullptr : &*found;
}

Json judged(const Claim& claim, const std::map<std::string, Estimate>& estimates) {
  Json checks = Json::array();
  for (const auto& check : claim.checks) {
    const auto found = estimates.find(check.name);
    if (found == estimates.end()) continue;
    Json row{{"name", check.name}, {"description", check.description}, {"paper_says", check.paper_says}};
    row.update(to_json(found->second));
    row["unit"] = check.unit;
    row["acceptance"] = range_text(check.acceptance);
    row["direction"] = range_text(check.direction);
    row["verdict"] = verdict_text(verdict_of(check, found->second));
    checks.push_back(std::move(row));
  }
  return {{"id", claim.id},
          {"verdict", verdict_text(verdict_of(claim, estimates))},
          {"ours", claim.is_ours},
          {"why_not", claim.why_not},
          {"checks", checks}};
}

}  // namespace

Json read_ledger(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return {{"papers", Json::object()}};
  auto ledger = Json::parse(read_file(file), nullptr, false);
  if (!ledger.is_object() || !ledger.value("papers", Json()).is_object())
    throw BadInput(file.string(), "is not a ledger of results", "restore it from the repository");
  return ledger;
}

void record(Json& ledger, const Paper& paper, const Estimates& estimates, const Json& how) {
  auto& entry = ledger["papers"][paper.slug];
  if (entry.is_null()) entry = Json::object();
  for (const auto& claim : paper.claims) {
    const auto measured = estimates.find(claim.id);
    if (measured == estimates.end()) continue;
    const auto* before = record_of(ledger, paper, claim.id);
    if (before && rank(*before) > rank(how)) continue;
    Json row = how, checks = Json::object();
    for (const auto& [name, estimate] : measured->second) {
      const auto* check = claim.find_check(name);
      checks[name] = offprint::to_json(estimate);
      checks[name]["acceptance"] = to_json(check->acceptance);
      checks[name]["direction"] = to_json(check->direction);
    }
    row["checks"] = std::move(checks);
    entry[claim.id] = std::move(row);
  }
}

Json judged_claims(const Paper& paper, const Estimates& estimates) {
  Json all = Json::array();
  for (const auto& claim : paper.claims)
    if (const auto measured = estimates.find(claim.id); measured != estimates.end())
      all.push_back(judged(claim, measured->second));
  return all;
}

Json judged_claims(const Paper& paper, const Json& ledger) {
  Json all = Json::array();
  for (const auto& claim : paper.claims) {
    std::map<std::string, Estimate> estimates;
    const auto* record = record_of(ledger, paper, claim.id);
    if (record)
      for (const auto& [name, estimate] : (*record)["checks"].items()) estimates[name] = estimate_from_json(estimate);
    auto entry = judged(claim, estimates);
    if (record)
      for (const char* key : {"budget", "commit", "date"})
        if (const auto found = record->find(key); found != record->end()) entry[key] = *found;
    all.push_back(std::move(entry));
  }
  return all;
}

std::vector<std::pair<std::string, int>> count_verdicts(const Json& judged, bool ours) {
  std::vector<std::pair<std::string, int>> counts;
  for (const auto verdict : {Verdict::reproduced, Verdict::partly, Verdict::not_reproduced, Verdict::not_measured}) {
    const std::string text(verdict_text(verdict));
    int count = 0;
    for (const auto& claim : judged) count += claim["verdict"] == text && claim["ours"] == ours;
    if (count > 0) counts.emplace_back(text, count);
  }
  return counts;
}

std::vector<std::string> drift(const Paper& paper, const Json& ledger) {
  std::vector<std::string> lines;
  const auto say = [&](const std::string& what, const std::string& problem) {
    lines.push_back(paper.slug + " " + what + ": " + problem);
  };
  if (const auto entry = ledger["papers"].find(paper.slug); entry != ledger["papers"].end())
    for (const auto& [id, record] : entry->items()) {
      const auto* claim = paper.find_claim(id);
      if (!claim) say(id, "is recorded, but no claim");
      if (claim)
        for (const auto& [name, check] : record["checks"].items())
          if (!claim->find_check(name)) say(id + "." + name, "is recorded, but no check");
    }
  for (const auto& claim : paper.claims)
    for (const auto& check : claim.checks) {
      const auto* record = record_of(ledger, paper, claim.id);
      const auto name = claim.id + "." + check.name;
      if (!record || !(*record)["checks"].contains(check.name)) {
        say(name, "was never recorded");
        continue;
      }
      const auto& recorded = (*record)["checks"][check.name];
      if (recorded.value("acceptance", Json()) != to_json(check.acceptance) ||
          recorded.value("direction", Json()) != to_json(check.direction))
        say(name, "its acceptance or direction is another than when it was measured");
    }
  return lines;
}

}  // namespace offprint
