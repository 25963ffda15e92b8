// tusk: tests/types/numeric.cpp — tusk::numeric.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/numeric.hpp>

#include "types/check.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <unordered_set>
#include <vector>

using namespace codec_test;
using tusk::numeric;

// A number is one without being asked, unless it would have to be rounded.
static_assert(std::is_convertible_v<int, numeric> && std::is_convertible_v<std::uint64_t, numeric>);
static_assert(!std::is_constructible_v<numeric, double> && !std::is_constructible_v<numeric, bool> &&
              !std::is_constructible_v<numeric, char> && !std::is_constructible_v<numeric, std::string>);

namespace {

/// Why the number is no T; empty if it is.
template <class T> std::string no_integer(numeric const& n) {
  try {
    (void)n.to<T>();
  } catch (tusk::error const& e) {
    CHECK(e.code() == tusk::errc::invalid_value);
    return e.what();
  }
  return "";
}

std::string text(std::string_view s) { return to_string(numeric::parse(s)); }

} // namespace

TEST_CASE("numeric: bytes both ways") {
  struct known {
    char const* sent;
    char const* text;
  };
  // Bytes from a server; the rest of them is in tests/data/types_expected.tsv.
  known const all[] = {
      {"0000000000000000", "0"},
      {"0000000000000004", "0.0000"},
      {"000500040000000007341a5802e103bb0650", "18446744073709551616"},
      {"0001ffff000000050001", "0.00010"},
      {"0002ffff00000005000107d0", "0.00012"},
      {"0002000000000002000103e8", "1.10"},
      {"0001fffe000000080001", "0.00000001"},
      {"000500010000000904d2162e04d2162e2328", "12345678.123456789"},
      {"000500020000000800010000000000000001", "100000000.00000001"},
      {"0001000040000002000c", "-12.00"},
      {"00000000c0000000", "NaN"},
      {"00000000d0000020", "Infinity"},
      {"00000000f0000020", "-Infinity"},
  };
  for (auto const& [sent, shown] : all) {
    INFO(shown);
    auto const n = decode<numeric>(sent);
    CHECK(to_string(n) == shown);
    CHECK(encode(n) == sent);
    CHECK(encode(numeric::parse(shown)) == sent);
    storm<numeric>(unhex(sent));
  }
}

TEST_CASE("numeric: bytes that are no number") {
  CHECK(refused<numeric>("") == "it ends too early");
  CHECK(refused<numeric>("00010000000000") == "it ends too early");
  CHECK(refused<numeric>("0001000000000000") == "it has not as many digits as it says");
  CHECK(refused<numeric>("00000000000000000001") == "it has not as many digits as it says");
  CHECK(refused<numeric>("00010000000000002710") == "a digit is above 9999");
  CHECK(refused<numeric>("00010000800000000001") == "its sign is none");
  CHECK(refused<numeric>("00010000c00000000001") == "it is no number, and yet it has digits");
  CHECK(refused<numeric>("0000000000004000") == "it has more digits behind the point than there can be");
  CHECK(refused<numeric>("00010000000000000000") == "it has zeros around its digits");
  CHECK(refused<numeric>("000200010000000000010000") == "it has zeros around its digits");
  CHECK(refused<numeric>("0001ffff000000030001") == "it has more digits behind the point than its scale");
  CHECK(refused<numeric>("0000000040000000") == "its zero has a sign or a weight");
  CHECK(refused<numeric>("0000000100000000") == "its zero has a sign or a weight");
}

