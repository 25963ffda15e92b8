// tusk: types/money.hpp — tusk::money: an amount in the smallest unit of the database's currency.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// On the wire it is a whole number of units, and nothing says of what: the server's lc_monetary decides which currency
// it is and how many units, mostly cents, are one of it. Text here is that of lc_monetary C: dollars and two digits. A
// numeric with a currency beside it has none of these doubts. Must not know other types.
#pragma once

#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace tusk {

/// An amount of money, in the smallest unit of the currency that the database's lc_monetary says: most often cents. Any
/// std::int64_t is one.
class money {
 public:
  constexpr money() noexcept = default;
  constexpr explicit money(std::int64_t units) noexcept : units_(units) {}
  /// Reads an amount as servers write it under lc_monetary C:
  ///
  ///     money  = [sign] ["$"] amount  |  "$" sign amount
  ///     sign   = "-"  |  "+"
  ///     amount = digits ["." digit [digit]]       ; the digits before it may be in groups of three, with "," between
  ///
  /// Servers also read more digits behind the point, and round: they are refused here, as is anything else. Throws
  /// error (errc::invalid_value).
  static constexpr money parse(std::string_view text);

  constexpr std::int64_t units() const noexcept { return units_; }

  friend constexpr bool operator==(money, money) noexcept = default;
  friend constexpr auto operator<=>(money, money) noexcept = default;

 private:
  std::int64_t units_ = 0;
};

/// As PostgreSQL writes it under lc_monetary C: $1,234.50, -$12.34.
inline std::string to_string(money amount) {
  auto const units = amount.units();
  auto const digits = [&] { // without the sign: -units overflows for the least of them
    auto const unsigned_units = static_cast<std::uint64_t>(units);
    auto all = std::to_string(units < 0 ? 0 - unsigned_units : unsigned_units);
    return all.size() < 3 ? std::string(3 - all.size(), '0') + all : all;
  }();
  std::string text = units < 0 ? "-$" : "$";
  auto const whole = digits.size() - 2;
  for (std::size_t i = 0; i < whole; ++i) {
    if (i != 0 && (whole - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text.append(".").append(digits, whole);
}

constexpr money money::parse(std::string_view text) {
  scanner from(text, "money: write an amount such as $1,234.50 or -$12.34");
  bool negative = false;
  auto const sign = [&] {
    negative = from.peek() == '-';
    return from.eat('-') || from.eat('+');
  };
  bool const signed_first = sign();
  if (from.eat('$') && !signed_first) sign();

  std::uint64_t sum = 0;
  auto const add = [&](std::string_view digits) {
    for (char const c : digits)
      if (__builtin_mul_overflow(sum, 10U, &sum) || __builtin_add_overflow(sum, static_cast<unsigned>(c - '0'), &sum))
        from.refuse();
  };
  auto const first = from.digits();
  if (first.empty() || (from.peek() == ',' && first.size() > 3)) from.refuse();
  add(first);
  while (from.eat(',')) {
    auto const group = from.digits();
    if (group.size() != 3) from.refuse();
    add(group);
  }
  if (from.eat('.')) {
    auto const fraction = from.digits();
    if (fraction.empty() || fraction.size() > 2) from.refuse();
    add(fraction);
    if (fraction.size() == 1) add("0");
  } else {
    add("00");
  }
  from.end();
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (sum > most + (negative ? 1 : 0)) from.refuse();
  return money(static_cast<std::int64_t>(negative ? 0 - sum : sum));
}

template <> struct codec<money> {
  static constexpr std::array oids{oid::money};
  static constexpr oid array = oid::money_array;
  static constexpr std::size_t width = 8;
  static constexpr std::string_view name = "tusk::money";

  static void decode(reader& in, money& out) noexcept { out = money(in.get<std::int64_t>()); }
  static void encode(money value, writer& to) { to.put(value.units()); }
};

} // namespace tusk
