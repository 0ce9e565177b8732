// The sockets of the page: HTTP/1.1 by Boost.Beast. One thread serves all connections and answers what is quick; what
// may take long is answered by a few more, each with a Site of its own.
#pragma once
#include <boost/beast/http.hpp>
#include <chrono>
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

/// What is wrong with a request by its header alone, as a status and a line: a length that is not the one and only way
/// to tell where its body ends, a host that is named twice. Status 0: nothing.
std::pair<int, std::string> header_problem(const boost::beast::http::request_header<>& header);

/// Takes the message's body with it. The host is the one of an absolute target if it has one.
Request request_of(boost::beast::http::request<boost::beast::http::string_body>&& message);

struct Capacity {
  std::size_t connections = 1000;  ///< at once; fewer if the system allows fewer open files
  std::size_t streams = 500;       ///< of them, following runs
  std::uint64_t body_bytes = 0;    ///< of all uploads in flight together; 0: two of the longest
  std::chrono::seconds idle{60};   ///< for a request to come
  std::chrono::seconds slow{20};   ///< within which the next 128 KiB of a body must come
};

/// Serves until SIGINT or SIGTERM. Calls `ready` with the address once it listens. Throws IoError if it cannot.
void serve(Site& site, const Listen& listen, std::size_t body_limit,
           const std::function<void(const std::string&)>& ready, Capacity capacity = {});

}  // namespace offprint::page
