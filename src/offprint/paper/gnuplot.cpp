// Figures as gnuplot scripts, for pictures without the page.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/base/text.hpp"
#include "offprint/paper/figure.hpp"

namespace offprint {
namespace {

std::string quoted(const std::string& text) {
  return "\"" + replace_all(replace_all(replace_all(text, "\\", "\\\\"), "\"", "'"), "\n", " ") + "\"";
}

std::string value_or_gap(const std::vector<double>& values, std::size_t i) {
  return i < values.size() && std::isfinite(values[i]) ? exact_number(values[i]) : "NaN";
}

/// One panel: its data blocks, then the plot command over them.
class Panel {
 public:
  void add(const Mark& mark) {
    const auto title = mark.name.empty() ? std::string("notitle") : "title " + quoted(mark.name);
    const auto n = mark.x.size();
    switch (mark.kind) {
      case MarkKind::line:
        plot(rows(n, {&mark.x, &mark.y}),
             fmt::format("using 1:2 with lines lw 2 dt {} {}", mark.dashed ? 2 : 1, title));
        break;
      case MarkKind::band:
        plot(rows(n, {&mark.x, &mark.low, &mark.high}),
             "using 1:2:3 with filledcurves fs transparent solid 0.2 " + title);
        break;
      case MarkKind::points:
        if (!mark.labels.empty())
          plot(rows(mark.y.size(), {&mark.y}), "using 0:1 with points pt 2 lc black " + title);
        else if (!mark.value.empty())
          plot(rows(n, {&mark.x, &mark.y, &mark.value}), "using 1:2:3 with points pt 7 palette " + title);
        else if (mark.low.empty())
          plot(rows(n, {&mark.x, &mark.y}), "using 1:2 with points pt 6 " + title);
        else
          plot(rows(n, {&mark.x, &mark.y, &mark.low, &mark.high}), "using 1:2:3:4 with yerrorbars pt 6 " + title);
        break;
      case MarkKind::bars: {
        std::string data;
        for (std::size_t i = 0; i < mark.labels.size(); ++i)
          data += quoted(mark.labels[i]) + " " + value_or_gap(mark.y, i) + "\n";
        plot(data, "using 0:2:xtic(1) with boxes " + title);
        break;
      }
      case MarkKind::box:
        for (std::size_t i = 0; i < mark.labels.size(); ++i) {
          settings_ += fmt::format("set xtics add ({} {})\n", quoted(mark.labels[i]), i);
          plot(rows(mark.samples[i].size(), {&mark.samples[i]}),
               fmt::format("using ({}):1 with boxplot lc {} notitle", i, i + 1));
        }
        break;
      case MarkKind::histogram:
        plot(histogram(mark.samples[0]), "using 1:2 with boxes " + title);
        break;
      case MarkKind::heat_map: {
        settings_ += "set yrange [] reverse\n";
        std::string data;
        for (std::size_t i = 0; i < mark.grid.size(); ++i)
          for (std::size_t j = 0; j < mark.grid[i].size(); ++j)
            data += fmt::format("{} {} {}\n", n ? mark.x[j] : static_cast<double>(j),
                                mark.y.empty() ? static_cast<double>(i) : mark.y[i], value_or_gap(mark.grid[i], j));
        plot(data, "using 1:2:3 with image notitle");
        break;
      }
      case MarkKind::tokens:
        break;
      case MarkKind::parallel:
        parallel(mark);
        break;
    }
  }
  bool empty() const { return commands_.empty(); }
  std::string text() const { return blocks_ + settings_ + "plot " + join(commands_, ", ") + "\n"; }

