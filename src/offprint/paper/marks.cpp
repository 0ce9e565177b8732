// The vocabulary of figures: each function adds one mark.
#include "offprint/paper/figure.hpp"

namespace offprint {

Axis::Axis(const char* label_, std::string unit_, Scale scale_)
    : label(label_), unit(std::move(unit_)), scale(scale_) {}
Axis::Axis(std::string label_, std::string unit_, Scale scale_)
    : label(std::move(label_)), unit(std::move(unit_)), scale(scale_) {}
Axis log_axis(std::string label, std::string unit) { return {std::move(label), std::move(unit), Scale::log}; }

Column::Column(const char* name_, std::string unit_) : name(name_), unit(std::move(unit_)) {}
Column::Column(std::string name_, std::string unit_) : name(std::move(name_)), unit(std::move(unit_)) {}

Mark& Mark::of(std::string panel) {
  facet = std::move(panel);
  return *this;
}
Mark& Mark::dash() {
  dashed = true;
  return *this;
}
Mark& Mark::as(Role what) {
  role = what;
  return *this;
}
Mark& Mark::interval(std::vector<double> lows, std::vector<double> highs) {
  low = std::move(lows);
  high = std::move(highs);
  return *this;
}
Mark& Mark::coloured(std::vector<double> values) {
  value = std::move(values);
  return *this;
}
Mark& Mark::add(double at, double height) {
  x.push_back(at);
  y.push_back(height);
  return *this;
}
Mark& Mark::add(double at, double height, double lowest, double highest) {
  add(at, height);
  low.push_back(lowest);
  high.push_back(highest);
  return *this;
}
Mark& Mark::span(double at, double lowest, double highest) {
  x.push_back(at);
  low.push_back(lowest);
  high.push_back(highest);
  return *this;
}
Mark& Mark::box(std::string label, std::vector<double> sample) {
  labels.push_back(std::move(label));
  samples.push_back(std::move(sample));
  return *this;
}
Mark& Mark::bar(std::string label, double height) {
  labels.push_back(std::move(label));
  y.push_back(height);
  return *this;
}

namespace {

Mark& appended(Figure& figure, MarkKind kind, std::string name) {
  auto& mark = figure.marks.emplace_back();
  mark.kind = kind;
  mark.name = std::move(name);
  return mark;
}

Mark& appended(Figure& figure, MarkKind kind, std::string name, std::vector<double> x, std::vector<double> y) {
  auto& mark = appended(figure, kind, std::move(name));
  mark.x = std::move(x);
  mark.y = std::move(y);
  return mark;
}

Mark& labelled(Figure& figure, MarkKind kind, std::string name, std::vector<std::string> labels,
               std::vector<double> y) {
  auto& mark = appended(figure, kind, std::move(name), {}, std::move(y));
  mark.labels = std::move(labels);
  return mark;
}

}  // namespace

Mark& Figure::line(std::string name, std::vector<double> xs, std::vector<double> ys) {
  return appended(*this, MarkKind::line, std::move(name), std::move(xs), std::move(ys));
}
Mark& Figure::band(std::string name, std::vector<double> xs, std::vector<double> low, std::vector<double> high) {
  return appended(*this, MarkKind::band, std::move(name), std::move(xs), {}).interval(std::move(low), std::move(high));
}
Mark& Figure::points(std::string name, std::vector<double> xs, std::vector<double> ys) {
  return appended(*this, MarkKind::points, std::move(name), std::move(xs), std::move(ys));
}
Mark& Figure::ticks(std::string name, std::vector<std::string> labels, std::vector<double> ys) {
  return labelled(*this, MarkKind::points, std::move(name), std::move(labels), std::move(ys));
}
Mark& Figure::bars(std::string name, std::vector<std::string> labels, std::vector<double> ys) {
  return labelled(*this, MarkKind::bars, std::move(name), std::move(labels), std::move(ys));
}
Mark& Figure::boxes(std::vector<std::string> labels, std::vector<std::vector<double>> samples) {
  auto& mark = labelled(*this, MarkKind::box, "", std::move(labels), {});
  mark.samples = std::move(samples);
  return mark;
}
Mark& Figure::histogram(std::string name, std::vector<double> sample) {
  auto& mark = appended(*this, MarkKind::histogram, std::move(name));
  mark.samples = {std::move(sample)};
  return mark;
}
Mark& Figure::heat_map(std::vector<std::vector<double>> grid) {
  auto& mark = appended(*this, MarkKind::heat_map, "");
  mark.grid = std::move(grid);
  return mark;
}
Mark& Figure::tokens(std::vector<std::string> pieces, std::vector<double> values) {
  return labelled(*this, MarkKind::tokens, "", std::move(pieces), std::move(values));
}
Mark& Figure::parallel(std::vector<std::string> axes, std::vector<std::vector<double>> rows) {
  auto& mark = labelled(*this, MarkKind::parallel, "", std::move(axes), {});
  mark.grid = std::move(rows);
  return mark;
}
Mark& Figure::level(std::string name, double from, double to, double height) {
  return line(std::move(name), {from, to}, {height, height}).dash();
}

}  // namespace offprint
