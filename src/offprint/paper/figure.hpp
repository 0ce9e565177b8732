// Figures and tables as data: a small closed set of marks with titled axes. The page draws them, gnuplot exports them, people download the numbers.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

namespace offprint {

using Json = nlohmann::ordered_json;

enum class Scale { linear, log };

struct Axis {
  std::string label;  ///< "error", never empty
  std::string unit;   ///< "bits", "steps"; empty if it has none
  Scale scale = Scale::linear;
};

enum class MarkKind {
  line,       ///< (x, y) joined in order
  band,       ///< between low and high over x
  points,     ///< (x, y), with low..high as error bars where given; or (labels[i], y[i]) as ticks beside bars and boxes
  bars,       ///< height y at category labels[i]
  box,        ///< one box a category: for each labels[i], samples[i]
  histogram,  ///< samples[0], binned by whoever draws
  heat_map,   ///< grid[row][column]; x and y are the column and row positions (or `labels` names the columns)
  tokens      ///< text pieces labels[i], each coloured by its value y[i]
};

/// One layer of a figure. Which members a kind reads stands beside it in MarkKind; validate() refuses a mark whose arrays do not fit.
struct Mark {
  MarkKind kind = MarkKind::line;
  std::string name;  ///< legend entry; empty: none
  std::vector<double> x, y, low, high;
  std::vector<std::string> labels;
  std::vector<std::vector<double>> samples;
  std::vector<std::vector<double>> grid;
  std::string facet;    ///< marks with the same facet share a panel; empty: the one panel
  bool dashed = false;  ///< reference lines: what the paper says, a limit
};

struct Figure {
  std::string id;       ///< unique in the run: [a-z0-9-]+
  std::string title;    ///< one line
  std::string caption;  ///< what to see in it
  Axis x, y;
  std::vector<Mark> marks;
  bool equal_axes =
      false;  ///< drawings of places and images: a unit is as long across as upwards, and all panels show the same part
};

/// Throws std::logic_error naming the figure and mark whose arrays do not fit its kind: a mistake of the room, not of its user.
void validate(const Figure& figure);
Json to_json(const Figure& figure);
Figure figure_from_json(const Json& json);

/// A gnuplot script that writes the figure's panels to `output`, an SVG file. Text pieces (tokens) have no panel; empty if nothing else is in the figure.
std::string gnuplot_script(const Figure& figure, const std::string& output);

using Cell = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

struct Column {
  std::string name;  ///< key in JSON output: lower_case_with_underscores
  std::string unit;
};

/// A table of results. In `--json` output it is {"<id>": [{"<column>": cell, ...}, ...]}.
struct ResultTable {
  std::string id;
  std::string title;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
};

void validate(const ResultTable& table);  ///< std::logic_error if a row's length is not the number of columns
Json to_json(const Cell& cell);           ///< NaN and infinities become the strings "nan", "inf", "-inf"
Json to_json(const ResultTable& table);
ResultTable table_from_json(const Json& json);
std::string cell_text(const Cell& cell);  ///< for people: 4 significant digits

}  // namespace offprint
