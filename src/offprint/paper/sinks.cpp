#include "offprint/paper/sinks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "offprint/base/text.hpp"
#include "offprint/paper/ledger.hpp"

namespace offprint {
namespace {

std::string interval_text(const Estimate& estimate) {
  if (!std::isfinite(estimate.low) || !std::isfinite(estimate.high)) return "";
  return fmt::format(" [{}, {}]", short_number(estimate.low), short_number(estimate.high));
}

/// Display width: one a code point, which is right for what we print.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void print_table(std::ostream& out, const ResultTable& table) {
  std::vector<std::vector<std::string>> lines(1);
  for (const auto& column : table.columns)
    lines[0].push_back(column.name + (column.unit.empty() ? "" : " (" + column.unit + ")"));
  for (const auto& row : table.rows) {
    auto& line = lines.emplace_back();
    for (const auto& cell : row) line.push_back(cell_text(cell));
  }
  std::vector<std::size_t> widths(table.columns.size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
  out << '\n' << table.title << '\n';
  for (const auto& line : lines) {
    out << ' ';
    for (std::size_t i = 0; i < line.size(); ++i)
      out << ' ' << line[i] << std::string(widths[i] - width(line[i]) + 1, ' ');
    out << '\n';
  }
}

}  // namespace

TerminalSink::TerminalSink(std::ostream& out, std::ostream& log, const Paper& paper, bool quiet, bool bars)
    : out_(out), log_(log), paper_(paper), quiet_(quiet), bars_(bars && !quiet) {}

void TerminalSink::accept(const Event& event) {
  const auto& payload = event.payload;
  if (event.kind == "progress") {
    if (!bars_) return;
    const double done = payload["done"], total = payload["total"];
    const int filled = total > 0 ? static_cast<int>(std::clamp(done / total, 0.0, 1.0) * 30) : 0;
    log_ << fmt::format("\r\033[K[{:#<{}}{:.<{}}] {} / {}  {}", "", filled, "", 30 - filled, short_number(done, 6),
                        short_number(total, 6), payload["what"].get<std::string>())
         << std::flush;
    bar_drawn_ = true;
    return;
  }
  if (event.kind == "metric") return;
  if (bar_drawn_) log_ << "\r\033[K" << std::flush;
  bar_drawn_ = false;
  if (event.kind == "table")
    print_table(out_, table_from_json(payload));
  else if (event.kind == "warning")
    log_ << "warning: " << payload["text"].get<std::string>() << '\n';
  else if (event.kind == "claim")
    estimates_[payload["claim"]][payload["check"]] = estimate_from_json(payload);
  else if (quiet_)
    return;
  else if (event.kind == "note")
    log_ << payload["text"].get<std::string>() << '\n';
  else if (event.kind == "file")
    log_ << "wrote " << payload["path"].get<std::string>() << "  " << payload["description"].get<std::string>() << '\n';
  else if (event.kind == "figure")
    log_ << "figure: " << payload["title"].get<std::string>() << '\n';
}

void TerminalSink::finish() {
  if (bar_drawn_) log_ << "\r\033[K" << std::flush;
  bar_drawn_ = false;
  if (estimates_.empty()) return;
  ResultTable table{"claims",
                    "The paper says / we measured",
                    {{"claim", ""}, {"what", ""}, {"paper", ""}, {"measured", ""}, {"accepted", ""}, {"verdict", ""}},
                    {}};
  for (const auto& claim : paper_.claims) {
    const auto measured = estimates_.find(claim.id);
    if (measured == estimates_.end()) continue;
    for (const auto& check : claim.checks)
      if (const auto found = measured->second.find(check.name); found != measured->second.end())
        table.rows.push_back({claim.id, check.description, check.paper_says,
                              short_number(found->second.value) + interval_text(found->second),
                              range_text(check.acceptance),
                              std::string(verdict_text(verdict_of(check, found->second)))});
  }
  print_table(out_, table);
}

JsonSink::JsonSink(const Invocation& invocation) : paper_(*invocation.paper) {
  Json options = Json::object();
  for (const auto& option : invocation.verb->options) options[option.name] = option.get(invocation.options.get());
  result_ = {{"paper", paper_.slug},
             {"verb", invocation.verb->name},
             {"seed", invocation.settings.seed},
             {"threads", invocation.settings.threads},
             {"options", options},
             {"metrics", Json::object()},
             {"tables", Json::object()},
             {"figures", Json::array()},
             {"files", Json::array()},
             {"notes", Json::array()},
             {"warnings", Json::array()}};
}

void JsonSink::accept(const Event& event) {
  const auto& payload = event.payload;
  if (event.kind == "metric")
    result_["metrics"][payload["name"].get<std::string>()].push_back({payload["step"], payload["value"]});
  else if (event.kind == "table") {
    Json rows = Json::array();
    for (const auto& row : payload["rows"]) {
      Json object = Json::object();
      for (std::size_t i = 0; i < row.size(); ++i) object[payload["columns"][i]["name"].get<std::string>()] = row[i];
      rows.push_back(std::move(object));
    }
    result_["tables"][payload["id"].get<std::string>()] = std::move(rows);
  } else if (event.kind == "figure")
    result_["figures"].push_back(payload);
  else if (event.kind == "file")
    result_["files"].push_back(payload);
  else if (event.kind == "note")
    result_["notes"].push_back(payload["text"]);
  else if (event.kind == "warning")
    result_["warnings"].push_back(payload["text"]);
  else if (event.kind == "claim")
    estimates_[payload["claim"]][payload["check"]] = estimate_from_json(payload);
}

Json JsonSink::result() const {
  Json result = result_;
  result["claims"] = judged_claims(paper_, estimates_);
  return result;
}

void JsonLinesSink::accept(const Event& event) {
  out_ << Json{{"kind", event.kind}, {"payload", event.payload}}.dump(-1, ' ', false, Json::error_handler_t::replace)
       << '\n'
       << std::flush;
}

}  // namespace offprint
