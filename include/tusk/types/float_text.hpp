// tusk: types/float_text.hpp — the text form of float4 and float8.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// For types whose text has such numbers in it, and for people. Writes exactly what a server writes under
// extra_float_digits = 1, its default, and reads what a server reads, whatever the locale of the process is. Must not
// know any type but float and double.
#pragma once

#include <tusk/types/scanner.hpp>

#include <bit>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace tusk {

/// The fewest digits that lie between the halfway points to a number's neighbours, and of those the nearest to it.
///
/// That is what std::to_chars() gives, but for one thing: it takes a halfway point too, where reading would round that
/// to the number. Servers never take one: they write 9.999999999999999e+22 where std::to_chars() writes 1e+23.
template <std::floating_point T>
  requires(std::same_as<T, float> || std::same_as<T, double>)
class shortest_decimal {
 public:
  /// `value` must be finite and greater than zero.
  explicit shortest_decimal(T value) noexcept {
    char text[most_text];
    read(text, std::to_chars(text, text + most_text, value, std::chars_format::scientific).ptr);
    // Rare; ends, since a number's nearest decimal of 9 digits, or 17 for a double, is never halfway to another.
    for (auto wanted = count_ + 1; is_halfway(value); ++wanted) {
      auto const* end =
          std::to_chars(text, text + most_text, value, std::chars_format::scientific, static_cast<int>(wanted - 1)).ptr;
      T again = 0;
      std::from_chars(text, end, again);
      if (again == value) read(text, end);
    }
  }

  /// Without zeros at the end; at least one. A decimal point belongs after the first.
  std::string_view digits() const noexcept { return {digits_, count_}; }
  /// That of ten.
  int exponent() const noexcept { return exponent_; }

 private:
  using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  static constexpr std::size_t most_text = 32; // d.dddddddddddddddde-324

  /// Takes apart what std::to_chars() wrote.
  void read(char const* p, char const* end) noexcept {
    count_ = 0;
    for (; *p != 'e'; ++p)
      if (*p != '.') digits_[count_++] = *p;
    while (count_ > 1 && digits_[count_ - 1] == '0') --count_;
    ++p;
    std::from_chars(*p == '+' ? p + 1 : p, end, exponent_);
  }

  /// Whether the decimal is the point halfway between `value` and one of its neighbours.
  bool is_halfway(T value) const noexcept {
    constexpr int fraction_bits = std::numeric_limits<T>::digits - 1;
    auto const raw = std::bit_cast<bits>(value);
    auto const fraction = std::uint64_t{raw & ((bits{1} << fraction_bits) - 1)};
    auto const biased = static_cast<int>(raw >> fraction_bits);
    // value = significand * 2 ^ power
    auto const significand = biased == 0 ? fraction : fraction | std::uint64_t{1} << fraction_bits;
    auto const power = (biased == 0 ? 1 : biased) - std::numeric_limits<T>::max_exponent + 2 - fraction_bits - 1;
    bool const neighbour_below_is_nearer = fraction == 0 && biased > 1;
    return equals(2 * significand + 1, power - 1) ||
           (neighbour_below_is_nearer ? equals(4 * significand - 1, power - 2)
                                      : equals(2 * significand - 1, power - 1));
  }

  /// Whether the decimal is `odd` * 2 ^ `power`. Compares the odd factors, fives among them, and the twos.
  bool equals(std::uint64_t odd, int power) const noexcept {
    std::uint64_t ours = 0;
    for (char const c : digits()) ours = ours * 10 + static_cast<std::uint64_t>(c - '0');
    auto const twos = std::countr_zero(ours);
    auto const tens = exponent_ - static_cast<int>(count_ - 1);
    if (twos + tens != power) return false;
    ours >>= twos;
    auto& smaller = tens > 0 ? ours : odd;
    for (int i = tens > 0 ? tens : -tens; i > 0; --i)
      if (__builtin_mul_overflow(smaller, std::uint64_t{5}, &smaller)) return false; // the other one fits
    return ours == odd;
  }

