#include "offprint/lm/ngram.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/lm/logits.hpp"

namespace offprint::lm {
namespace {

constexpr std::string_view magic = "OFFNGRAM";
constexpr std::uint32_t version = 1, absent = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t digest_size = 64;

/// The whole windows of `order` bytes as big-endian numbers, sorted.
std::vector<std::uint64_t> sorted_windows(std::string_view text, int order) {
  const std::size_t n = text.size(), width = static_cast<std::size_t>(order);
  std::vector<std::uint64_t> keys, spare;
  if (n < width) return keys;
  const std::uint64_t mask = order == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * order)) - 1;
  std::uint64_t window = 0;
  keys.reserve(n - width + 1);
  for (std::size_t i = 0; i < n; ++i) {
    window = ((window << 8) | static_cast<std::uint8_t>(text[i])) & mask;
    if (i + 1 >= width) keys.push_back(window);
  }
  spare.resize(keys.size());
  for (int byte = 0; byte < order; ++byte) {  // least significant byte first
    std::array<std::size_t, 257> begin{};
    for (const auto key : keys) ++begin[((key >> (8 * byte)) & 255) + 1];
    for (std::size_t b = 0; b < 256; ++b) begin[b + 1] += begin[b];
    for (const auto key : keys) spare[begin[(key >> (8 * byte)) & 255]++] = key;
    keys.swap(spare);
  }
  return keys;
}

/// Length of the common beginning of two windows, in bytes.
int shared_bytes(std::uint64_t a, std::uint64_t b, int order) {
  int shared = 0;
  while (shared < order && (a >> (8 * (order - 1 - shared))) == (b >> (8 * (order - 1 - shared)))) ++shared;
  return shared;
}

template <class T>
void put(std::string& bytes, const std::vector<T>& values) {
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

void put(std::string& bytes, std::uint32_t value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof value); }

struct Reader {
  std::string_view bytes;
  const std::string& source;

  [[noreturn]] void refuse(const std::string& problem) const {
    throw BadInput(source, problem, "train the model again");
  }
  template <class T>
  std::vector<T> take(std::size_t count) {
    if (count > bytes.size() / sizeof(T)) refuse("is truncated");
    std::vector<T> values(count);
    std::memcpy(values.data(), bytes.data(), count * sizeof(T));
    bytes.remove_prefix(count * sizeof(T));
    return values;
  }
};

}  // namespace

Ngram Ngram::train(std::string_view text, int order) {
  if (order < 1 || order > greatest_order) throw std::logic_error("an n-gram's order is 1 to 8");
  if (text.empty()) throw BadInput("the text", "is empty", "give a text to learn from");
  if (text.size() >= absent) throw BadInput("the text", "has more than 4 GB", "give a shorter text");
  Ngram model;
  model.levels_.resize(static_cast<std::size_t>(order));
  auto windows = sorted_windows(text, order);
  // Windows cut off by the text's end, filled with zeros: they come before the whole ones that begin alike, and add to
  // the levels they are long enough for.
  struct Short {
    std::uint64_t key;
    int length;
  };
  std::vector<Short> ends;
  for (int length = 1; length < order && static_cast<std::size_t>(length) <= text.size(); ++length) {
    std::uint64_t key = 0;
    for (int i = 0; i < order; ++i)
      key =
          (key << 8) | (i < length ? static_cast<std::uint8_t>(text[text.size() - static_cast<std::size_t>(length - i)])
                                   : std::uint64_t{0});
    ends.push_back({key, length});
  }
  std::sort(ends.begin(), ends.end(),
            [](const Short& a, const Short& b) { return a.key != b.key ? a.key < b.key : a.length < b.length; });
  std::uint64_t last = 0;
  int last_length = 0;
  const auto add = [&](std::uint64_t key, int length) {
    const int shared = std::min({shared_bytes(last, key, order), last_length, length});
    for (int k = 0; k < length; ++k) {
      auto& level = model.levels_[static_cast<std::size_t>(k)];
      if (k < shared) {
        ++level.count.back();
        continue;
      }
      level.symbol.push_back(static_cast<std::uint8_t>(key >> (8 * (order - 1 - k))));
      level.count.push_back(1);
      if (k + 1 < order)
        level.first_child.push_back(
            static_cast<std::uint32_t>(model.levels_[static_cast<std::size_t>(k) + 1].symbol.size()));
    }
    last_length = length;
    last = key;
  };
  std::size_t next_end = 0;
  for (const auto key : windows) {
    while (next_end < ends.size() && ends[next_end].key <= key) {
      add(ends[next_end].key, ends[next_end].length);
      ++next_end;
    }
    add(key, order);
  }
  for (; next_end < ends.size(); ++next_end) add(ends[next_end].key, ends[next_end].length);
  for (int k = 0; k + 1 < order; ++k)
    model.levels_[static_cast<std::size_t>(k)].first_child.push_back(
        static_cast<std::uint32_t>(model.levels_[static_cast<std::size_t>(k) + 1].symbol.size()));
  model.finish();
  return model;
}

