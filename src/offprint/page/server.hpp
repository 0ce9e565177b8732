// The sockets of the page: HTTP/1.1 by Boost.Beast, one thread.
#pragma once
#include <boost/beast/http.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "offprint/page/site.hpp"

namespace offprint::page {

struct Listen {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
};

/// "127.0.0.1:8080", "[::1]:8080" or ":8080". Throws UsageError.
Listen parse_listen(const std::string& text);
bool is_loopback(const std::string& address);

/// The longest header (16 KiB) and body that are read.
void set_limits(boost::beast::http::request_parser<boost::beast::http::string_body>& parser, std::size_t body_limit);
Request request_of(const boost::beast::http::request<boost::beast::http::string_body>& message);

/// Serves until SIGINT or SIGTERM. Calls `ready` with the address once it listens. Throws IoError if it cannot.
void serve(Site& site, const Listen& listen, std::size_t body_limit,
           const std::function<void(const std::string&)>& ready);

}  // namespace offprint::page
