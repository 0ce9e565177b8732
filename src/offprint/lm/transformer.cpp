#include "offprint/lm/transformer.hpp"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "offprint/lm/transformer_loops.hpp"

namespace offprint::lm {
namespace {

constexpr std::size_t block_rows = 64;  ///< tokens read at once

/// out[rows][linear.out] = x[rows][linear.in] W^T + b.
void apply(const Linear& linear, const float* x, std::size_t rows, float* out) {
  const int in = linear.in, width = linear.out;
  if (rows == 1)
    cblas_sgemv(CblasRowMajor, CblasNoTrans, width, in, 1, linear.weight.data(), in, x, 1, 0, out, 1);
  else
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<int>(rows), width, in, 1, x, in,
                linear.weight.data(), in, 0, out, width);
  if (!linear.bias.empty()) add_bias(linear.bias.data(), rows, static_cast<std::size_t>(width), out);
}

class TransformerState : public TextState {
 public:
  explicit TransformerState(const Transformer& model) : model_(model) {}

  void append(Token token) override { text_.push_back(token); }

  std::span<const float> logits() override {
    if (text_.empty()) throw std::logic_error("logits: a transformer needs a token before the first prediction");
    const auto context = static_cast<std::size_t>(model_.config().context), begin = window_begin(text_.size(), context);
    if (begin != begin_) {
      cache_ = {};
      begin_ = begin;
    }
    const auto width = static_cast<std::size_t>(model_.config().width);
    while (begin_ + cache_.length < text_.size()) {
      const std::size_t from = begin_ + cache_.length, count = std::min(block_rows, text_.size() - from);
      const auto states = model_.forward(cache_, std::span(text_).subspan(from, count));
      last_.assign(states.end() - static_cast<std::ptrdiff_t>(width), states.end());
      fresh_ = true;
    }
    if (fresh_) model_.logits(last_, 1, logits_);
    fresh_ = false;
    return logits_;
  }

 private:
  const Transformer& model_;
  std::vector<Token> text_;
  std::size_t begin_ = 0;
  Transformer::Cache cache_;
  std::vector<float> last_, logits_;
  bool fresh_ = false;
};

}  // namespace

void TransformerObserver::attention(int, int, std::size_t, std::span<const float>, std::size_t, std::size_t) {}
void TransformerObserver::activations(int, std::string_view, std::span<const float>, std::size_t, std::size_t) {}

void set_blas_threads(int threads) { openblas_set_num_threads(threads); }

std::unique_ptr<TextState> Transformer::start() const { return std::make_unique<TransformerState>(*this); }

void Transformer::visit_logits(std::span<const Token> text, std::size_t first, const Visitor& visit) const {
  if (first < 1) throw std::logic_error("visit_logits: the model needs a longer context");
  check_tokens(text, config_.vocabulary);
  const auto context = static_cast<std::size_t>(config_.context),
             vocabulary = static_cast<std::size_t>(config_.vocabulary), width = static_cast<std::size_t>(config_.width);
  std::vector<float> rows;
  for (std::size_t next = first; next < text.size();) {
    const std::size_t begin = window_begin(next, context);
    std::size_t stop = next;  // the positions that this window predicts
    while (stop < text.size() && window_begin(stop, context) == begin) ++stop;
    Cache cache;
    for (std::size_t from = begin; from + 1 < stop; from += block_rows) {
      const std::size_t count = std::min(block_rows, stop - 1 - from);
      const auto states = forward(cache, text.subspan(from, count));
      // State of input i predicts token i + 1; those before `next` belong to the window before.
      const std::size_t skip = next > from + 1 ? std::min(count, next - from - 1) : 0;
      if (skip == count) continue;
      logits(std::span(states).subspan(skip * width), count - skip, rows);
      for (std::size_t i = skip; i < count; ++i)
        visit(from + i + 1, std::span(rows).subspan((i - skip) * vocabulary, vocabulary));
    }
    next = stop;
  }
}

std::vector<float> Transformer::forward(Cache& cache, std::span<const Token> tokens,
                                        TransformerObserver* observer) const {
  const auto width = static_cast<std::size_t>(config_.width), hidden = static_cast<std::size_t>(config_.hidden),
             rows = tokens.size();
  if (cache.length + rows > static_cast<std::size_t>(config_.context))
    throw std::logic_error("forward: more tokens than the context holds");
  if (cache.keys.empty()) {
    cache.keys.resize(blocks_.size());
    cache.values.resize(blocks_.size());
  }
  std::vector<float> x(rows * width), normalised(rows * width),
      attended(rows * static_cast<std::size_t>(config_.heads * config_.head_width)), added(rows * width), wide, active;
  for (std::size_t i = 0; i < rows; ++i) {
    const float* row = embedding_.data() + static_cast<std::size_t>(tokens[i]) * width;
    std::copy(row, row + width, x.begin() + static_cast<std::ptrdiff_t>(i * width));
    if (config_.learned_positions) add(positions_.data() + (cache.length + i) * width, width, x.data() + i * width);
  }
  for (std::size_t l = 0; l < blocks_.size(); ++l) {
    const auto& block = blocks_[l];
    const int layer = static_cast<int>(l);
    const auto show = [&](std::string_view site, const std::vector<float>& values) {
      if (observer != nullptr) observer->activations(layer, site, values, rows, values.size() / rows);
    };
    normalise(config_.norm, block.before_attention, config_.norm_epsilon, x.data(), rows, width, normalised.data());
    show("attention_input", normalised);
    wide.resize(rows * static_cast<std::size_t>(block.query_key_value.out));
    apply(block.query_key_value, normalised.data(), rows, wide.data());
    attend(layer, cache, wide, rows, attended, observer);
    apply(block.attention_output, attended.data(), rows, added.data());
    show("attention_output", added);
    add(added.data(), added.size(), x.data());

    normalise(config_.norm, block.before_feed_forward, config_.norm_epsilon, x.data(), rows, width, normalised.data());
    show("feed_forward_input", normalised);
    wide.resize(rows * static_cast<std::size_t>(block.feed_forward_in.out));
    apply(block.feed_forward_in, normalised.data(), rows, wide.data());
    if (config_.gated) {
      active.resize(rows * hidden);
      activate_gated(config_.activation, wide.data(), rows, hidden, active.data());
    } else {
      activate(config_.activation, wide.data(), wide.size());
    }
    const auto& inner = config_.gated ? active : wide;
    show("activation", inner);
    apply(block.feed_forward_out, inner.data(), rows, added.data());
    show("feed_forward_output", added);
    add(added.data(), added.size(), x.data());
    show("block_output", x);
  }
  cache.length += rows;
  normalise(config_.norm == Norm::none ? Norm::layer : config_.norm, final_norm_, config_.norm_epsilon, x.data(), rows,
            width, x.data());
  return x;
}

