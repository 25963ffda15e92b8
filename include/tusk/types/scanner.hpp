// tusk: types/scanner.hpp — reads the text form of a value from front to back.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// For the parse() of types, which come from people and files: whatever does not belong is refused with the whole text
// and what it should have been. Knows blanks, characters, words and whole numbers, and nothing of any type.
#pragma once

#include <tusk/error.hpp>

#include <concepts>
#include <limits>
#include <string>
#include <string_view>

namespace tusk {

class scanner {
 public:
  /// `wanted` completes the message `"text" is no `: what it should have been, and how one writes that.
  constexpr scanner(std::string_view text, std::string_view wanted) noexcept
      : text_(text), rest_(text), wanted_(wanted) {}

  constexpr bool done() const noexcept { return rest_.empty(); }
  constexpr std::string_view rest() const noexcept { return rest_; }
  /// The next character; NUL at the end.
  constexpr char peek() const noexcept { return rest_.empty() ? '\0' : rest_.front(); }
  /// Takes the next `n` characters, of which there must be as many.
  constexpr std::string_view take(std::size_t n) {
    if (rest_.size() < n) refuse();
    auto const taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }
  constexpr void skip_blanks() noexcept {
    while (is_blank(peek())) rest_.remove_prefix(1);
  }
  constexpr bool eat(char c) noexcept {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  constexpr void need(char c) {
    if (!eat(c)) refuse();
  }
  /// Takes a sign, if there is one. True: it is a minus.
  constexpr bool eat_sign() noexcept {
    if (eat('-')) return true;
    eat('+');
    return false;
  }
  /// Takes `word`, which is in lower case, in whatever case it is written.
  constexpr bool eat_word(std::string_view word) noexcept {
    if (rest_.size() < word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
      if (lower(rest_[i]) != word[i]) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  /// The digits that come next, perhaps none.
  constexpr std::string_view digits() noexcept {
    std::size_t n = 0;
    while (n < rest_.size() && is_digit(rest_[n])) ++n;
    auto const taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }
  /// A whole number without a sign, at most `most`, which must be there.
  template <std::unsigned_integral T> constexpr T number(T most = std::numeric_limits<T>::max()) {
    auto const all = digits();
    if (all.empty()) refuse();
    T sum = 0;
    for (char const c : all)
      if (__builtin_mul_overflow(sum, T{10}, &sum) || __builtin_add_overflow(sum, static_cast<T>(c - '0'), &sum) ||
          sum > most)
        refuse();
    return sum;
  }
  /// A hexadecimal number of at most sizeof(T) * 2 digits, which must be there.
  template <std::unsigned_integral T> constexpr T hexadecimal() {
    T sum = 0;
    std::size_t n = 0;
    for (int d = 0; (d = hex_digit(peek())) >= 0; rest_.remove_prefix(1)) {
      if (++n > sizeof(T) * 2) refuse();
      sum = static_cast<T>(sum << 4 | static_cast<T>(d));
    }
    if (n == 0) refuse();
    return sum;
  }
  /// Nothing may come any more.
  constexpr void end() const {
    if (!done()) refuse();
  }
  [[noreturn, gnu::cold, gnu::noinline]] void refuse() const {
    throw error(errc::invalid_value, '"' + printable(text_, 60) + "\" is no " + std::string(wanted_));
  }

  static constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
  /// `text` is `word`, which is in lower case, in whatever case it is written.
  static constexpr bool is_word(std::string_view text, std::string_view word) noexcept {
    scanner all(text, {});
    return all.eat_word(word) && all.done();
  }
  /// As isspace() of the C locale, which is what a server takes for one.
  static constexpr bool is_blank(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
  /// -1 if it is none.
  static constexpr int hex_digit(char c) noexcept {
    if (is_digit(c)) return c - '0';
    auto const l = lower(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
  }

 private:
  static constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

  std::string_view text_;
  std::string_view rest_;
  std::string_view wanted_;
};

} // namespace tusk
