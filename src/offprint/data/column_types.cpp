// What a column of texts is: numbers, texts, or nearly numbers.
#include <algorithm>
#include <cmath>
#include <set>

#include "offprint/base/text.hpp"
#include "offprint/data/table.hpp"

namespace offprint::data::detail {
namespace {

bool listed(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_missing(const std::string& text, Written written, const TableReading& reading) {
  if (listed(reading.missing, text)) return true;
  if (written == Written::json_text) return false;
  return text.empty() || (written == Written::plain && text == "NA");
}

std::optional<double> number_in(std::string text, char decimal) {
  if (decimal == '.') return parse_double(text);
  if (text.find('.') != std::string::npos) return std::nullopt;
  std::replace(text.begin(), text.end(), ',', '.');
  return parse_double(text);
}

/// A number by its look whose digits say more than the number does: 007, or a whole number that double would round.
bool is_code(std::string_view text, double value) {
  const auto digits = text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text;
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return false;
  return (digits.size() > 1 && digits[0] == '0') || std::abs(value) >= 0x1p53;
}

/// A number in another notation: decimal comma, thousands in groups, percent, currency.
bool looks_like_number(std::string text) {
  for (const char* mark : {"%", "$", "\u20ac", "\u00a3", " ", "\u00a0", "'"}) text = replace_all(text, mark, "");
  if (text.find_first_of("0123456789") == std::string::npos) return false;
  return parse_double(replace_all(text, ",", "")) || parse_double(replace_all(replace_all(text, ".", ""), ",", "."));
}

/// Only digits, one comma and no point between them.
bool has_decimal_comma(const std::string& text) {
  return std::count(text.begin(), text.end(), ',') == 1 && text.find('.') == std::string::npos &&
         parse_double(replace_all(text, ",", ".")).has_value();
}

std::string mend_for(const Column& column, const std::string& text) {
  const auto as_text = "; or --text " + column.name + " if the column holds texts";
  if (has_decimal_comma(text)) return "give --decimal , if commas are decimal marks" + as_text;
  if (looks_like_number(text)) return "write plain numbers, without groups or units" + as_text;
  return "give --missing '" + text + "' if it means a missing value" + as_text;
}

void set_levels(Column& column) {
  std::set<std::string> distinct;
  for (std::size_t i = 0; i < column.texts.size(); ++i)
    if (!column.missing[i]) distinct.insert(column.texts[i]);
  column.levels.assign(distinct.begin(), distinct.end());
}

/// Of each present value: is it a number, a code, like a number, or a text?
struct Census {
  std::size_t present = 0, numbers = 0, codes = 0, alike = 0;
  std::optional<std::size_t> first_odd;   ///< row of the first value that is no number
  std::optional<std::size_t> first_text;  ///< row of the first JSON string
};

}  // namespace

void infer_type(Column& column, const std::vector<Written>& written, const TableReading& reading) {
  const auto rows = column.texts.size();
  const auto how = [&](std::size_t i) { return written.empty() ? Written::plain : written[i]; };
  column.missing.assign(rows, 0);
  std::vector<double> numbers(rows, std::nan(""));
  Census census;
  bool as_usual = true;  // each number is written as we would
  for (std::size_t i = 0; i < rows; ++i) {
    const auto& text = column.texts[i];
    if (is_missing(text, how(i), reading)) {
      column.missing[i] = 1;
      continue;
    }
    ++census.present;
    const auto value = how(i) == Written::json_text ? std::nullopt : number_in(text, reading.decimal);
    if (value) {
      numbers[i] = *value;
      as_usual = as_usual && exact_number(*value) == text;
      ++(is_code(text, *value) ? census.codes : census.numbers);
      continue;
    }
    if (how(i) == Written::json_text && !census.first_text) census.first_text = i;
    if (!census.first_odd) census.first_odd = i;
    census.alike += how(i) != Written::json_text && looks_like_number(text);
  }
  const bool wanted_as_text = listed(reading.text_columns, column.name);
  column.numeric = !wanted_as_text && census.present > 0 && !census.first_odd && census.codes == 0;
  if (column.numeric) {
    column.numbers = std::move(numbers);
    if (as_usual) column.texts.clear();
    return;
  }
  set_levels(column);
  if (wanted_as_text || !census.first_odd) return;
  const auto& odd = column.texts[*census.first_odd];
  if (census.first_text && census.numbers > 0)
    column.doubt = {*census.first_text,
                    "'" + column.texts[*census.first_text].substr(0, 40) + "' is a text, others are numbers",
                    "write all as numbers or all as texts; or --text " + column.name};
  else if (5 * (census.numbers + census.alike) >= 4 * census.present)
    column.doubt = {*census.first_odd, "'" + odd.substr(0, 40) + "' is no number, nearly all others are",
                    mend_for(column, odd)};
}

}  // namespace offprint::data::detail
