// HTML that escapes by construction: text and attribute values go in as text, markup only as elements made here.
#pragma once
#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace offprint::page {

std::string escape_text(std::string_view text);      ///< for element content and quoted attributes
std::string escape_url_part(std::string_view text);  ///< percent-encoding of one path or query part
std::string json_in_script(std::string_view json);   ///< JSON that cannot end its <script> element

/// A piece of finished markup. Only these functions make one.
class Html {
 public:
  Html() = default;
  Html(std::string_view text) : markup_(escape_text(text)) {}  // text is always escaped
  Html(const char* text) : Html(std::string_view(text)) {}
  Html(const std::string& text) : Html(std::string_view(text)) {}
  Html& operator+=(const Html& other) {
    markup_ += other.markup_;
    return *this;
  }
  friend Html operator+(Html a, const Html& b) { return a += b; }
  const std::string& markup() const { return markup_; }
  /// Markup that markup() gave and that was kept as text.
  static Html made_here(std::string markup) {
    Html html;
    html.markup_ = std::move(markup);
    return html;
  }

 private:
  friend Html element(std::string_view, const std::vector<std::pair<std::string_view, std::string>>&, const Html&);
  friend Html data_script(std::string_view id, std::string_view json);
  std::string markup_;
};

using Attributes = std::vector<std::pair<std::string_view, std::string>>;

/// <name attributes>content</name>; void elements get no end tag. An attribute whose value is "\0" alone has no value.
Html element(std::string_view name, const Attributes& attributes, const Html& content = {});
template <std::convertible_to<Html> Content>
Html element(std::string_view name, const Content& content) {
  return element(name, {}, Html(content));
}
/// <script type="application/json" id=...>: data for the page's modules.
Html data_script(std::string_view id, std::string_view json);

inline const std::string present("\0", 1);  ///< value of an attribute without value

struct Extras {
  bool charts = false;      ///< loads the drawing libraries
  int refresh_seconds = 0;  ///< without JavaScript the page loads itself again; 0: it does not
};

/// The whole document.
std::string document(const std::string& title, const Html& body, const Extras& extras = {});

}  // namespace offprint::page