void Ngram::finish() {
  for (std::size_t k = 0; k + 1 < levels_.size(); ++k) {
    auto& level = levels_[k];
    level.followed.assign(level.symbol.size(), 0);
    for (std::size_t i = 0; i < level.symbol.size(); ++i)
      for (std::uint32_t child = level.first_child[i]; child < level.first_child[i + 1]; ++child)
        level.followed[i] += levels_[k + 1].count[child];
  }
  const auto& first = levels_[0];
  double total = 0;
  for (const auto count : first.count) total += count;
  const double distinct = static_cast<double>(first.symbol.size());
  unigram_.fill(distinct / 256 / (total + distinct));
  for (std::size_t i = 0; i < first.symbol.size(); ++i)
    unigram_[first.symbol[i]] += first.count[i] / (total + distinct);
  if (levels_.size() < 2) return;
  bigram_.resize(256 * 256);
  for (std::size_t b = 0; b < 256; ++b)
    std::copy(unigram_.begin(), unigram_.end(), bigram_.begin() + static_cast<std::ptrdiff_t>(256 * b));
  for (std::size_t i = 0; i < first.symbol.size(); ++i) {
    const double kinds = first.first_child[i + 1] - first.first_child[i];
    if (kinds == 0) continue;
    const double denominator = first.followed[i] + kinds;
    double* row = bigram_.data() + 256 * first.symbol[i];
    for (std::size_t x = 0; x < 256; ++x) row[x] *= kinds / denominator;
    for (std::uint32_t child = first.first_child[i]; child < first.first_child[i + 1]; ++child)
      row[levels_[1].symbol[child]] += levels_[1].count[child] / denominator;
  }
}

std::size_t Ngram::size() const {
  std::size_t total = 0;
  for (const auto& level : levels_) total += level.symbol.size();
  return total;
}

double Ngram::surprisal_bound() const {
  double total = 0, bound = std::log(256.0);
  for (const auto count : levels_[0].count) total += count;
  bound += std::log1p(total / static_cast<double>(levels_[0].symbol.size()));
  for (std::size_t k = 0; k + 1 < levels_.size(); ++k) {
    double greatest = 1;  // (count + T) / T: what the shorter context's share is divided by
    for (std::size_t i = 0; i < levels_[k].symbol.size(); ++i)
      if (const double kinds = levels_[k].first_child[i + 1] - levels_[k].first_child[i]; kinds > 0)
        greatest = std::max(greatest, 1 + levels_[k].followed[i] / kinds);
    bound += std::log(greatest);
  }
  return bound;
}

std::string Ngram::serialised() const {
  std::string bytes(magic);
  put(bytes, version);
  put(bytes, static_cast<std::uint32_t>(levels_.size()));
  for (const auto& level : levels_) put(bytes, static_cast<std::uint32_t>(level.symbol.size()));
  for (const auto& level : levels_) {
    put(bytes, level.symbol);
    put(bytes, level.count);
    put(bytes, level.first_child);
  }
  return bytes + sha256(bytes);
}

void Ngram::save(const std::filesystem::path& path) const { write_file(path, serialised()); }

bool Ngram::is_ngram_file(std::string_view first_bytes) { return first_bytes.starts_with(magic); }

Ngram Ngram::load(const std::filesystem::path& path) { return parse(read_file(path), path.string()); }

