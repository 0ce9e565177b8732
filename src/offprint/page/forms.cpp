#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"
#include "offprint/page/site.hpp"

namespace offprint::page {
namespace {

std::string decoded(std::string_view text) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
  };
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+')
      result += ' ';
    else if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      result += static_cast<char>(16 * digit(text[i + 1]) + digit(text[i + 2]));
      i += 2;
    } else
      result += text[i];
  }
  return result;
}

/// The value of `key="..."` in a Content-Disposition line.
std::string parameter(const std::string& line, const std::string& key) {
  const auto at = line.find(" " + key + "=\"");
  if (at == std::string::npos) return "";
  const auto begin = at + key.size() + 3, end = line.find('"', begin);
  return end == std::string::npos ? "" : line.substr(begin, end - begin);
}

std::vector<Field> parse_multipart(const std::string& type, const std::string& body) {
  const auto at = type.find("boundary=");
  if (at == std::string::npos) throw BadInput("the form", "has no boundary");
  std::string boundary = type.substr(at + 9, type.find(';', at) - at - 9);
  if (boundary.size() >= 2 && boundary.front() == '"') boundary = boundary.substr(1, boundary.size() - 2);
  if (boundary.empty() || boundary.size() > 200) throw BadInput("the form", "has a malformed boundary");
  const auto mark = "--" + boundary;
  std::vector<Field> fields;
  auto begin = body.find(mark);
  while (begin != std::string::npos) {
    begin += mark.size();
    if (body.compare(begin, 2, "--") == 0) return fields;
    const auto head_end = body.find("\r\n\r\n", begin);
    const auto next = head_end == std::string::npos ? head_end : body.find("\r\n" + mark, head_end + 2);
    if (next == std::string::npos || fields.size() > 200) break;
    const auto head = body.substr(begin, head_end - begin);
    Field field{parameter(head, "name"), parameter(head, "filename"), "", "",
                head.find(" filename=") != std::string::npos};
    const auto value = head_end + 4;
    const auto content = next >= value ? std::string_view(body).substr(value, next - value) : std::string_view();
    if (field.file)
      field.content = content;
    else
      field.value = content;
    fields.push_back(std::move(field));
    begin = next + 2;
  }
  throw BadInput("the form", "is truncated");
}

}  // namespace

std::map<std::string, std::string> parse_query(std::string_view query) {
  std::map<std::string, std::string> values;
  for (const auto& part : split(query, '&')) {
    const auto equals = part.find('=');
    values[decoded(part.substr(0, equals))] = equals == std::string::npos ? "" : decoded(part.substr(equals + 1));
    if (values.size() > 500) break;
  }
  return values;
}

std::vector<Field> parse_form(const std::string& type, const std::string& body) {
  if (type.starts_with("multipart/form-data")) return parse_multipart(type, body);
  if (!type.starts_with("application/x-www-form-urlencoded"))
    throw BadInput("the form", "has an unknown type", "send it as multipart/form-data");
  std::vector<Field> fields;
  for (const auto& part : split(body, '&')) {
    const auto equals = part.find('=');
    fields.push_back({decoded(part.substr(0, equals)), "",
                      equals == std::string::npos ? "" : decoded(part.substr(equals + 1)), "", false});
    if (fields.size() > 200) throw BadInput("the form", "has too many fields");
  }
  return fields;
}

}  // namespace offprint::page
