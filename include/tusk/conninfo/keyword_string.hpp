// tusk: conninfo/keyword_string.hpp — the grammar of "host=db port=5432 user='my app'".
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Byte for byte what libpq takes (PostgreSQL documentation, "Keyword/Value Connection Strings", and the corners that it
// leaves open). Values are not judged here. Its errors tell a place, never the text: it may be a part of a password.
#pragma once

#include <tusk/conninfo/assignments.hpp>
#include <tusk/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace tusk::conninfo {

/// isspace() of the C locale.
constexpr bool is_blank(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Reads one keyword string:
///
///     string  = *blank *( keyword *blank "=" *blank value *blank )
///     keyword = 1*( any but blank and "=" )
///     value   = quoted / plain                     ; quoted only when "'" is its first byte
///     quoted  = "'" *( "\" any / any but "'" ) "'" ; the next keyword may follow at once
///     plain   = *( "\" any / any but blank )       ; quotes are literal here; a "\" at the very end is dropped
class keyword_string {
 public:
  explicit keyword_string(std::string_view text) noexcept : text_(text) {}

  /// Adds what the string assigns to `out`. Throws errc::invalid_connection_string, or errc::invalid_option for an
  /// unknown keyword.
  void read(assignments& out) {
    bool after_secret = false;
    for (skip_blanks(); !at_end(); skip_blanks()) {
      auto const start = at_;
      while (!at_end() && text_[at_] != '=' && !is_blank(text_[at_])) ++at_;
      auto const name = text_.substr(start, at_ - start);
      skip_blanks();
      if (at_end() || text_[at_] != '=')
        fail(start, after_secret ? "\"=\" is missing after the word that follows a password; a value with blanks must "
                                   "be quoted, as in password='...'"
                                 : "\"=\" is missing after this word");
      ++at_;
      skip_blanks();
      auto value = !at_end() && text_[at_] == '\'' ? quoted() : plain();
      if (!out.put(name, std::move(value)))
        throw error(errc::invalid_option, unknown_keyword(name, after_secret ? quoting::never : quoting::careful)
                                              .append(" at byte ")
                                              .append(std::to_string(start + 1)));
      auto const* const k = find_keyword(name);
      after_secret = k && k->secret;
    }
  }

 private:
  bool at_end() const noexcept { return at_ == text_.size(); }
  void skip_blanks() noexcept {
    while (!at_end() && is_blank(text_[at_])) ++at_;
  }
  [[noreturn]] static void fail(std::size_t at, char const* what) {
    throw error(errc::invalid_connection_string, "connection string, byte " + std::to_string(at + 1) + ": " + what);
  }

  std::string plain() {
    std::string value;
    for (; !at_end() && !is_blank(text_[at_]); ++at_) {
      if (text_[at_] == '\\' && ++at_ == text_.size()) break;
      value += text_[at_];
    }
    return value;
  }
  std::string quoted() {
    auto const start = at_++;
    std::string value;
    for (; !at_end() && text_[at_] != '\''; ++at_) {
      if (text_[at_] == '\\' && ++at_ == text_.size()) break;
      value += text_[at_];
    }
    if (at_end()) fail(start, "the quote that opens here is never closed");
    ++at_;
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

} // namespace tusk::conninfo
