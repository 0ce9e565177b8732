#include "offprint/page/responses.hpp"

#include <zlib.h>

#include <algorithm>

#include "offprint/base/text.hpp"

namespace offprint::page {

Response html(const std::string& title, const Html& body, int status, const Extras& extras) {
  return {status, "text/html; charset=utf-8", {}, document(title, body, extras), {}};
}

std::string text_of(const Json& body) { return body.dump(-1, ' ', false, Json::error_handler_t::replace); }

Response json(const Json& body, int status) { return {status, "application/json", {}, text_of(body), {}}; }

Response redirect(const std::string& target) { return {303, "text/plain", {{"Location", target}}, "", {}}; }

Response problem(int status, const std::string& title, bool api) {
  if (api)
    return {status,
            "application/problem+json",
            {},
            text_of({{"type", "about:blank"}, {"title", title}, {"status", status}}),
            {}};
  return html(title,
              element("h1", std::to_string(status)) + element("p", title) +
                  element("p", element("a", {{"href", "/"}}, "All papers")),
              status);
}

bool accepts_gzip(const Request& request) {
  const auto accepted = request.headers.find("accept-encoding");
  if (accepted == request.headers.end()) return false;
  for (const auto& one : split(accepted->second, ','))
    if (const auto parts = split(trim(one), ';'); !parts.empty() && trim(parts[0]) == "gzip")
      return parts.size() < 2 ||
             parse_double(trim(parts[1]).substr(std::min<std::size_t>(2, trim(parts[1]).size()))).value_or(1) > 0;
  return false;
}

void compress(const Request& request, Response& response) {
  const bool text = response.type.starts_with("text/html") || response.type.find("json") != std::string::npos ||
                    response.type.starts_with("text/csv");
  if (!text || response.file || response.headers.count("Content-Encoding")) return;
  response.headers["Vary"] = "Accept-Encoding";
  if (response.body.size() < 1024 || !accepts_gzip(request)) return;
  z_stream stream{};
  constexpr int gzip_window = 15 + 16;
  if (deflateInit2(&stream, 3, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) return;
  std::string packed(deflateBound(&stream, response.body.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(response.body.data());
  stream.avail_in = static_cast<uInt>(response.body.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (!whole) return;
  response.body = std::move(packed);
  response.headers["Content-Encoding"] = "gzip";
}

}  // namespace offprint::page
