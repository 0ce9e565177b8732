#include "offprint/page/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <optional>

#include "offprint/base/text.hpp"

namespace offprint::page {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;

constexpr auto idle_time = std::chrono::seconds(60);
constexpr auto poll_time = std::chrono::milliseconds(250);

/// One connection: requests in turn; a request for a run's events turns it into a stream.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, Site& site, std::size_t body_limit)
      : stream_(std::move(socket)), timer_(stream_.get_executor()), site_(site), body_limit_(body_limit) {}

  void read() {
    parser_.emplace();
    set_limits(*parser_, body_limit_);
    stream_.expires_after(idle_time);
    http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error == http::error::body_limit) return self->refuse(413, "the upload is larger than allowed");
      if (error == http::error::header_limit) return self->refuse(431, "the request's header is too long");
      if (!error) self->respond();
    });
  }

 private:
  void respond() {
    const auto& message = parser_->get();
    const auto request = request_of(message);
    if (const auto run = event_stream(request.target);
        run && request.method == "GET" && site_.has_run(*run) && site_.refusal(request).empty())
      return start_stream(*run, request);
    send(site_.answer(request), message.keep_alive(), message.method() == http::verb::head);
  }

  void refuse(int status, const std::string& why) { send({status, "text/plain", {}, why}, false, false); }

  void send(Response&& response, bool keep_alive, bool head) {
    response_.emplace();
    response_->result(static_cast<unsigned>(response.status));
    response_->version(11);
    response_->keep_alive(keep_alive);
    response_->set(http::field::content_type, response.type);
    for (const auto& [name, value] : response.headers) response_->set(name, value);
    const auto size = response.body.size();
    if (!head) response_->body() = std::move(response.body);
    response_->prepare_payload();
    if (head) response_->content_length(size);
    http::async_write(stream_, *response_,
                      [self = shared_from_this(), keep_alive](beast::error_code error, std::size_t) {
                        if (error) return;
                        if (keep_alive)
                          self->read();
                        else
                          self->stream_.socket().shutdown(tcp::socket::shutdown_send, error);
                      });
  }

  static std::optional<std::int64_t> event_stream(const std::string& target) {
    constexpr std::string_view begin = "/api/v1/runs/", end = "/events";
    if (!target.starts_with(begin) || !target.ends_with(end) || target.size() <= begin.size() + end.size())
      return std::nullopt;
    return parse_integer(std::string_view(target).substr(begin.size(), target.size() - begin.size() - end.size()));
  }

  void start_stream(std::int64_t run, const Request& request) {
    run_ = run;
    const auto last = request.headers.find("last-event-id");
    event_ = last == request.headers.end() ? 0 : parse_integer(last->second).value_or(0);
    text_ =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Accel-Buffering: no\r\nX-Content-Type-Options: "
        "nosniff\r\nConnection: close\r\n\r\nretry: 1000\n\n";
    push();
  }

  /// Writes what is ready, then looks again, at once after a write and after a pause if there was nothing. The next look waits until the last write is
  /// through, so that a slow viewer holds one batch at most.
  void push() {
    text_ += site_.stream(run_, event_, finished_);
    if (text_.empty() && ++quiet_polls_ >= 15000 / poll_time.count()) text_ = ": still here\n\n";
    if (text_.empty()) return wait();
    quiet_polls_ = 0;
    stream_.expires_after(idle_time);
    asio::async_write(stream_, asio::buffer(text_), [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) return;
      self->text_.clear();
      if (self->finished_)
        self->stream_.socket().shutdown(tcp::socket::shutdown_send, error);
      else
        self->push();
    });
  }

  void wait() {
    timer_.expires_after(poll_time);
    timer_.async_wait([self = shared_from_this()](beast::error_code error) {
      if (!error) self->push();
    });
  }

  beast::tcp_stream stream_;
  asio::steady_timer timer_;
  Site& site_;
  std::size_t body_limit_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> response_;
  std::int64_t run_ = 0, event_ = 0;
  bool finished_ = false;
  int quiet_polls_ = 0;
  std::string text_;
};

void accept(tcp::acceptor& acceptor, Site& site, std::size_t body_limit) {
  acceptor.async_accept([&acceptor, &site, body_limit](beast::error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      socket.set_option(tcp::no_delay(true), error);
      std::make_shared<Session>(std::move(socket), site, body_limit)->read();
    }
    accept(acceptor, site, body_limit);
  });
}

}  // namespace

void set_limits(http::request_parser<http::string_body>& parser, std::size_t body_limit) {
  parser.header_limit(16 * 1024);
  parser.body_limit(body_limit);
}

Request request_of(const http::request<http::string_body>& message) {
  Request request{std::string(message.method_string()), std::string(message.target()), {}, message.body()};
  for (const auto& field : message)
    request.headers[to_lower(std::string(field.name_string()))] = std::string(field.value());
  return request;
}

bool is_loopback(const std::string& address) {
  boost::system::error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  return !error && parsed.is_loopback();
}

Listen parse_listen(const std::string& text) {
  const auto colon = text.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : parse_integer(text.substr(colon + 1));
  auto address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  if (address.empty()) address = "127.0.0.1";
  if (address == "localhost") address = "127.0.0.1";
  boost::system::error_code error;
  asio::ip::make_address(address, error);
  if (error || !port || *port < 0 || *port > 65535)
    throw UsageError("--listen: '" + text + "' is not ADDRESS:PORT; for example 127.0.0.1:8080");
  return {address, static_cast<std::uint16_t>(*port)};
}

void serve(Site& site, const Listen& listen, std::size_t body_limit,
           const std::function<void(const std::string&)>& ready) {
  asio::io_context context(1);
  tcp::acceptor acceptor(context);
  const tcp::endpoint endpoint(asio::ip::make_address(listen.address), listen.port);
  try {
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen();
  } catch (const boost::system::system_error& error) {
    throw IoError(listen.address + ":" + std::to_string(listen.port),
                  error.code().message() + "; give another with --listen");
  }
  asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](beast::error_code, int) { context.stop(); });
  accept(acceptor, site, body_limit);
  const bool six = endpoint.address().is_v6();
  ready("http://" + (six ? "[" + listen.address + "]" : listen.address) + ":" +
        std::to_string(acceptor.local_endpoint().port()) + "/");
  context.run();
}

}  // namespace offprint::page
