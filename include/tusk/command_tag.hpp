// tusk: command_tag.hpp — what a command reports when it has run, such as `INSERT 0 5`.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The text as the server sent it, and the number in it. Which commands there are is the server's affair, new ones need
// nothing here: a tag that ends in no number simply counts nothing.
// Knows neither rows nor messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tusk {

/// The result of `execute`.
class command_tag {
 public:
  command_tag() = default;
  explicit command_tag(std::string text) : text_(std::move(text)) {}

  /// As the server says it (PostgreSQL documentation, CommandComplete); empty for an empty query.
  std::string const& text() const noexcept { return text_; }
  /// How many rows were inserted, updated, deleted, merged, selected, moved, fetched or copied; 0 for other commands,
  /// and for a number of more than 64 bits, which no server means.
  std::uint64_t rows_affected() const noexcept {
    std::string_view digits = text_;
    digits.remove_prefix(digits.rfind(' ') + 1); // npos + 1 is 0
    std::uint64_t n = 0;
    for (char c : digits) {
      if (c < '0' || c > '9') return 0;
      auto const digit = static_cast<std::uint64_t>(c - '0');
      if (n > (UINT64_MAX - digit) / 10) return 0;
      n = n * 10 + digit;
    }
    return n;
  }
  friend bool operator==(command_tag const&, command_tag const&) = default;

 private:
  std::string text_;
};

} // namespace tusk