 private:
  /// Each axis from its least to its greatest value; the lines' blocks are apart by blank lines.
  void parallel(const Mark& mark) {
    std::string data;
    for (std::size_t i = 0; i < mark.labels.size(); ++i)
      settings_ += fmt::format("set xtics add ({} {})\n", quoted(mark.labels[i]), i);
    for (std::size_t r = 0; r < mark.grid.size(); ++r) {
      for (std::size_t i = 0; i < mark.labels.size(); ++i) {
        double low = mark.grid[0][i], high = low;
        for (const auto& row : mark.grid) low = std::min(low, row[i]), high = std::max(high, row[i]);
        data += fmt::format("{} {} {}\n", i, high > low ? (mark.grid[r][i] - low) / (high - low) : 0.5,
                            mark.value.empty() ? 0 : mark.value[r]);
      }
      data += "\n";
    }
    plot(data, fmt::format("using 1:2{} with lines {} notitle", mark.value.empty() ? "" : ":3",
                           mark.value.empty() ? "lc 1" : "palette"));
  }
  void plot(const std::string& data, const std::string& how) {
    const auto block = fmt::format("$panel{}", commands_.size());
    blocks_ += block + " << END\n" + data + "END\n";
    commands_.push_back(block + " " + how);
  }
  static std::string rows(std::size_t count, const std::vector<const std::vector<double>*>& columns) {
    std::string data;
    for (std::size_t i = 0; i < count; ++i) {
      for (const auto* column : columns) data += value_or_gap(*column, i) + " ";
      data += "\n";
    }
    return data;
  }
  static std::string histogram(std::vector<double> values) {
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    if (values.empty()) return "";
    constexpr std::size_t bins = 30;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const double width = *high > *low ? (*high - *low) / bins : 1;
    std::vector<double> centres(bins), counts(bins, 0);
    for (std::size_t i = 0; i < bins; ++i) centres[i] = *low + (static_cast<double>(i) + 0.5) * width;
    for (const double value : values) ++counts[std::min(bins - 1, static_cast<std::size_t>((value - *low) / width))];
    return rows(bins, {&centres, &counts});
  }
  std::string blocks_, settings_;
  std::vector<std::string> commands_;
};

std::string axis_text(const char* name, const Axis& axis) {
  return fmt::format("set {}label {}\n{}set logscale {}\n", name,
                     quoted(axis.unit.empty() ? axis.label : axis.label + " (" + axis.unit + ")"),
                     axis.scale == Scale::log ? "" : "un", name);
}

}  // namespace

std::string gnuplot_script(const Figure& figure, const std::string& output) {
  std::vector<std::string> facets;
  std::string panels, ranges;
  if (figure.equal_axes) {
    std::vector<double> x, y;
    for (const auto& mark : figure.marks) {
      x.insert(x.end(), mark.x.begin(), mark.x.end());
      y.insert(y.end(), mark.y.begin(), mark.y.end());
    }
    const auto range = [](const char* name, const std::vector<double>& values) {
      const auto [low, high] = std::minmax_element(values.begin(), values.end());
      return fmt::format("set {}range [{}:{}]\n", name, *low - 0.1, *high + 0.1);
    };
    if (!x.empty()) ranges = "set size ratio -1\n" + range("x", x) + range("y", y);
  }
  int count = 0;
  for (const auto& mark : figure.marks)
    if (std::find(facets.begin(), facets.end(), mark.facet) == facets.end()) facets.push_back(mark.facet);
  for (const auto& facet : facets) {
    Panel panel;
    for (const auto& mark : figure.marks)
      if (mark.facet == facet) panel.add(mark);
    if (panel.empty()) continue;
    ++count;
    panels += "unset xtics\nset xtics\nset autoscale\nset title " + quoted(facet) + "\n" + axis_text("x", figure.x) +
              axis_text("y", figure.y) + ranges + panel.text();
  }
  if (count == 0) return "";
  const int across = std::min(count, 3), down = (count + across - 1) / across;
  return fmt::format(
      "set terminal svg size {},{} noenhanced font 'sans-serif,13' background 'white'\nset output {}\nset style "
      "fill solid 0.4\nset grid\n"
      "set multiplot layout {},{} title {}\n{}unset multiplot\n",
      across * 480 + 40, down * 360 + 60, quoted(output), down, across, quoted(figure.title), panels);
}

}  // namespace offprint
