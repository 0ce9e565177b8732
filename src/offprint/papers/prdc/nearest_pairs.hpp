// Nearest state-action pairs (Section 3.2): exact Euclidean neighbours of keys (beta s) (+) a among all logged pairs.
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace offprint::prdc {

enum class SearchMethod {
  automatic,   ///< by the share of points that trial searches touch
  kd_tree,     ///< median splits on the widest side, leaves of 16 points, bounding boxes at every node
  brute_force  ///< all distances by blocked matrix products, exact ones where they decide
};

struct Neighbour {
  std::uint32_t index = std::numeric_limits<std::uint32_t>::max();
  float squared_distance = std::numeric_limits<float>::infinity();
};

/// An index over logged pairs. Reading it is safe from several threads. Ties go to the lowest index.
class NearestPairs {
 public:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  /// `states` [n][state_size], already normalised; `actions` [n][action_size], whose size may be 0: states alone. beta
  /// >= 0; n from 1 to 2^32 - 2. Throws BadInput on sizes that do not fit, a negative beta or values that are not
  /// finite.
  NearestPairs(std::span<const float> states, std::span<const float> actions, int state_size, int action_size,
               double beta, SearchMethod method = SearchMethod::automatic);

  std::size_t size() const { return size_; }
  int dimensions() const { return dimensions_; }
  int state_size() const { return state_size_; }
  double beta() const { return beta_; }
  SearchMethod method() const { return method_; }  ///< the one in use, never automatic
  double touched_share() const {
    return touched_share_;
  }  ///< of the points, in trial searches of the automatic choice; NaN if none were made

  /// key = (beta s) (+) a.
  void make_key(const float* state, const float* action, float* key) const;
  /// The point of a pair, as keys are.
  std::vector<float> point(std::uint32_t index) const;
  float squared_distance(const float* key, std::uint32_t index) const;

  /// `hints` are indices of pairs that may be near (none: no hint): they only make the search faster. `touched`, if
  /// given, grows by the points looked at.
  Neighbour nearest(const float* key, std::span<const std::uint32_t> hints = {}, std::size_t* touched = nullptr) const;
  /// The k nearest, nearest first; 1 <= k <= size().
  std::vector<Neighbour> nearest(const float* key, int k) const;
  /// `keys` [count][dimensions]; `hints` [count][hints_per_key].
  void nearest(const float* keys, std::size_t count, std::span<const std::uint32_t> hints, int hints_per_key,
               Neighbour* results) const;

 private:
  struct Node {
    bool leaf = false;
    std::uint32_t child = 0;  ///< the left child, the right one is next to it; of a leaf: its block
  };
  struct Best;

  void build(std::uint32_t node, std::vector<std::uint32_t>& order, std::size_t from, std::size_t to,
             const std::vector<float>& points);
  void search(std::uint32_t node, const float* key, Best& best, std::size_t& touched) const;
  void start_search(const float* key, Best& best, std::size_t& touched) const;
  void scan(std::uint32_t block, const float* key, Best& best) const;
  void search_all(const float* keys, std::size_t count, Neighbour* results) const;
  void choose_method();

  std::size_t size_ = 0;
  int state_size_ = 0, dimensions_ = 0;
  double beta_ = 0, touched_share_ = std::numeric_limits<double>::quiet_NaN();
  SearchMethod method_ = SearchMethod::kd_tree;
  int padded_ = 0;  ///< dimensions, rounded up to whole vectors
  std::vector<Node> nodes_;
  std::vector<float> boxes_;                  ///< [node][2][padded]: least and greatest coordinates
  std::vector<float> blocks_;                 ///< [block][dimension][16]
  std::vector<std::uint32_t> block_indices_;  ///< [block][16], `none` in unused places
  std::vector<std::uint32_t> places_;         ///< of each pair in block_indices_
  std::vector<float> norms_;                  ///< squared, in order of places; brute force only
};

/// The plain definition, for checking.
Neighbour nearest_by_definition(const std::vector<float>& points, int dimensions, const float* key);

}  // namespace offprint::prdc
