// Figures and tables as data: a small closed set of marks with titled axes. The page draws them, gnuplot exports them,
// people download the numbers. A curve, a band, boxes, a reference line or a row of a table is one line:
//   Figure figure{"errors", "Error of the rare probability", "Lower is better.", "method", log_axis("MSE")};
//   figure.boxes({"PRESTO", "Logit"}, {presto, logit}).of("rare 1.2 %");
//   figure.line("bound", lengths, bounds).dash();
#pragma once
#include <cstdint>
#include <deque>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace offprint {

/// Declared here; to use one, include paper/json.hpp, which takes the compiler a second.
using Json = nlohmann::ordered_json;

enum class Scale { linear, log };

struct Axis {
  std::string label;  ///< "error", never empty
  std::string unit;   ///< "bits", "steps"; empty if it has none
  Scale scale = Scale::linear;

  Axis() = default;
  Axis(const char* label_, std::string unit_ = "", Scale scale_ = Scale::linear);
  Axis(std::string label_, std::string unit_ = "", Scale scale_ = Scale::linear);
};
Axis log_axis(std::string label, std::string unit = "");

enum class MarkKind {
  line,    ///< (x, y) joined in order
  band,    ///< between low and high over x
  points,  ///< (x, y), with low..high as error bars where given, coloured by `value` where given; or (labels[i], y[i])
           ///< as ticks beside bars and boxes
  bars,    ///< height y at category labels[i], with low..high as error bars where given
  box,     ///< one box a category: for each labels[i], samples[i]
  histogram,  ///< samples[0], binned by whoever draws
  heat_map,   ///< grid[row][column]; x and y are the column and row positions (or `labels` names the columns)
  tokens,     ///< text pieces labels[i], each coloured by its value y[i]
  parallel    ///< parallel coordinates: axes labels[i], one line a row of grid, coloured by `value` where given
};

/// What a mark is about, for its colour: the paper's method has one colour in all figures, baselines are grey.
enum class Role { plain, method, baseline, published };

/// One layer of a figure. Which members a kind reads stands beside it in MarkKind; validate() refuses a mark whose
/// arrays do not fit.
struct Mark {
  MarkKind kind = MarkKind::line;
  std::string name;  ///< legend entry; empty: none
  std::vector<double> x, y, low, high;
  std::vector<std::string> labels;
  std::vector<std::vector<double>> samples;
  std::vector<std::vector<double>> grid;
  std::vector<double> value;  ///< one a point or line: its colour on a scale
  std::string facet;          ///< marks with the same facet share a panel; empty: the one panel
  bool dashed = false;        ///< reference lines: what the paper says, a limit
  Role role = Role::plain;

  /// In the panel of this name.
  Mark& of(std::string panel);
  Mark& dash();
  Mark& as(Role what);
  /// Error bars, one a point.
  Mark& interval(std::vector<double> lows, std::vector<double> highs);
  Mark& coloured(std::vector<double> values);
  /// One more point of a line or of points; of points with its error bar.
  Mark& add(double at, double height);
  Mark& add(double at, double height, double lowest, double highest);
  /// One more place of a band.
  Mark& span(double at, double lowest, double highest);
  /// One more box.
  Mark& box(std::string label, std::vector<double> sample);
  /// One more bar, or tick beside a bar or box.
  Mark& bar(std::string label, double height);
};

struct Figure {
  std::string id;       ///< unique in the run: [a-z0-9-]+
  std::string title;    ///< one line
  std::string caption;  ///< what to see in it
  Axis x, y;
  std::deque<Mark> marks;  ///< a deque, so that references to marks stay valid while others are added
  bool equal_axes =
      false;  ///< drawings of places and images: a unit is as long across as upwards, and all panels show the same part

  // Each adds a mark and returns it, to be filled with add() or changed.
  Mark& line(std::string name, std::vector<double> x = {}, std::vector<double> y = {});
  Mark& band(std::string name, std::vector<double> x = {}, std::vector<double> low = {}, std::vector<double> high = {});
  Mark& points(std::string name, std::vector<double> x = {}, std::vector<double> y = {});
  Mark& ticks(std::string name, std::vector<std::string> labels = {}, std::vector<double> y = {});
  Mark& bars(std::string name, std::vector<std::string> labels = {}, std::vector<double> y = {});
  Mark& boxes(std::vector<std::string> labels = {}, std::vector<std::vector<double>> samples = {});
  Mark& histogram(std::string name, std::vector<double> sample);
  Mark& heat_map(std::vector<std::vector<double>> grid);
  Mark& tokens(std::vector<std::string> pieces, std::vector<double> values);
  Mark& parallel(std::vector<std::string> axes, std::vector<std::vector<double>> rows);
  /// A dashed level line from one x to the other.
  Mark& level(std::string name, double from, double to, double height);
};

/// Throws std::logic_error naming the figure and mark whose arrays do not fit its kind: a mistake of the room, not of
/// its user.
void validate(const Figure& figure);
Json to_json(const Figure& figure);
Figure figure_from_json(const Json& json);

/// A gnuplot script that writes the figure's panels to `output`, an SVG file. Text pieces (tokens) have no panel; empty
/// if nothing else is in the figure.
std::string gnuplot_script(const Figure& figure, const std::string& output);

/// A cell of a table: nothing, yes or no, a whole number, a number, a text. Takes any integer, number or text, and an
/// optional of one.
struct Cell : std::variant<std::monostate, bool, std::int64_t, double, std::string> {
  Cell() = default;
  Cell(bool truth) : variant(truth) {}
  Cell(double number) : variant(number) {}
  Cell(float number) : variant(static_cast<double>(number)) {}
  Cell(std::string text) : variant(std::move(text)) {}
  Cell(std::string_view text) : variant(std::string(text)) {}
  Cell(const char* text) : variant(std::string(text)) {}
  template <class Integer, std::enable_if_t<std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>, int> = 0>
  Cell(Integer number) : variant(static_cast<std::int64_t>(number)) {}
  template <class T>
  Cell(const std::optional<T>& value) {
    if (value) *this = Cell(*value);
  }
};

struct Column {
  std::string name;  ///< key in JSON output: lower_case_with_underscores
  std::string unit;

  Column(const char* name_, std::string unit_ = "");
  Column(std::string name_, std::string unit_ = "");
};

/// A table of results. In `--json` output it is {"<id>": [{"<column>": cell, ...}, ...]}.
///   ResultTable table{"errors", "Errors by method", {"method", {"median", "nats"}, "t"}};
///   table.row("PRESTO", median(errors), {});
struct ResultTable {
  std::string id;
  std::string title;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;

  template <class... Cells>
  ResultTable& row(Cells&&... cells) {
    rows.push_back({Cell(std::forward<Cells>(cells))...});
    return *this;
  }
};

void validate(const ResultTable& table);  ///< std::logic_error if a row's length is not the number of columns
Json to_json(const Cell& cell);           ///< NaN and infinities become the strings "nan", "inf", "-inf"
Json to_json(const ResultTable& table);
ResultTable table_from_json(const Json& json);
std::string cell_text(const Cell& cell);  ///< for people: 4 significant digits

}  // namespace offprint
