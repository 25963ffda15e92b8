// tusk: examples/psql_lite/statements.hpp — finds the ends of statements in what is typed.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A semicolon ends a statement unless it stands in a string, an identifier, a comment, parentheses or the body of an
// SQL function: the server's lexical rules ("Lexical Structure" in the manual), with standard_conforming_strings on.
// Each character is looked at once, however many lines a statement has.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace psql_lite {

class statements {
 public:
  /// Without the blanks and comments of a line that it begins with: what is left has to be sent.
  static std::string_view trimmed(std::string_view statement) {
    for (;;) {
      auto const begin = statement.find_first_not_of(blanks);
      statement.remove_prefix(std::min(begin, statement.size()));
      if (!statement.starts_with("--")) return statement;
      statement.remove_prefix(std::min(statement.find('\n'), statement.size()));
    }
  }

  /// Takes in a line, without its end.
  void add(std::string_view line) { text_.append(line).append("\n"); }

  /// The next statement that is whole, with its semicolon.
  std::optional<std::string> next() {
    while (at_ < text_.size()) {
      if (step()) {
        auto found = text_.substr(0, at_);
        auto rest = text_.substr(at_);
        clear();
        text_ = std::move(rest);
        return found;
      }
    }
    return {};
  }
  /// What has begun and not ended, for the end of the input.
  std::string rest() {
    auto found = text_.substr(0, text_.find_last_not_of('\n') + 1);
    clear();
    return found;
  }
  void clear() { *this = {}; }

  /// Whether a line may be a command of the shell: what was typed before ends in no string nor comment.
  bool between_tokens() const { return inside_ == '-'; }
  /// For the prompt, psql's signs: `=` where nothing has begun, else `-`, or what is open: ' " $ * (
  char open() const {
    if (trimmed(text_).empty()) return '=';
    return inside_ == 'e' ? '\'' : inside_ == '-' && parentheses_ > 0 ? '(' : inside_;
  }

 private:
  static constexpr std::string_view blanks = " \t\n\r\f\v";

  static bool letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
  }
  static bool digit(char c) { return c >= '0' && c <= '9'; }
  char peek(std::size_t n = 0) const { return at_ + n < text_.size() ? text_[at_ + n] : '\0'; }

  /// Moves behind the next token, or the next part of one that is open; true: behind the end of a statement.
  bool step() {
    switch (inside_) {
    case '\'':
    case '"': leave_at(std::string(1, inside_)); return false; // a doubled mark ends and begins again
    case '$': leave_at(tag_); return false;
    case 'e': escape_string(); return false;
    case '*': comment(); return false;
    default: return token();
    }
  }
  bool token() {
    char const c = peek();
    if (c == '-' && peek(1) == '-') {
      at_ = text_.find('\n', at_); // there is one at the end of each line
    } else if (c == '/' && peek(1) == '*') {
      inside_ = '*';
    } else if (blanks.find(c) != blanks.npos) {
      if (c == '\n' && string_goes_on_ == on::this_line) string_goes_on_ = on::next_line;
      ++at_;
    } else {
      bool const escapes = c == '\'' && string_goes_on_ == on::next_line;
      string_goes_on_ = on::no;
      if (letter(c)) {
        word();
      } else if (c == '$') {
        dollar();
      } else {
        ++at_;
        if (c == '\'' || c == '"') inside_ = escapes ? 'e' : c;
        if (c == '(') ++parentheses_;
        if (c == ')' && parentheses_ > 0) --parentheses_;
        return c == ';' && parentheses_ == 0 && blocks_ == 0;
      }
    }
    return false;
  }
  void leave_at(std::string const& end) {
    auto const found = text_.find(end, at_);
    at_ = found == text_.npos ? text_.size() : found + end.size();
    if (found != text_.npos) inside_ = '-';
  }
  void escape_string() {
    for (; at_ < text_.size(); ++at_) {
      if (peek() == '\\') {
        ++at_;
      } else if (peek() == '\'') {
        ++at_;
        inside_ = '-';
        if (peek() == '\'')
          inside_ = 'e', ++at_;
        else
          string_goes_on_ = on::this_line;
        return;
      }
    }
  }
  void comment() {
    for (; at_ < text_.size(); ++at_) {
      if (peek() == '/' && peek(1) == '*') {
        ++at_;
        ++comments_;
      } else if (peek() == '*' && peek(1) == '/') {
        at_ += 2;
        if (--comments_ == 0) {
          inside_ = '-';
          return;
        }
        --at_;
      }
    }
  }
  void dollar() {
    auto const start = at_++;
    if (digit(peek())) return; // a parameter
    while (letter(peek()) || digit(peek())) ++at_;
    if (peek() == '$') {
      tag_ = text_.substr(start, ++at_ - start);
      inside_ = '$';
    }
  }
  void word() {
    std::string w;
    for (; letter(peek()) || digit(peek()) || peek() == '$'; ++at_)
      w += peek() >= 'A' && peek() <= 'Z' ? static_cast<char>(peek() - 'A' + 'a') : peek();
    if (w == "e" && peek() == '\'') {
      inside_ = 'e';
      ++at_;
    }
    // The body of an SQL function (PostgreSQL 14): begin atomic ...; ...; end
    if (words_ < 4) first_words_ += w + " ", ++words_;
    if (blocks_ > 0 ? w == "begin" || w == "case" : w == "begin" && makes_routine()) ++blocks_;
    if (blocks_ > 0 && w == "end") --blocks_;
  }
  bool makes_routine() const {
    for (std::string_view const start :
         {"create function ", "create procedure ", "create or replace function ", "create or replace procedure "})
      if (first_words_.starts_with(start)) return true;
    return false;
  }

  enum class on { no, this_line, next_line };

  std::string text_;
  std::size_t at_ = 0; // what is before it has been looked at
  char inside_ = '-';  // ' " $ as they are, e: E'...', *: a comment, -: none of these
  std::string tag_;    // of the dollar quotes
  int comments_ = 0;   // they nest
  int parentheses_ = 0;
  int blocks_ = 0;
  on string_goes_on_ = on::no; // after E'...': where another quote on a line further down continues it
  std::string first_words_;
  int words_ = 0;
};

} // namespace psql_lite