Ngram Ngram::parse(std::string_view bytes, const std::string& source) {
  Reader reader{bytes, source};
  if (!is_ngram_file(bytes)) throw BadInput(source, "is no n-gram model", "give one written by train --order");
  if (bytes.size() < magic.size() + 8 + digest_size) reader.refuse("is truncated");
  reader.bytes = bytes.substr(magic.size(), bytes.size() - magic.size() - digest_size);
  const auto head = reader.take<std::uint32_t>(2);
  if (head[0] != version)
    throw BadInput(source, "has version " + std::to_string(head[0]) + " of the format",
                   "use the program that wrote it");
  if (head[1] < 1 || head[1] > greatest_order) reader.refuse("has an impossible order");
  const auto sizes = reader.take<std::uint32_t>(head[1]);
  Ngram model;
  model.levels_.resize(head[1]);
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    auto& level = model.levels_[k];
    level.symbol = reader.take<std::uint8_t>(sizes[k]);
    level.count = reader.take<std::uint32_t>(sizes[k]);
    if (k + 1 < sizes.size()) level.first_child = reader.take<std::uint32_t>(std::size_t{sizes[k]} + 1);
  }
  if (!reader.bytes.empty()) reader.refuse("is longer than its header says");
  if (sha256(bytes.substr(0, bytes.size() - digest_size)) != bytes.substr(bytes.size() - digest_size))
    reader.refuse("is damaged: its checksum does not fit");
  const auto increasing = [&](const Level& level, std::size_t from, std::size_t to) {
    for (std::size_t i = from + 1; i < to; ++i)
      if (level.symbol[i] <= level.symbol[i - 1]) reader.refuse("is inconsistent");
  };
  if (sizes[0] == 0) reader.refuse("is inconsistent");
  increasing(model.levels_[0], 0, sizes[0]);
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    const auto& level = model.levels_[k];
    if (std::find(level.count.begin(), level.count.end(), 0u) != level.count.end()) reader.refuse("is inconsistent");
    if (k + 1 == sizes.size()) break;
    if (level.first_child.front() != 0 || level.first_child.back() != sizes[k + 1]) reader.refuse("is inconsistent");
    for (std::size_t i = 0; i < sizes[k]; ++i) {
      if (level.first_child[i] > level.first_child[i + 1] || level.first_child[i + 1] > sizes[k + 1])
        reader.refuse("is inconsistent");
      increasing(model.levels_[k + 1], level.first_child[i], level.first_child[i + 1]);
      std::uint64_t followed = 0;
      for (auto child = level.first_child[i]; child < level.first_child[i + 1]; ++child)
        followed += model.levels_[k + 1].count[child];
      if (followed > level.count[i]) reader.refuse("is inconsistent");
    }
  }
  model.finish();
  return model;
}

/// Holds, for each length, the trie's node of the last so many bytes; a byte moves each to the child of the next
/// shorter one.
class NgramState : public TextState {
 public:
  explicit NgramState(const Ngram& model) : model_(model) { node_.fill(absent); }

  void append(Token token) override {
    const auto symbol = static_cast<std::uint8_t>(token);
    for (std::size_t k = model_.levels_.size() - 1; k-- > 1;)
      node_[k] = node_[k - 1] == absent ? absent : child(k, node_[k - 1], symbol);
    if (model_.levels_.size() > 1)
      node_[0] = find(model_.levels_[0], 0, static_cast<std::uint32_t>(model_.levels_[0].symbol.size()), symbol);
    last_ = symbol;
    begun_ = true;
  }

  std::span<const float> logits() override {
    // Shares that shorter contexts keep: from the longest context that occurs down to the bigram, whose rows are kept
    // whole.
    double share = 1;
    std::array<double, Ngram::greatest_order> weight{};
    std::size_t longest = 0;
    for (std::size_t k = 1; k + 1 < model_.levels_.size() && node_[k] != absent; ++k) longest = k;
    for (std::size_t k = longest; k >= 1; --k) {
      const auto& level = model_.levels_[k];
      const double kinds = level.first_child[node_[k] + 1] - level.first_child[node_[k]];
      if (kinds == 0) continue;
      const double denominator = level.followed[node_[k]] + kinds;
      weight[k] = share / denominator;
      share *= kinds / denominator;
    }
    const double* base =
        model_.levels_.size() < 2 || !begun_ ? model_.unigram_.data() : model_.bigram_.data() + 256 * last_;
    for (std::size_t x = 0; x < 256; ++x) p_[x] = share * base[x];
    for (std::size_t k = 1; k <= longest; ++k) {
      const auto& level = model_.levels_[k];
      const auto& next = model_.levels_[k + 1];
      for (auto c = level.first_child[node_[k]]; c < level.first_child[node_[k] + 1]; ++c)
        p_[next.symbol[c]] += weight[k] * next.count[c];
    }
    logarithms(p_.data(), 256, logits_.data());
    return logits_;
  }

 private:
  static std::uint32_t find(const Ngram::Level& level, std::uint32_t from, std::uint32_t to, std::uint8_t symbol) {
    const auto begin = level.symbol.begin() + from, end = level.symbol.begin() + to;
    const auto found = std::lower_bound(begin, end, symbol);
    return found == end || *found != symbol ? absent : static_cast<std::uint32_t>(found - level.symbol.begin());
  }
  std::uint32_t child(std::size_t k, std::uint32_t parent, std::uint8_t symbol) const {
    const auto& level = model_.levels_[k - 1];
    return find(model_.levels_[k], level.first_child[parent], level.first_child[parent + 1], symbol);
  }

  const Ngram& model_;
  std::array<std::uint32_t, Ngram::greatest_order> node_;  ///< of the last k+1 bytes, k = 0..order-2
  std::size_t last_ = 0;
  bool begun_ = false;
  std::array<double, 256> p_;
  std::array<float, 256> logits_;
};

std::unique_ptr<TextState> Ngram::start() const { return std::make_unique<NgramState>(*this); }

}  // namespace offprint::lm
