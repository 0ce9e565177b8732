#include "offprint/page/html.hpp"

#include <array>

#include "offprint/base/text.hpp"

namespace offprint::page {

std::string escape_text(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  return result;
}

std::string escape_url_part(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_letter_or_digit(c) || c == '-' || c == '_' || c == '.' || c == '~')
      result += c;
    else
      result += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return result;
}

std::string json_in_script(std::string_view json) { return replace_all(std::string(json), "<", "\\u003c"); }

Html element(std::string_view name, const Attributes& attributes, const Html& content) {
  constexpr std::array<std::string_view, 6> void_elements{"meta", "link", "input", "br", "hr", "img"};
  Html result;
  result.markup_ = "<" + std::string(name);
  for (const auto& [key, value] : attributes) {
    result.markup_ += " " + std::string(key);
    if (value != present) result.markup_ += "=\"" + escape_text(value) + "\"";
  }
  result.markup_ += ">";
  for (const auto one : void_elements)
    if (one == name) return result;
  result.markup_ += content.markup_ + "</" + std::string(name) + ">";
  return result;
}

Html data_script(std::string_view id, std::string_view json) {
  Html result;
  result.markup_ =
      "<script type=\"application/json\" id=\"" + escape_text(id) + "\">" + json_in_script(json) + "</script>";
  return result;
}

std::string document(const std::string& title, const Html& body, const Extras& extras) {
  const auto link = [&](const char* href, const char* text) {
    return title == text ? element("a", {{"href", href}, {"aria-current", "page"}}, text)
                         : element("a", {{"href", href}}, text);
  };
  const auto sheet = [](const char* href) { return element("link", {{"rel", "stylesheet"}, {"href", href}}); };
  const auto script = [](const char* source) { return element("script", {{"src", source}, {"defer", present}}); };
  Html head = element("meta", {{"charset", "utf-8"}}) +
              element("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}) +
              element("title", title + " · Offprint") + sheet("/assets/vendor/katex/katex.min.css") +
              sheet("/assets/offprint.css") + element("link", {{"rel", "icon"}, {"href", "/assets/icon.svg"}});
  if (extras.charts) head += sheet("/assets/vendor/uPlot.min.css");
  if (extras.refresh_seconds > 0)
    head += element("noscript",
                    element("meta", {{"http-equiv", "refresh"}, {"content", std::to_string(extras.refresh_seconds)}}));
  const Html navigation = element("header", {{"class", "site"}},
                                  element("a", {{"href", "/"}, {"class", "brand"}}, "Offprint") +
                                      element("nav", {{"aria-label", "Site"}},
                                              link("/", "Papers") + link("/tools", "Tools") + link("/runs", "Runs") +
                                                  link("/status", "Status") + link("/about", "About")));
  Html scripts = script("/assets/vendor/katex/katex.min.js");
  if (extras.charts)
    for (const char* file :
         {"/assets/vendor/uPlot.iife.min.js", "/assets/vendor/d3.min.js", "/assets/vendor/plot.umd.min.js"})
      scripts += script(file);
  scripts += element("script", {{"src", "/assets/offprint.js"}, {"type", "module"}});
  return "<!DOCTYPE html>" +
         element("html", {{"lang", "en"}},
                 element("head", head) +
                     element("body", element("a", {{"class", "skip"}, {"href", "#main"}}, "Skip to the content") +
                                         navigation + element("main", {{"id", "main"}}, body) + scripts))
             .markup();
}

}  // namespace offprint::page