  char digits_[17];
  std::size_t count_ = 0;
  int exponent_ = 0;
};

/// Appends `value` as a server writes it: see to_text().
template <class T> void append_number(std::string& to, T value) {
  if (__builtin_isnan(value)) {
    to += "NaN";
    return;
  }
  if (__builtin_signbit(value)) { // of -0 too
    to += '-';
    value = -value;
  }
  if (value == 0) {
    to += '0';
    return;
  }
  if (value > std::numeric_limits<T>::max()) {
    to += "Infinity";
    return;
  }
  shortest_decimal<T> const decimal(value);
  auto const digits = decimal.digits();
  auto const exponent = decimal.exponent();
  if (exponent < -4 || exponent >= std::numeric_limits<T>::digits10) {
    to += digits.front();
    if (digits.size() > 1) to.append(1, '.').append(digits.substr(1));
    auto const shown = exponent < 0 ? -exponent : exponent;
    to.append(exponent < 0 ? "e-" : "e+").append(shown < 10 ? "0" : "").append(std::to_string(shown));
  } else if (exponent < 0) {
    to.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
  } else {
    auto const whole = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() > whole)
      to.append(digits.substr(0, whole)).append(1, '.').append(digits.substr(whole));
    else
      to.append(digits).append(whole - digits.size(), '0');
  }
}

/// As PostgreSQL writes it, with as few digits as tell it from all others: 0.1, -0, 1e+15, 1e-05, NaN, -Infinity.
/// Exponents begin at 1e+06 for float and at 1e+15 for double.
inline std::string to_text(float value) {
  std::string text;
  append_number(text, value);
  return text;
}
inline std::string to_text(double value) {
  std::string text;
  append_number(text, value);
  return text;
}

/// Reads the number that comes next, and refuses if there is none:
///
///     number   = [sign] ( digits ["." [digits]] | "." digits ) ["e" [sign] digits]
///              | [sign] ( "infinity" | "inf" )  |  "nan"
///     sign     = "+" | "-"
///
/// in either case. The nearest T is taken, as everywhere; what is too large for T, or would become zero and is not, is
/// refused as a server refuses it. Servers read hexadecimal numbers too, and a NaN with a sign: not here.
template <class T> T take_number(scanner& in) {
  if (in.eat_word("nan")) return std::numeric_limits<T>::quiet_NaN();
  auto text = in.rest();
  bool const negative = in.eat('-');
  if (!negative && in.eat('+')) text.remove_prefix(1); // std::from_chars() knows no plus
  if (in.eat_word("infinity") || in.eat_word("inf"))
    return negative ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::infinity();

  auto const whole = in.digits();
  auto const fraction = in.eat('.') ? in.digits() : std::string_view();
  if (whole.empty() && fraction.empty()) in.refuse();
  if (in.eat('e') || in.eat('E')) {
    if (!in.eat('-')) in.eat('+');
    if (in.digits().empty()) in.refuse();
  }
  text.remove_suffix(in.rest().size());

  T value = 0;
  auto const [end, why] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (why != std::errc() || end != text.data() + text.size() || value > std::numeric_limits<T>::max() ||
      value < std::numeric_limits<T>::lowest())
    in.refuse();
  auto const has_digit = [](std::string_view digits) { return digits.find_first_not_of('0') != digits.npos; };
  if (value == 0 && (has_digit(whole) || has_digit(fraction))) in.refuse();
  return value;
}

/// Reads a float or a double, as take_number() does, with blanks before and after it. Throws error
/// (errc::invalid_value) on anything else.
template <std::floating_point T> T parse_number(std::string_view text) {
  scanner in(text, std::same_as<T, float>
                       ? "float4: write 1.5, 2e-07, -Infinity or NaN, up to 3.4028235e+38"
                       : "float8: write 1.5, 2e-07, -Infinity or NaN, up to 1.7976931348623157e+308");
  in.skip_blanks();
  auto const value = take_number<T>(in);
  in.skip_blanks();
  in.end();
  return value;
}

} // namespace tusk
