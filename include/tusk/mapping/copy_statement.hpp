// tusk: mapping/copy_statement.hpp — what a COPY statement copies, so that the server can be asked for its columns.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
//   COPY (name ["(" columns ")"] / "(" query ")") (FROM STDIN / TO STDOUT) options
//
// The server does not describe a COPY, but it describes the query that reads the same columns. By the lexical rules of
// placeholders.hpp; the rest of the statement is the server's to judge. Knows no types.
#pragma once

#include <tusk/error.hpp>
#include <tusk/mapping/placeholders.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace tusk::mapping {

enum class copy_direction { from_stdin, to_stdout };

class copy_statement {
 public:
  /// Throws errc::wrong_verb when it is no COPY in this direction.
  copy_statement(std::string_view sql, copy_direction direction) : sql_(sql), scanner_(sql), direction_(direction) {
    advance();
    if (!is("copy")) refuse();
    advance();
    if (is("("))
      selects_ = enclosed();
    else
      selects_ = "select " + table();
    bool const in = direction == copy_direction::from_stdin;
    if (!is(in ? "from" : "to")) refuse();
    advance();
    if (!is("stdin") && !is("stdout")) refuse(); // servers take either
  }
  /// A query whose columns are those that are copied, in their order.
  std::string const& selects() const noexcept { return selects_; }

 private:
  static constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
  /// The token is this word or character, in either case.
  bool is(std::string_view word) const noexcept {
    if (token_.size() != word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
      if (lower(token_[i]) != word[i]) return false;
    return true;
  }
  static bool is_space(std::string_view token) noexcept {
    return token.find_first_not_of(" \t\n\r\f\v") == token.npos || token.starts_with("--") || token.starts_with("/*");
  }
  /// Goes to the next token; it is empty behind the last one.
  void advance() {
    do {
      begin_ = scanner_.position();
      bool const any = scanner_.next();
      if (any && sql_[begin_] == '"') // a doubled quote begins another token, of the same name
        while (scanner_.position() < sql_.size() && sql_[scanner_.position()] == '"' && scanner_.next()) {}
      token_ = any ? sql_.substr(begin_, scanner_.position() - begin_) : std::string_view();
    } while (!token_.empty() && is_space(token_));
    if (scanner_.fault() != sql_fault::none) refuse();
  }
  /// What stands between the parenthesis at hand and its partner, which it moves behind.
  std::string enclosed() {
    auto const from = scanner_.position();
    for (int depth = 1; depth != 0;) {
      advance();
      if (token_.empty()) refuse();
      if (is("(")) ++depth;
      if (is(")")) --depth;
    }
    std::string const inside(sql_.substr(from, begin_ - from));
    advance();
    return inside;
  }
  /// `columns from name`.
  std::string table() {
    auto const from = begin_;
    auto end = from;
    for (bool dot = true; dot;) {
      if (!is_name()) refuse();
      end = scanner_.position();
      advance();
      dot = is(".");
      if (dot) advance();
    }
    std::string const name(sql_.substr(from, end - from));
    auto const columns = is("(") ? enclosed() : std::string("*");
    return columns + " from " + name;
  }
  bool is_name() const noexcept {
    char const c = token_.empty() ? '\0' : token_[0];
    return c == '"' || c == '_' || (lower(c) >= 'a' && lower(c) <= 'z') || static_cast<unsigned char>(c) >= 0x80;
  }
  [[noreturn, gnu::cold]] void refuse() const {
    throw error(errc::wrong_verb, std::string(direction_ == copy_direction::from_stdin
                                                  ? "copy_in of typed rows takes `copy TABLE [(COLUMNS)] from stdin"
                                                  : "copy_out of typed rows takes `copy TABLE [(COLUMNS)] to stdout") +
                                      " (format binary)`, not \"" + printable(sql_, 200) + "\"");
  }

  std::string_view sql_;
  sql_scanner scanner_;
  copy_direction direction_;
  std::string_view token_;
  std::size_t begin_ = 0; // of the token
  std::string selects_;
};

} // namespace tusk::mapping
