#include "offprint/page/server.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <list>
#include <mutex>
#include <optional>

#include "offprint/base/text.hpp"

namespace offprint::page {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;

constexpr auto poll_time = std::chrono::milliseconds(250);
constexpr std::size_t large_body = 64 << 10;  ///< from here on a body counts against the capacity
constexpr std::size_t body_step = 128 << 10;  ///< what must come within Capacity::slow
constexpr std::size_t most_waiting = 200;     ///< requests for the threads that answer slow ones
constexpr int slow_threads = 2;

/// The threads that answer what takes long.
class Workers {
 public:
  explicit Workers(Site& model) : pool_(slow_threads) {
    for (int i = 0; i < slow_threads; ++i) sites_.push_back(std::make_unique<Site>(model.folder(), model.settings()));
  }
  ~Workers() {
    pool_.stop();
    pool_.join();
  }
  bool full() const { return waiting_ >= most_waiting; }

  /// Answers, then calls `then` with the response on the thread of `context`.
  template <class Then>
  void answer(asio::io_context& context, Request&& request, Then then) {
    ++waiting_;
    asio::post(pool_, [this, &context, request = std::move(request), then = std::move(then)]() mutable {
      // Whoever asks for a list does not wait for a processor that hashes an upload.
      thread_local const int yielded = setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10);
      static_cast<void>(yielded);
      auto site = take();
      auto response = site->answer(request);
      give(std::move(site));
      const bool large = request.body.size() > large_body || response.body.size() > (1 << 20);
      request = {};
      if (large) malloc_trim(0);  // what a large upload took is given back to the system at once
      --waiting_;
      asio::post(context,
                 [then = std::move(then), response = std::move(response)]() mutable { then(std::move(response)); });
    });
  }

 private:
  std::unique_ptr<Site> take() {
    const std::lock_guard lock(mutex_);
    auto site = std::move(sites_.back());
    sites_.pop_back();
    return site;
  }
  void give(std::unique_ptr<Site> site) {
    const std::lock_guard lock(mutex_);
    sites_.push_back(std::move(site));
  }
  std::mutex mutex_;
  std::vector<std::unique_ptr<Site>> sites_;
  std::atomic<std::size_t> waiting_{0};
  asio::thread_pool pool_;
};

class Session;

struct Server {
  asio::io_context& context;
  Site& site;
  Workers& workers;
  Capacity capacity;
  std::size_t body_limit;
  std::size_t connections = 0, streams = 0;
  std::uint64_t body_bytes = 0;
  std::list<Session*> idle;  ///< connections between two requests, the longest idle first
};

