// tusk: tests/types/money.cpp — tusk::money.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/money.hpp>

#include "types/check.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

using namespace codec_test;
using tusk::money;

static_assert(!std::is_aggregate_v<money> && !std::is_convertible_v<std::int64_t, money> &&
              !std::is_convertible_v<money, std::int64_t>);
static_assert(tusk::parameter_type<money>() == oid::money && tusk::codec<money>::array == oid::money_array);
static_assert(tusk::codec<money>::width == 8 && !tusk::reads<money>(oid::int8) && !tusk::reads<money>(oid::numeric));
static_assert(tusk::cpp_name<money>() == "tusk::money");
static_assert(money::parse("$1,234.50").units() == 123450 && money() == money(0));
static_assert(money(-1) < money(0) && money(0) < money(1));

namespace {

using limits = std::numeric_limits<std::int64_t>;

} // namespace

TEST_CASE("money: bytes and text, both ways") {
  struct known {
    char const* sent;
    char const* text;
  };
  for (auto const& [sent, text] : {known{"0000000000000000", "$0.00"},
                                   {"fffffffffffffb2e", "-$12.34"},
                                   {"8000000000000000", "-$92,233,720,368,547,758.08"},
                                   {"7fffffffffffffff", "$92,233,720,368,547,758.07"},
                                   {"ffffffffffffffff", "-$0.01"},
                                   {"000000000001e23a", "$1,234.50"}}) {
    INFO(text);
    auto const amount = decode<money>(sent);
    CHECK(to_string(amount) == text);
    CHECK(money::parse(text) == amount);
    CHECK(encode(amount) == sent);
  }
}

TEST_CASE("money: thousands have their comma") {
  CHECK(to_string(money(99)) == "$0.99");
  CHECK(to_string(money(100)) == "$1.00");
  CHECK(to_string(money(99999)) == "$999.99");
  CHECK(to_string(money(100000)) == "$1,000.00");
  CHECK(to_string(money(99999999)) == "$999,999.99");
  CHECK(to_string(money(-100000000)) == "-$1,000,000.00");
  for (std::int64_t n = 1; n < limits::max() / 10; n *= 10)
    for (auto units : {n, -n, n - 1, 1 - n}) CHECK(money::parse(to_string(money(units))) == money(units));
}

TEST_CASE("money: what else is read") {
  CHECK(money::parse("1234.5") == money(123450));
  CHECK(money::parse("1234") == money(123400));
  CHECK(money::parse("+$1.05") == money(105));
  CHECK(money::parse("$-1.05") == money(-105));
  CHECK(money::parse("$+1.05") == money(105));
  CHECK(money::parse("-1,234,567") == money(-123456700));
  CHECK(money::parse("-0.00") == money(0));
  CHECK(money::parse("-92233720368547758.08") == money(limits::min()));
}

TEST_CASE("money: anything else is refused, nothing is rounded") {
  for (auto text : {"",
                    "$",
                    "-",
                    "-$",
                    ".",
                    "$.",
                    ".5",
                    "5.",
                    "$5.",
                    "1.234",
                    "1.005",
                    "1,23",
                    "1,2345",
                    "1234,567",
                    ",123",
                    "1,,234",
                    "1,234,",
                    "1.2.3",
                    "1.5,000",
                    "--1",
                    "-$-1",
                    "$$1",
                    "1$",
                    "(1.00)",
                    "1-",
                    " 1",
                    "1 ",
                    "$ 1",
                    "1e3",
                    "EUR 1",
                    "92233720368547758.08",
                    "-92233720368547758.09",
                    "99999999999999999999"}) {
    INFO(text);
    CHECK(unreadable<money>(text) ==
          '"' + std::string(text) + "\" is no money: write an amount such as $1,234.50 or -$12.34");
  }
}

TEST_CASE("money: eight bytes") {
  CHECK(refused<money>("00000000000000") == "it ends too early");
  CHECK(refused<money>("000000000000000000") == "bytes are left over");
  CHECK(storm<money>(unhex("fffffffffffffb2e")).refused == 12);
}
