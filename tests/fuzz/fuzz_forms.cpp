// First line: the content type. The rest: the body, read as a form and as a query.
#include "fuzz.hpp"
#include "offprint/base/error.hpp"
#include "offprint/page/site.hpp"

void read_bytes(std::string_view bytes) {
  const auto line = bytes.find('\n');
  const std::string type(bytes.substr(0, line)), body(line == std::string_view::npos ? "" : bytes.substr(line + 1));
  offprint::page::parse_query(body);
  try {
    std::size_t values = 0;
    for (const auto& field : offprint::page::parse_form(type, body))
      values += field.value.size() + field.content.size();
    must(values <= body.size(), "fields are no longer than the body");
  } catch (const offprint::BadInput&) {
  }
}