void Transformer::rotate(float* heads, int count, std::size_t position) const {
  const std::size_t half = rotation_.size(), width = 2 * half;
  for (std::size_t pair = 0; pair < half; ++pair) {
    const double angle = static_cast<double>(position) * rotation_[pair];
    const auto cosine = static_cast<float>(std::cos(angle)), sine = static_cast<float>(std::sin(angle));
    for (int h = 0; h < count; ++h) {
      float &a = heads[static_cast<std::size_t>(h) * width + pair],
            &b = heads[static_cast<std::size_t>(h) * width + pair + half];
      const float turned = a * cosine - b * sine;
      b = b * cosine + a * sine;
      a = turned;
    }
  }
}

void Transformer::attend(int layer, Cache& cache, const std::vector<float>& qkv, std::size_t rows,
                         std::vector<float>& out, TransformerObserver* observer) const {
  const int head_width = config_.head_width, groups = config_.heads / config_.key_value_heads;
  const auto queries = static_cast<std::size_t>(config_.heads) * static_cast<std::size_t>(head_width),
             kept = static_cast<std::size_t>(config_.key_value_heads) * static_cast<std::size_t>(head_width),
             stride = queries + 2 * kept, before = cache.length, columns = before + rows;
  auto &keys = cache.keys[static_cast<std::size_t>(layer)], &values = cache.values[static_cast<std::size_t>(layer)];
  std::vector<float> turned;
  const float* q = qkv.data();
  std::size_t query_stride = stride;
  if (!config_.learned_positions) {
    turned.resize(rows * queries);
    for (std::size_t i = 0; i < rows; ++i) {
      std::copy_n(qkv.begin() + static_cast<std::ptrdiff_t>(i * stride), queries,
                  turned.begin() + static_cast<std::ptrdiff_t>(i * queries));
      rotate(turned.data() + i * queries, config_.heads, before + i);
    }
    q = turned.data();
    query_stride = queries;
  }
  for (std::size_t i = 0; i < rows; ++i) {
    const auto key = qkv.begin() + static_cast<std::ptrdiff_t>(i * stride + queries),
               value = key + static_cast<std::ptrdiff_t>(kept);
    keys.insert(keys.end(), key, value);
    if (!config_.learned_positions) rotate(keys.data() + (before + i) * kept, config_.key_value_heads, before + i);
    values.insert(values.end(), value, value + static_cast<std::ptrdiff_t>(kept));
  }
  const int m = static_cast<int>(rows), n = static_cast<int>(columns), ld = static_cast<int>(kept),
            ldq = static_cast<int>(query_stride), ldo = static_cast<int>(queries);
  const float scale = 1 / std::sqrt(static_cast<float>(head_width));
  std::vector<float> scores(rows * columns);
  for (int h = 0; h < config_.heads; ++h) {
    const float *query = q + h * head_width, *key = keys.data() + h / groups * head_width,
                *value = values.data() + h / groups * head_width;
    float* result = out.data() + h * head_width;
    if (rows == 1)
      cblas_sgemv(CblasRowMajor, CblasNoTrans, n, head_width, 1, key, ld, query, 1, 0, scores.data(), 1);
    else
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, head_width, 1, query, ldq, key, ld, 0, scores.data(),
                  n);
    for (std::size_t i = 0; i < rows; ++i) causal_softmax(scores.data() + i * columns, before + i + 1, columns, scale);
    if (observer != nullptr) observer->attention(layer, h, before, scores, rows, columns);
    if (rows == 1)
      cblas_sgemv(CblasRowMajor, CblasTrans, n, head_width, 1, value, ld, scores.data(), 1, 0, result, 1);
    else
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, head_width, n, 1, scores.data(), n, value, ld, 0,
                  result, ldo);
  }
}

void Transformer::logits(std::span<const float> states, std::size_t rows, std::vector<float>& out) const {
  const auto& weight = config_.tied_output ? embedding_ : output_;
  out.resize(rows * static_cast<std::size_t>(config_.vocabulary));
  if (rows == 1)
    cblas_sgemv(CblasRowMajor, CblasNoTrans, config_.vocabulary, config_.width, 1, weight.data(), config_.width,
                states.data(), 1, 0, out.data(), 1);
  else
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<int>(rows), config_.vocabulary, config_.width, 1,
                states.data(), config_.width, weight.data(), config_.width, 0, out.data(), config_.vocabulary);
}

}  // namespace offprint::lm
