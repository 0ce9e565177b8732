#include "offprint/page/responses.hpp"

namespace offprint::page {

Response html(const std::string& title, const Html& body, int status, const Extras& extras) {
  return {status, "text/html; charset=utf-8", {}, document(title, body, extras)};
}

std::string text_of(const Json& body) { return body.dump(-1, ' ', false, Json::error_handler_t::replace); }

Response json(const Json& body, int status) { return {status, "application/json", {}, text_of(body)}; }

Response redirect(const std::string& target) { return {303, "text/plain", {{"Location", target}}, ""}; }

Response problem(int status, const std::string& title, bool api) {
  if (api)
    return {status,
            "application/problem+json",
            {},
            text_of({{"type", "about:blank"}, {"title", title}, {"status", status}})};
  return html(title,
              element("h1", std::to_string(status)) + element("p", title) +
                  element("p", element("a", {{"href", "/"}}, "All papers")),
              status);
}

}  // namespace offprint::page
