#include "offprint/paper/run.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>
#include <stdexcept>

#include "offprint/base/text.hpp"
#include "offprint/paper/event.hpp"

namespace offprint {

using Clock = std::chrono::steady_clock;

struct Run::Shared {
  EventSink& sink;
  const std::atomic<bool>* cancel;
  std::mutex mutex;
  Clock::time_point last_progress{};
  int part = 1, parts = 1;

  void send(std::string kind, Json payload) {
    const std::lock_guard lock(mutex);
    sink.accept({std::move(kind), std::move(payload)});
  }
};

Run::Run(RunSettings settings, std::vector<Claim> claims, EventSink& sink, const std::atomic<bool>* cancel)
    : settings_(std::move(settings)), claims_(std::move(claims)), shared_(new Shared{sink, cancel, {}, {}, 1, 1}) {}

Run::~Run() = default;

Random Run::random(std::string_view stream) const { return Random(settings_.seed).split(stream); }

bool Run::cancelled() const { return shared_->cancel && shared_->cancel->load(std::memory_order_relaxed); }

void Run::check_cancelled() const {
  if (cancelled()) throw Cancelled();
}

void Run::stage(int part, int parts) {
  const std::lock_guard lock(shared_->mutex);
  shared_->part = part;
  shared_->parts = parts;
}

void Run::progress(double done, double total, std::string_view what) {
  check_cancelled();
  const std::lock_guard lock(shared_->mutex);
  const auto now = Clock::now();
  if (done < total && now - shared_->last_progress < std::chrono::milliseconds(50)) return;
  shared_->last_progress = now;
  Json payload{{"done", done}, {"total", total}, {"what", std::string(what)}};
  if (shared_->parts > 1) payload.update({{"stage", shared_->part}, {"stages", shared_->parts}});
  shared_->sink.accept({"progress", std::move(payload)});
}

void Run::metric(std::string_view name, double step, double value) {
  shared_->send(
      "metric",
      {{"name", std::string(name)}, {"step", step}, {"value", std::isfinite(value) ? Json(value) : Json(nullptr)}});
}

void Run::table(const ResultTable& table) {
  validate(table);
  shared_->send("table", to_json(table));
}

void Run::figure(const Figure& figure) {
  validate(figure);
  shared_->send("figure", to_json(figure));
}

void Run::file(const std::filesystem::path& path, std::string_view description, std::string_view name) {
  shared_->send("file", {{"path", path.string()},
                         {"name", name.empty() ? path.filename().string() : std::string(name)},
                         {"description", std::string(description)}});
}

void Run::note(std::string_view text) { shared_->send("note", {{"text", std::string(text)}}); }

void Run::warning(std::string_view text) { shared_->send("warning", {{"text", std::string(text)}}); }

void Run::claim(std::string_view claim_id, std::string_view check, const Estimate& estimate) {
  const bool known = std::any_of(claims_.begin(), claims_.end(),
                                 [&](const Claim& claim) { return claim.id == claim_id && claim.find_check(check); });
  if (!known)
    throw std::logic_error("the paper has no check '" + std::string(check) + "' of a claim '" + std::string(claim_id) +
                           "'");
  Json payload{{"claim", std::string(claim_id)}, {"check", std::string(check)}};
  payload.update(to_json(estimate));
  const std::lock_guard lock(shared_->mutex);
  estimates_[std::string(claim_id)][std::string(check)] = estimate;
  shared_->sink.accept({"claim", std::move(payload)});
}

}  // namespace offprint
