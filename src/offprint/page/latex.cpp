#include <map>

#include "offprint/base/text.hpp"
#include "offprint/page/views.hpp"

namespace offprint::page {
namespace {

bool is_letter(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }

/// Combining characters of the accents of LaTeX, in UTF-8, and letters that have a command of their own.
const std::map<std::string, std::string, std::less<>> accents{
    {"'", "\u0301"}, {"`", "\u0300"}, {"^", "\u0302"}, {"\"", "\u0308"}, {"~", "\u0303"},
    {"=", "\u0304"}, {".", "\u0307"}, {"c", "\u0327"}, {"v", "\u030c"},  {"u", "\u0306"},
    {"H", "\u030b"}, {"k", "\u0328"}, {"r", "\u030a"}};
const std::map<std::string, std::string, std::less<>> letters{
    {"ss", "ß"}, {"o", "ø"},     {"O", "Ø"},    {"l", "ł"},          {"L", "Ł"},         {"ae", "æ"},
    {"AE", "Æ"}, {"oe", "œ"},    {"OE", "Œ"},   {"aa", "å"},         {"AA", "Å"},        {"i", "i"},
    {"j", "j"},  {"ldots", "…"}, {"dots", "…"}, {"textendash", "–"}, {"textemdash", "—"}};
/// Precomposed letters, which more fonts have than letters with a combining accent.
const std::map<std::string, std::string, std::less<>> composed{
    {"'a", "á"},  {"'e", "é"},  {"'i", "í"},  {"'o", "ó"},  {"'u", "ú"},  {"'y", "ý"},  {"'c", "ć"},  {"'n", "ń"},
    {"'s", "ś"},  {"'z", "ź"},  {"'A", "Á"},  {"'E", "É"},  {"'I", "Í"},  {"'O", "Ó"},  {"'U", "Ú"},  {"'S", "Ś"},
    {"`a", "à"},  {"`e", "è"},  {"`i", "ì"},  {"`o", "ò"},  {"`u", "ù"},  {"^a", "â"},  {"^e", "ê"},  {"^i", "î"},
    {"^o", "ô"},  {"^u", "û"},  {"\"a", "ä"}, {"\"e", "ë"}, {"\"i", "ï"}, {"\"o", "ö"}, {"\"u", "ü"}, {"\"A", "Ä"},
    {"\"O", "Ö"}, {"\"U", "Ü"}, {"~a", "ã"},  {"~n", "ñ"},  {"~o", "õ"},  {"~N", "Ñ"},  {"cc", "ç"},  {"cC", "Ç"},
    {"cs", "ş"},  {"cS", "Ş"},  {"vc", "č"},  {"vC", "Č"},  {"ve", "ě"},  {"vr", "ř"},  {"vs", "š"},  {"vS", "Š"},
    {"vz", "ž"},  {"vZ", "Ž"},  {"ug", "ğ"},  {"uG", "Ğ"},  {"ua", "ă"},  {"Ho", "ő"},  {"Hu", "ű"},  {"ka", "ą"},
    {"ke", "ę"},  {"ra", "å"},  {"ru", "ů"}};

const char* element_of(std::string_view command) {
  if (command == "em" || command == "emph" || command == "it" || command == "textit" || command == "sl" ||
      command == "textsl")
    return "em";
  if (command == "bf" || command == "textbf") return "strong";
  if (command == "tt" || command == "texttt") return "code";
  return nullptr;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  /// To the end of the group, or of the text.
  Html group(int depth) {
    Html result;
    std::string plain;
    const auto flush = [&] {
      result += Html(plain);
      plain.clear();
    };
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '}' && depth > 0) {
        ++at_;
        break;
      }
      if (c == '$') {
        const auto end = text_.find('$', at_ + 1);
        if (end == std::string_view::npos || end == at_ + 1) {  // a lone one, or a formula with nothing in it
          plain += c;
          ++at_;
          continue;
        }
        flush();
        result += element("span", {{"class", "tex"}}, text_.substr(at_, end + 1 - at_));
        at_ = end + 1;
      } else if (c == '{' && depth < 20) {
        ++at_;
        flush();
        result += group(depth + 1);
      } else if (c == '\\') {
        flush();
        result += command(depth);
      } else if (c == '~') {
        plain += "\u00a0";
        ++at_;
      } else if (text_.substr(at_, 3) == "---") {
        plain += "—";
        at_ += 3;
      } else if (text_.substr(at_, 2) == "--") {
        plain += "–";
        at_ += 2;
      } else {
        plain += c;
        ++at_;
      }
    }
    flush();
    return result;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  /// One letter, maybe in braces: what an accent stands on. Empty, and nothing read, if there is something else.
  std::string accented() {
    auto at = at_;
    while (at < text_.size() && text_[at] == ' ') ++at;
    const bool braces = at < text_.size() && text_[at] == '{';
    at += braces;
    const bool dotless = text_.substr(at, 2) == "\\i" || text_.substr(at, 2) == "\\j";
    at += dotless;
    if (at >= text_.size() || !is_letter(text_[at]) || (braces && text_.substr(at + 1, 1) != "}")) return "";
    std::string letter(1, text_[at]);
    at_ = at + 1 + braces;
    return letter;
  }

  Html command(int depth) {
    const auto begin = at_++;
    if (at_ >= text_.size()) return "\\";
    auto end = at_;
    while (end < text_.size() && is_letter(text_[end])) ++end;
    if (end == at_) ++end;
    const auto name = text_.substr(at_, end - at_);
    at_ = end;
    if (name.size() == 1 && std::string_view("&%$#_{} ").find(name[0]) != std::string_view::npos) return name;
    if (const auto accent = accents.find(name); accent != accents.end())
      if (const auto letter = accented(); !letter.empty()) {
        const auto whole = composed.find(std::string(name) + letter);
        return whole == composed.end() ? letter + accent->second : whole->second;
      }
    if (const auto letter = letters.find(name); letter != letters.end()) {
      skip_blanks();
      if (text_.substr(at_, 2) == "{}") at_ += 2;
      return letter->second;
    }
    const char* kind = element_of(name);
    if (kind && depth < 20) {
      skip_blanks();
      const bool own_group = name.starts_with("text") || name == "emph";
      if (!own_group) return element(kind, group_rest(depth));
      if (at_ < text_.size() && text_[at_] == '{') {
        ++at_;
        return element(kind, group(depth + 1));
      }
    }
    return text_.substr(begin, at_ - begin);
  }

  /// {\em ...}: to the end of the group that it stands in, whose brace is left to that group.
  Html group_rest(int depth) {
    auto content = group(depth);
    if (depth > 0 && at_ > 0 && text_[at_ - 1] == '}') --at_;
    return content;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Html latex_text(std::string_view text) { return Reader(text).group(0); }

}  // namespace offprint::page