TEST_CASE("numeric: text both ways") {
  for (auto same : {"0", "0.0", "1", "-1", "9999", "10000", "10001", "99990000", "123456789012345678901234567890.5",
                    "0.1", "0.0001", "0.00001", "0.12345", "-0.00000000000000000001", "5000.0005", "1000000000000.000"})
    CHECK(text(same) == same);
  CHECK(text("-0") == "0");
  CHECK(text("-0.00") == "0.00");
  CHECK(text("+5") == "5");
  CHECK(text("005") == "5");
  CHECK(text(".5") == "0.5");
  CHECK(text("5.") == "5");
  CHECK(text("  42.500\t\n") == "42.500");
  CHECK(text("1e8") == "100000000");
  CHECK(text("1E+2") == "100");
  CHECK(text("1.50e1") == "15.0");
  CHECK(text("1.5e3") == "1500");
  CHECK(text("123e-5") == "0.00123");
  CHECK(text("0e5") == "0");
  CHECK(text("0e-5") == "0.00000");
  CHECK(text("0.0e999999") == "0");
  CHECK(text("nan") == "NaN");
  CHECK(text(" inf ") == "Infinity");
  CHECK(text("+InfiniTy") == "Infinity");
  CHECK(text("-inf") == "-Infinity");
  for (int shift = -12; shift <= 12; ++shift) // every place in a group
    for (auto digits : {"7", "12345", "90001", "100000001"}) {
      auto const shifted = text(std::string(digits) + "e" + std::to_string(shift));
      CHECK(std::stod(shifted) == Approx(std::stod(digits) * std::pow(10, shift)));
      CHECK(text(shifted) == shifted);
    }
}

TEST_CASE("numeric: text that is none") {
  check_unreadable<numeric>({"",      " ",   "+",    "-",     ".",    "e5",   "1e",      "1e+",  "--1", "+-1",  "1 2",
                             "1.2.3", "1,5", "0x10", "1_000", "+nan", "-nan", "infinit", "nano", "one", "1e5x", "\0"},
                            "numeric: write a decimal number such as -123.45 or 1e6, NaN, Infinity or -Infinity");
}

TEST_CASE("numeric: as large and as fine as PostgreSQL's, and no more") {
  auto const largest = std::string(131072, '9');
  auto const n = numeric::parse(largest);
  CHECK(to_string(n) == largest);
  CHECK(decode<numeric>(encode_bytes(n)) == n);
  CHECK(to_string(numeric::parse("1e131071")) == "1" + std::string(131071, '0'));
  auto const finest = "0." + std::string(16382, '0') + "1";
  CHECK(text(finest) == finest);
  CHECK(text("1e-16383") == finest);
  CHECK(text("0e-16383").size() == 16385);
  for (auto beyond : {std::string("1e131072"), "1" + largest, std::string("1e-16384"), std::string("0e-16384"),
                      std::string("1e99999999999999999999"), std::string("1e-99999999999999999999")})
    CHECK(unreadable<numeric>(beyond).ends_with("is beyond PostgreSQL's numeric, which has up to 131072 digits before "
                                                "the decimal point and 16383 behind it"));
}

TEST_CASE("numeric: integers both ways, exactly") {
  for (std::int64_t i : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{9999}, std::int64_t{10000},
                         std::int64_t{-123456789012}, std::numeric_limits<std::int64_t>::max(),
                         std::numeric_limits<std::int64_t>::min()}) {
    CHECK(to_string(numeric(i)) == std::to_string(i));
    CHECK(numeric(i).to<std::int64_t>() == i);
    CHECK(numeric(i) == numeric::parse(std::to_string(i)));
    CHECK(numeric::parse(std::to_string(i) + ".000").to<std::int64_t>() == i);
  }
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  CHECK(numeric(most).to<std::uint64_t>() == most);
  CHECK(to_string(numeric(most)) == "18446744073709551615");
  CHECK(numeric(std::int8_t{-128}).to<std::int8_t>() == -128);
  CHECK(no_integer<std::int8_t>(128) == "the numeric 128 is not exactly a signed integer of 8 bits");
  CHECK(no_integer<std::int8_t>(-129) != "");
  CHECK(no_integer<std::uint8_t>(-1) == "the numeric -1 is not exactly an unsigned integer of 8 bits");
  CHECK(no_integer<std::uint8_t>(255) == "");
  CHECK(no_integer<std::uint8_t>(256) != "");
  CHECK(no_integer<std::int64_t>(most) != "");
  CHECK(no_integer<std::int64_t>(numeric::parse("9223372036854775808")) != "");
  CHECK(no_integer<std::int64_t>(numeric::parse("-9223372036854775808")) == "");
  CHECK(no_integer<std::int64_t>(numeric::parse("-9223372036854775809")) != "");
  CHECK(no_integer<std::uint64_t>(numeric::parse("18446744073709551616")) != "");
  CHECK(no_integer<int>(numeric::parse("0.5")) == "the numeric 0.5 is not exactly a signed integer of 32 bits");
  CHECK(no_integer<int>(numeric::parse("10000.0001")) != "");
  CHECK(no_integer<int>(numeric::nan()) == "the numeric NaN is not exactly a signed integer of 32 bits");
  CHECK(no_integer<int>(numeric::infinity()) != "");
  CHECK(no_integer<int>(numeric::parse("1e131071")) ==
        "the numeric 1" + std::string(56, '0') + "... is not exactly a signed integer of 32 bits");
}

