// tusk: conninfo/env_file.hpp — variables from a .env file.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The grammar that the common tools agree on, and an error where they do not: nothing is expanded, so a value that asks
// for it is refused instead of being read in one of two ways. An error tells the line, never its text. Which variables
// matter is not known here.
#pragma once

#include <tusk/conninfo/file.hpp>
#include <tusk/conninfo/secret.hpp>
#include <tusk/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk::conninfo {

/// The variables of one file; of a name that is set twice the last one counts:
///
///     line   = blanks [ [ "export" blanks ] NAME blanks "=" blanks value ] blanks [ "#" comment ]
///     value  = "'" anything "'"           ; as it stands, over several lines too, as are the next two
///            / "`" anything "`"
///            / '"' anything '"'           ; \n \r \t \" \\ \$ mean what they mean in C and in a shell, other \ stay
///            / anything                   ; to the end of the line, or to a "#" after a blank
///
/// As a look-up it is a source for `environment`.
class env_file {
 public:
  /// Reads `path`. Throws errc::invalid_option when it cannot be read, errc::invalid_connection_string for a broken
  /// line.
  explicit env_file(std::string path) : path_(std::move(path)) {
    file const in(path_);
    if (!in.is_open())
      throw error(errc::invalid_option, "file " + printable(path_) + " cannot be opened: " + in.error());
    if (auto const* const why = in.unfit())
      throw error(errc::invalid_option, "file " + printable(path_) + " cannot be used: " + why);
    secret const text = in.read();
    read(text);
  }
  /// As if `text` were the contents of `path`.
  env_file(std::string path, std::string_view text) : path_(std::move(path)) { read(text); }

  /// The value, or nullptr. Throws errc::invalid_connection_string, with the line but not the file, if it asks to be
  /// expanded.
  char const* operator()(char const* name) const {
    variable const* found = nullptr;
    for (auto const& v : variables_)
      if (v.name == name) found = &v;
    if (!found) return nullptr;
    if (found->expands)
      throw error(errc::invalid_connection_string,
                  "line " + std::to_string(found->line) + ": " + name +
                      " has ${...} in it, which is not expanded; write the value itself, or put it between single "
                      "quotes if it is meant as it stands");
    return found->value.str().c_str();
  }

 private:
  struct variable {
    std::string name;
    secret value;
    bool expands; ///< other tools would replace a part of it
    std::size_t line;
  };

  [[noreturn]] void fail(std::size_t line, std::string_view what) const {
    throw error(errc::invalid_connection_string,
                "file " + printable(path_) + ", line " + std::to_string(line) + ": " + std::string(what));
  }
  static constexpr bool blank(char c) noexcept { return c == ' ' || c == '\t'; }
  static constexpr bool of_name(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  }
  void skip_blanks() noexcept {
    while (!rest_.empty() && blank(rest_.front())) rest_.remove_prefix(1);
  }
  bool at_line_end() const noexcept { return rest_.empty() || rest_.front() == '\n' || rest_.starts_with("\r\n"); }
  std::string_view name() noexcept {
    std::size_t n = 0;
    while (n < rest_.size() && of_name(rest_[n])) ++n;
    auto const found = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return found;
  }

  void read(std::string_view text) {
    rest_ = text;
    if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3); // what some editors begin UTF-8 with
    for (line_ = 1; !rest_.empty();) {
      skip_blanks();
      if (!at_line_end() && rest_.front() != '#') assignment();
      skip_blanks();
      if (!at_line_end() && rest_.front() != '#')
        fail(line_, "something follows the closing quote; only a comment may");
      take_line(rest_);
      ++line_;
    }
  }
  void assignment() {
    auto const line = line_;
    auto found = name();
    if (found == "export" && !rest_.empty() && blank(rest_.front())) {
      skip_blanks();
      if (rest_.empty() || rest_.front() != '=') found = name();
    }
    skip_blanks();
    if (found.empty() || rest_.empty() || rest_.front() != '=') fail(line, "this is neither NAME=value nor a comment");
    rest_.remove_prefix(1);
    bool const comment_may_follow = !rest_.empty() && blank(rest_.front());
    skip_blanks();
    bool const empty = at_line_end() || (comment_may_follow && rest_.front() == '#');
    bool expands = false;
    secret value(empty ? std::string() : is_quote(rest_.front()) ? quoted(expands) : plain(expands));
    if (value.str().find('\0') != std::string::npos) fail(line, "the value has a NUL byte in it");
    variables_.push_back({std::string(found), std::move(value), expands, line});
  }
  static constexpr bool is_quote(char c) noexcept { return c == '\'' || c == '"' || c == '`'; }

  std::string plain(bool& expands) {
    std::size_t n = 0;
    while (n < rest_.size() && rest_[n] != '\n' && !(rest_[n] == '#' && n > 0 && blank(rest_[n - 1]))) ++n;
    auto value = rest_.substr(0, n);
    rest_.remove_prefix(n);
    while (!value.empty() && (blank(value.back()) || value.back() == '\r')) value.remove_suffix(1);
    expands = value.find("${") != value.npos;
    return std::string(value);
  }
  std::string quoted(bool& expands) {
    auto const start = line_;
    char const quote = rest_.front();
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != quote) end += quote == '"' && rest_[end] == '\\' ? 2 : 1;
    if (end >= rest_.size()) fail(start, "the quote that opens here is never closed");
    std::string value;
    value.reserve(end); // growing would leave copies of a password behind
    for (std::size_t n = 1; n < end; ++n) {
      char c = rest_[n];
      if (c == '\n') ++line_;
      if (quote == '"' && rest_.substr(n).starts_with("${")) expands = true;
      if (quote == '"' && c == '\\') {
        constexpr std::string_view from = "nrt\"\\$", to = "\n\r\t\"\\$";
        if (auto const at = from.find(rest_[n + 1]); at != from.npos) c = to[at], ++n;
      }
      value += c;
    }
    rest_.remove_prefix(end + 1);
    return value;
  }

  std::string path_;
  std::vector<variable> variables_;
  std::string_view rest_;
  std::size_t line_ = 1;
};

} // namespace tusk::conninfo
