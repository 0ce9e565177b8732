// Listeners of a run: the terminal, one JSON object, JSON lines, several at once, a test's memory.
#pragma once
#include <iosfwd>

#include "offprint/paper/command_line.hpp"
#include "offprint/paper/event.hpp"

namespace offprint {

/// Progress bars (on a terminal) and notes on `log`, tables and claims on `out`.
class TerminalSink : public EventSink {
 public:
  TerminalSink(std::ostream& out, std::ostream& log, const Paper& paper, bool quiet, bool bars);
  void accept(const Event& event) override;
  void finish();  ///< ends a bar, prints the claims

 private:
  std::ostream& out_;
  std::ostream& log_;
  const Paper& paper_;
  bool quiet_, bars_;
  bool bar_drawn_ = false;
  Estimates estimates_;
};

/// Gathers a run into one JSON object:
/// {"paper","verb","seed","threads","options","metrics","tables","figures","files","notes","warnings","claims"}.
class JsonSink : public EventSink {
 public:
  explicit JsonSink(const Invocation& invocation);
  void accept(const Event& event) override;
  Json result() const;  ///< with the verdicts of the claims measured so far

 private:
  const Paper& paper_;
  Json result_;
  Estimates estimates_;
};

/// One event a line, flushed: how a run speaks to the process that started it.
class JsonLinesSink : public EventSink {
 public:
  explicit JsonLinesSink(std::ostream& out) : out_(out) {}
  void accept(const Event& event) override;

 private:
  std::ostream& out_;
};

class SeveralSinks : public EventSink {
 public:
  explicit SeveralSinks(std::vector<EventSink*> sinks) : sinks_(std::move(sinks)) {}
  void accept(const Event& event) override {
    for (auto* sink : sinks_) sink->accept(event);
  }

 private:
  std::vector<EventSink*> sinks_;
};

/// Keeps every event: for tests and for embedding.
class MemorySink : public EventSink {
 public:
  void accept(const Event& event) override { events.push_back(event); }
  std::vector<Event> events;
};

}  // namespace offprint
