// tusk: mapping/placeholders.hpp — finds the $1, $2 ... in SQL, by the server's lexical rules.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// As much of the server's scanner (scan.l; "Lexical Structure" in the manual) as it takes to tell a placeholder from
// the same characters in a string, an identifier or a comment, with standard_conforming_strings on, as it is by
// default. constexpr, so that literals are looked at by the compiler. Checks nothing else of the grammar. Knows no
// types.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tusk::mapping {

/// What may be wrong with a text, as far as it is looked at.
enum class sql_fault : std::uint8_t {
  none,
  open_string,      ///< '...
  open_identifier,  ///< "...
  open_dollar,      ///< $$... or $tag$...
  open_comment,     ///< /*...
  parameter_zero,   ///< $0
  parameter_beyond, ///< a number over 65535
};

/// The result of looking: the highest number is how many parameters the statement has, whether or not it leaves some
/// out.
struct placeholders {
  std::uint32_t highest = 0;
  sql_fault fault = sql_fault::none;
};

/// Walks over the tokens:
///
///     string      = "'" *(any but ' / "''") "'"          B'' X'' N'' U&'' differ in meaning only
///     escape      = E "'" *(any but ' and \ / "''" / \any) "'"    goes on after blanks with a line end and another '
///     identifier  = letter *(letter / digit / "$")  /  '"' *(any but " / '""') '"'
///     dollar      = "$" [tag] "$" *any "$" [tag] "$"     tag = letter *(letter / digit)
///     parameter   = "$" 1*digit
///     comment     = "--" *any line-end  /  "/*" *(comment / any) "*/"
///
/// where a letter is also `_` and any byte over 127.
class sql_scanner {
 public:
  constexpr explicit sql_scanner(std::string_view sql) noexcept : sql_(sql) {}

  constexpr placeholders scan() noexcept {
    while (next()) {}
    return found_;
  }
  /// Moves behind one token, or one character that is none of the above. False: there is none, or it has no end.
  constexpr bool next() noexcept {
    if (done() || found_.fault != sql_fault::none) return false;
    token();
    return true;
  }
  constexpr std::size_t position() const noexcept { return at_; }
  constexpr sql_fault fault() const noexcept { return found_.fault; }

 private:
  static constexpr bool letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
  }
  static constexpr bool digit(char c) noexcept { return c >= '0' && c <= '9'; }
  static constexpr bool line_end(char c) noexcept { return c == '\n' || c == '\r'; }
  static constexpr bool blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\f' || c == '\v' || line_end(c);
  }

  /// The character `n` further on, NUL behind the end.
  constexpr char peek(std::size_t n = 0) const noexcept { return at_ + n < sql_.size() ? sql_[at_ + n] : '\0'; }
  constexpr bool done() const noexcept { return at_ >= sql_.size(); }
  constexpr void fail(sql_fault f) noexcept { found_.fault = f; }

  constexpr void token() noexcept {
    char const c = peek();
    if (c == '\'')
      quoted('\'', sql_fault::open_string);
    else if (c == '"')
      quoted('"', sql_fault::open_identifier);
    else if ((c == 'e' || c == 'E') && peek(1) == '\'')
      escape_string();
    else if (letter(c))
      while (letter(peek()) || digit(peek()) || peek() == '$') ++at_;
    else if (c == '$')
      dollar();
    else if (c == '-' && peek(1) == '-')
      line_comment();
    else if (c == '/' && peek(1) == '*')
      comment();
    else
      ++at_;
  }

  /// A doubled mark ends and begins again, which comes to the same.
  constexpr void quoted(char mark, sql_fault when_open) noexcept {
    auto const end = sql_.find(mark, at_ + 1);
    if (end == sql_.npos) return fail(when_open);
    at_ = end + 1;
  }

  constexpr void escape_string() noexcept {
    ++at_;
    do {
      ++at_;
      while (!done() && (peek() != '\'' || peek(1) == '\'')) at_ += peek() == '\\' || peek() == '\'' ? 2 : 1;
      if (done()) return fail(sql_fault::open_string);
      ++at_;
    } while (continued());
  }

  /// Whether blanks and comments with a line end among them, then another quote, follow: a string goes on there, and so
  /// do its rules. If so it moves to that quote.
  constexpr bool continued() noexcept {
    auto const start = at_;
    bool line = false;
    while (blank(peek()) || (peek() == '-' && peek(1) == '-')) {
      if (line_end(peek())) line = true;
      if (peek() == '-')
        line_comment();
      else
        ++at_;
    }
    if (line && peek() == '\'') return true;
    at_ = start;
    return false;
  }

  constexpr void line_comment() noexcept {
    while (!done() && !line_end(peek())) ++at_;
  }

  constexpr void comment() noexcept {
    for (int depth = 0; !done();) {
      if (peek() == '/' && peek(1) == '*') {
        ++depth;
        at_ += 2;
      } else if (peek() == '*' && peek(1) == '/') {
        at_ += 2;
        if (--depth == 0) return;
      } else
        ++at_;
    }
    fail(sql_fault::open_comment);
  }

  constexpr void dollar() noexcept {
    if (digit(peek(1))) return parameter();
    std::size_t n = 1;
    if (letter(peek(1)))
      while (letter(peek(n)) || digit(peek(n))) ++n;
    if (peek(n) != '$') {
      ++at_; // a lone $, which the server refuses
      return;
    }
    auto const tag = sql_.substr(at_, n + 1);
    auto const end = sql_.find(tag, at_ + tag.size());
    if (end == sql_.npos) return fail(sql_fault::open_dollar);
    at_ = end + tag.size();
  }

  constexpr void parameter() noexcept {
    constexpr std::uint32_t most = 65535;
    std::uint32_t number = 0;
    for (++at_; digit(peek()); ++at_)
      if (number <= most) number = number * 10 + static_cast<std::uint32_t>(peek() - '0');
    if (number == 0) return fail(sql_fault::parameter_zero);
    if (number > most) return fail(sql_fault::parameter_beyond);
    if (number > found_.highest) found_.highest = number;
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  placeholders found_;
};

constexpr placeholders find_placeholders(std::string_view sql) noexcept { return sql_scanner(sql).scan(); }

} // namespace tusk::mapping