/// One connection: requests in turn; a request for a run's events turns it into a stream.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, std::shared_ptr<Server> server)
      : stream_(std::move(socket)), owner_(std::move(server)), server_(*owner_), timer_(server_.context) {
    ++server_.connections;
  }
  ~Session() {
    --server_.connections;
    server_.streams -= following_;
    settle();
  }

  void read() {
    settle();
    parser_.emplace();
    set_limits(*parser_, server_.body_limit);
    place_ = server_.idle.insert(server_.idle.end(), this);
    waiting_ = true;
    stream_.expires_after(server_.capacity.idle);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](beast::error_code error, std::size_t) {
                              self->no_longer_idle();
                              self->read_body(error);
                            });
  }

  void close() {
    no_longer_idle();
    beast::error_code ignored;
    stream_.socket().close(ignored);
  }

  /// Says no before anything is read.
  void turn_away() { refuse(503, "the page has too many visitors just now; try again in a minute"); }

 private:
  void no_longer_idle() {
    if (waiting_) server_.idle.erase(place_);
    waiting_ = false;
  }

  /// Gives back what the last request held.
  void settle() {
    no_longer_idle();
    server_.body_bytes -= held_;
    held_ = 0;
  }

  void read_body(beast::error_code error) {
    if (error == http::error::body_limit) return refuse(413, "the upload is larger than allowed");
    if (error == http::error::header_limit) return refuse(431, "the request's header is too long");
    if (error == http::error::end_of_stream || error == http::error::partial_message) return close();
    if (error.category() == make_error_code(http::error::bad_method).category())
      return refuse(400, "the request is malformed: " + error.message());
    if (error) return;
    if (const auto [status, why] = header_problem(parser_->get()); status != 0) return refuse(status, why);
    const auto length = parser_->content_length().value_or(0);
    if (length > large_body) {
      if (server_.body_bytes + length > server_.capacity.body_bytes)
        return refuse(503, "other uploads are on their way; try again in a minute");
      held_ = length;
      server_.body_bytes += length;
    }
    if (parser_->is_done()) return respond();
    if (!beast::iequals(parser_->get()[http::field::expect], "100-continue")) return read_step();
    stream_.expires_after(server_.capacity.idle);
    asio::async_write(stream_, asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25),
                      [self = shared_from_this()](beast::error_code failed, std::size_t) {
                        if (!failed) self->read_step();
                      });
  }

  /// Reads on while enough comes; a connection that is too slow is told so.
  void read_step() {
    const auto left = parser_->content_length_remaining().value_or(0);
    step_end_ = left > body_step ? left - body_step : 0;
    timer_.expires_after(server_.capacity.slow);
    timer_.async_wait([self = shared_from_this(), step = ++step_](beast::error_code error) {
      if (error || step != self->step_) return;  // that step was done when its time ran out
      self->too_slow_ = true;
      beast::error_code ignored;
      self->stream_.socket().cancel(ignored);
    });
    stream_.expires_never();
    read_some();
  }

  void read_some() {
    http::async_read_some(stream_, buffer_, *parser_,
                          [self = shared_from_this()](beast::error_code error, std::size_t) {
                            if (self->too_slow_)
                              return self->refuse(408, "the upload came too slowly and was given up");
                            if (!error && !self->parser_->is_done() &&
                                self->parser_->content_length_remaining().value_or(0) > self->step_end_)
                              return self->read_some();
                            ++self->step_;
                            self->timer_.cancel();
                            if (error) return;
                            if (self->parser_->is_done()) return self->respond();
                            self->read_step();
                          });
  }

  void respond() {
    auto message = parser_->release();
    const bool keep_alive = message.keep_alive(), head = message.method() == http::verb::head;
    auto request = request_of(std::move(message));
    if (const auto run = event_stream(request.target);
        run && request.method == "GET" && server_.site.has_run(*run) && server_.site.refusal(request).empty()) {
      if (server_.streams >= server_.capacity.streams)
        return refuse(503, "too many follow runs just now; ask for events?after= instead");
      return start_stream(*run, request);
    }
    stream_.expires_never();
    if (!Site::is_slow(request)) return send(server_.site.answer(request), keep_alive, head);
    if (server_.workers.full()) return refuse(503, "the page is busy; try again in a minute");
    server_.workers.answer(server_.context, std::move(request),
                           [self = shared_from_this(), keep_alive, head](Response&& response) {
                             self->send(std::move(response), keep_alive, head);
                           });
  }

  void refuse(int status, const std::string& why) {
    settle();
    Response response{status, "text/plain; charset=utf-8", {}, why + "\n", {}};
    if (status == 503) response.headers["Retry-After"] = "60";
    send(std::move(response), false, false);
  }

  template <class Body>
  void write(std::shared_ptr<http::response<Body>> message, bool keep_alive) {
    stream_.expires_after(server_.capacity.idle);
    http::async_write(stream_, *message,
                      [self = shared_from_this(), message, keep_alive](beast::error_code error, std::size_t) {
                        if (error) return;
                        if (keep_alive)
                          self->read();
                        else
                          self->end();
                      });
  }

  template <class Body>
  std::shared_ptr<http::response<Body>> headed(const Response& response, bool keep_alive) {
    auto message = std::make_shared<http::response<Body>>();
    message->result(static_cast<unsigned>(response.status));
    message->version(11);
    message->keep_alive(keep_alive);
    message->set(http::field::content_type, response.type);
    for (const auto& [name, value] : response.headers) message->set(name, value);
    return message;
  }

  void send(Response&& response, bool keep_alive, bool head) {
    if (response.file && !head) {
      auto message = headed<http::file_body>(response, keep_alive);
      beast::file file;
      file.native_handle(response.file->release());
      beast::error_code error;
      message->body().reset(std::move(file), error);
      message->prepare_payload();
      return write(message, keep_alive);
    }
    const auto size = response.file ? response.file->identity().bytes : response.body.size();
    auto message = headed<http::string_body>(response, keep_alive);
    if (!head) message->body() = std::move(response.body);
    message->prepare_payload();
    if (head) message->content_length(size);
    write(message, keep_alive);
  }

  /// Closed while bytes are on their way, a connection is reset and its last answer lost: what still comes is read for
  /// a while, and forgotten.
  void end() {
    beast::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(std::chrono::seconds(2));
    drain();
  }
  void drain() {
    drained_.resize(large_body);
    stream_.async_read_some(asio::buffer(drained_),
                            [self = shared_from_this()](beast::error_code error, std::size_t count) {
                              self->forgotten_ += count;
                              if (error || self->forgotten_ > (std::size_t{16} << 20)) return self->close();
                              self->drain();
                            });
  }

  static std::optional<std::int64_t> event_stream(const std::string& target) {
    constexpr std::string_view begin = "/api/v1/runs/", end = "/events";
    if (!target.starts_with(begin) || !target.ends_with(end) || target.size() <= begin.size() + end.size())
      return std::nullopt;
    return parse_integer(std::string_view(target).substr(begin.size(), target.size() - begin.size() - end.size()));
  }

  void start_stream(std::int64_t run, const Request& request) {
    ++server_.streams;
    following_ = 1;
    run_ = run;
    const auto last = request.headers.find("last-event-id");
    event_ = last == request.headers.end() ? 0 : parse_integer(last->second).value_or(0);
    text_ =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Accel-Buffering: "
        "no\r\nX-Content-Type-Options: "
        "nosniff\r\nConnection: close\r\n\r\nretry: 1000\n\n";
    push();
  }

  /// Writes what is ready, then looks again, at once after a write and after a pause if there was nothing. The next
  /// look waits until the last write is through, so that a slow viewer holds one batch at most.
  void push() {
    text_ += server_.site.stream(run_, event_, finished_);
    if (text_.empty() && ++quiet_polls_ >= 15000 / poll_time.count()) text_ = ": still here\n\n";
    if (text_.empty()) return wait();
    quiet_polls_ = 0;
    stream_.expires_after(server_.capacity.idle);
    asio::async_write(stream_, asio::buffer(text_), [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) return;
      self->text_.clear();
      if (self->finished_)
        self->end();
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
  std::shared_ptr<Server> owner_;  ///< outlives the loop, whose end ends this
  Server& server_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::list<Session*>::iterator place_;
  bool waiting_ = false, too_slow_ = false, finished_ = false;
  std::uint64_t held_ = 0, step_end_ = 0, step_ = 0;
  std::size_t following_ = 0, forgotten_ = 0;
  std::string drained_;
  std::int64_t run_ = 0, event_ = 0;
  int quiet_polls_ = 0;
  std::string text_;
};

void accept(tcp::acceptor& acceptor, asio::steady_timer& pause, const std::shared_ptr<Server>& owner) {
  acceptor.async_accept([&, owner](beast::error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (error) {
      // Out of descriptors or memory: asking again at once would only ask again.
      pause.expires_after(std::chrono::milliseconds(100));
      return pause.async_wait([&, owner](beast::error_code stopped) {
        if (!stopped) accept(acceptor, pause, owner);
      });
    }
    auto& server = *owner;
    socket.set_option(tcp::no_delay(true), error);
    const bool full = server.connections >= server.capacity.connections;
    if (full && !server.idle.empty()) server.idle.front()->close();  // whoever has been idle longest makes room
    const auto session = std::make_shared<Session>(std::move(socket), owner);
    if (full && server.connections > server.capacity.connections + 50)
      session->close();
    else if (full && server.idle.empty())
      session->turn_away();
    else
      session->read();
    accept(acceptor, pause, owner);
  });
}

/// As many connections as there can be open files, less those that the page needs itself.
std::size_t allowed_connections(std::size_t wanted) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return wanted;
  files.rlim_cur = std::max(files.rlim_cur, std::min<rlim_t>(files.rlim_max, wanted + 200));
  setrlimit(RLIMIT_NOFILE, &files);
  getrlimit(RLIMIT_NOFILE, &files);
  return std::max<std::size_t>(10, std::min<std::size_t>(wanted, files.rlim_cur > 200 ? files.rlim_cur - 200 : 10));
}

}  // namespace

