// The kinds of answers.
#pragma once
#include "offprint/page/html.hpp"
#include "offprint/page/site.hpp"

namespace offprint::page {

Response html(const std::string& title, const Html& body, int status = 200, const Extras& extras = {});
Response json(const Json& body, int status = 200);
Response redirect(const std::string& target);
/// RFC 9457 for the API, a page for people.
Response problem(int status, const std::string& title, bool api);
std::string text_of(const Json& body);  ///< on one line; bytes that are no UTF-8 are replaced

/// True if the client takes gzip and does not weigh it with zero.
bool accepts_gzip(const Request& request);
/// Packs a body of text in place if the client takes that and it is worth it.
void compress(const Request& request, Response& response);

}  // namespace offprint::page
