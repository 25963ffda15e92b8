// tusk: mapping/words.hpp — the parts of a message joined, out of line.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Messages are rare and their code is long: std::string's operators, inlined at every use, took a third of the time to
// generate the code of a program with one query. Here a message is a list of parts and one call. Knows no error.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace tusk::mapping {

/// A text or a number. Borrows the text.
class word {
 public:
  word(char const* text) noexcept : text_(text) {}
  word(std::string_view text) noexcept : text_(text) {}
  word(std::string const& text) noexcept : text_(text) {}
  template <std::unsigned_integral N>
    requires(!std::same_as<N, bool>)
  word(N number) noexcept : number_(number), is_number_(true) {}

  void append_to(std::string& out) const {
    if (!is_number_) {
      out.append(text_);
      return;
    }
    char digits[20];
    std::size_t at = sizeof digits;
    auto n = number_;
    do digits[--at] = static_cast<char>('0' + n % 10);
    while ((n /= 10) != 0);
    out.append(digits + at, sizeof digits - at);
  }

 private:
  std::string_view text_;
  std::uint64_t number_ = 0;
  bool is_number_ = false;
};

/// Appends the parts, one behind the other.
[[gnu::noinline, gnu::cold]] inline void append(std::string& to, std::initializer_list<word> parts) {
  for (auto const& part : parts) part.append_to(to);
}
/// The parts, one behind the other.
[[gnu::noinline, gnu::cold]] inline std::string words(std::initializer_list<word> parts) {
  std::string out;
  append(out, parts);
  return out;
}
/// "1 column", "2 columns".
inline std::string counted(std::uint64_t n, std::string_view what) { return words({n, " ", what, n == 1 ? "" : "s"}); }

} // namespace tusk::mapping