TEST_CASE("numeric: doubles, exactly or not at all") {
  CHECK(to_string(numeric::exactly(0.1)) == "0.1000000000000000055511151231257827021181583404541015625");
  CHECK(to_string(numeric::exactly(0.5)) == "0.5");
  CHECK(to_string(numeric::exactly(-3.0)) == "-3");
  CHECK(to_string(numeric::exactly(-0.0)) == "0");
  CHECK(to_string(numeric::exactly(1e22)) == "10000000000000000000000");
  CHECK(to_string(numeric::exactly(1e23)) == "99999999999999991611392");
  CHECK(to_string(numeric::exactly(std::numeric_limits<double>::max())).size() == 309);
  auto const least = numeric::exactly(std::numeric_limits<double>::denorm_min());
  CHECK(least.scale() == 1074);
  CHECK(least.to_double() == std::numeric_limits<double>::denorm_min());
  CHECK(numeric::exactly(std::nan("")).is_nan());
  CHECK(numeric::exactly(HUGE_VAL) == numeric::infinity());
  CHECK(numeric::exactly(-HUGE_VAL) == numeric::negative_infinity());

  CHECK(numeric::parse("0.1").approximate() == 0.1);
  CHECK(numeric::parse("1e400").approximate() == HUGE_VAL);
  CHECK(numeric::parse("-1e400").approximate() == -HUGE_VAL);
  CHECK(numeric::parse("1e-400").approximate() == 0.0);
  CHECK(std::isnan(numeric::nan().to_double()));
  CHECK(numeric::negative_infinity().to_double() == -HUGE_VAL);
  CHECK(numeric::parse("0.250").to_double() == 0.25);
  for (auto inexact : {"0.1", "1e400", "1e-400", "9007199254740993"})
    CHECK_THROWS_AS(numeric::parse(inexact).to_double(), tusk::error);

  std::mt19937_64 random(7);
  for (int i = 0; i < 2000; ++i) {
    double const d = std::ldexp(static_cast<double>(random() >> 11), static_cast<int>(random() % 300) - 200);
    CHECK(numeric::exactly(d).to_double() == d);
  }
}

TEST_CASE("numeric: ordered by value as on the server, and hashed so") {
  std::vector<std::string> const ascending{
      "-Infinity", "-1e50", "-10000", "-9999.5", "-2",    "-1.5",       "-0.00001", "0",    "0.00001",  "0.0001", "0.5",
      "1",         "1.5",   "2",      "9999",    "10000", "10000.0001", "10001",    "1e50", "Infinity", "NaN"};
  for (std::size_t i = 0; i < ascending.size(); ++i)
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      auto const a = numeric::parse(ascending[i]), b = numeric::parse(ascending[j]);
      INFO(ascending[i] << " and " << ascending[j]);
      CHECK((a < b) == (i < j));
      CHECK((a == b) == (i == j));
      CHECK((a > b) == (i > j));
    }
  CHECK(numeric::parse("1.0") == numeric::parse("1.00"));
  CHECK(numeric(1) == numeric::parse("1.000"));
  std::unordered_set<numeric> const set{numeric(1), numeric::parse("1.0"), numeric::parse("10000"), numeric(1)};
  CHECK(set.size() == 2);
}