void set_limits(http::request_parser<http::string_body>& parser, std::size_t body_limit) {
  parser.header_limit(16 * 1024);
  parser.body_limit(body_limit);
}

std::pair<int, std::string> header_problem(const http::request_header<>& header) {
  if (header.count(http::field::host) != 1 && header.version() >= 11) return {400, "the request must name one host"};
  if (header.count(http::field::content_length) > 1) return {400, "the request has two lengths"};
  // Bodies in pieces may bring further headers behind them, and two ways to tell where a body ends are a way to hide a
  // request in it.
  if (header.count(http::field::transfer_encoding) > 0)
    return {header.count(http::field::content_length) > 0 ? 400 : 411, "send the body with its length, not in pieces"};
  return {0, ""};
}

Request request_of(http::request<http::string_body>&& message) {
  Request request{std::string(message.method_string()), std::string(message.target()), {}, std::move(message.body())};
  for (const auto& field : message)
    request.headers[to_lower(std::string(field.name_string()))] = std::string(field.value());
  for (const std::string_view scheme : {"http://", "https://"})
    if (request.target.size() > scheme.size() &&
        to_lower(std::string_view(request.target).substr(0, scheme.size())) == scheme) {
      const auto end = request.target.find_first_of("/?", scheme.size());
      request.headers["host"] =
          request.target.substr(scheme.size(), end == std::string::npos ? end : end - scheme.size());
      request.target =
          end == std::string::npos ? "/" : (request.target[end] == '?' ? "/" : "") + request.target.substr(end);
      break;
    }
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
           const std::function<void(const std::string&)>& ready, Capacity capacity) {
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
  mallopt(M_ARENA_MAX, 2);  // an arena a thread would keep what one large request took
  capacity.connections = allowed_connections(capacity.connections);
  if (capacity.body_bytes == 0) capacity.body_bytes = 2 * body_limit;
  Workers workers(site);
  asio::steady_timer pause(context);
  accept(acceptor, pause, std::make_shared<Server>(Server{context, site, workers, capacity, body_limit, 0, 0, 0, {}}));
  const bool six = endpoint.address().is_v6();
  ready("http://" + (six ? "[" + listen.address + "]" : listen.address) + ":" +
        std::to_string(acceptor.local_endpoint().port()) + "/");
  context.run();
}

}  // namespace offprint::page
