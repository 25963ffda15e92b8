// tusk: tests/types/pg_lsn.cpp — tusk::pg_lsn.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/pg_lsn.hpp>

#include "types/check.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>

using namespace codec_test;
using tusk::pg_lsn;

static_assert(std::is_trivially_copyable_v<pg_lsn> && sizeof(pg_lsn) == 8 && !std::is_aggregate_v<pg_lsn>);
static_assert(!std::is_convertible_v<std::uint64_t, pg_lsn> && !std::is_convertible_v<pg_lsn, std::uint64_t>);
static_assert(tusk::parameter_type<pg_lsn>() == oid::pg_lsn && tusk::codec<pg_lsn>::width == 8);
static_assert(static_cast<std::uint32_t>(tusk::codec<pg_lsn>::array) == 3221, "_pg_lsn of the catalogue");
static_assert(!tusk::reads<pg_lsn>(oid::int8) && tusk::cpp_name<pg_lsn>() == "tusk::pg_lsn");
static_assert(pg_lsn::parse("16/B374D848").value() == 0x16'B374D848);
static_assert(pg_lsn(100) - pg_lsn(40) == 60 && pg_lsn(40) - pg_lsn(100) == -60);

TEST_CASE("pg_lsn: bytes and text, both ways") {
  struct known {
    char const* sent;
    char const* text;
  };
  for (auto const& [sent, text] : {known{"0000000000000000", "0/0"},
                                   {"ffffffffffffffff", "FFFFFFFF/FFFFFFFF"},
                                   {"00000016b374d848", "16/B374D848"},
                                   {"00000001000000a0", "1/A0"},
                                   {"1000000000000000", "10000000/0"}}) {
    INFO(text);
    CHECK(to_string(decode<pg_lsn>(sent)) == text);
    CHECK(encode(pg_lsn::parse(text)) == sent);
  }
}

TEST_CASE("pg_lsn: what else servers read and write") {
  CHECK(pg_lsn::parse("0/00000000") == pg_lsn()); // PostgreSQL 19
  CHECK(pg_lsn::parse("16/0374D848") == pg_lsn::parse("16/374D848"));
  CHECK(pg_lsn::parse("00000016/b374d848") == pg_lsn::parse("16/B374D848"));
}

TEST_CASE("pg_lsn: anything else is refused, and shown") {
  for (auto text : {"", "/", "0", "0/", "/0", "0/0/", "0//0", "0/0 ", " 0/0", "0 /0", "-1/0", "0/-1", "G/0", "0/G",
                    "0x1/0", "000000000/0", "0/000000000", "123456789/0"}) {
    INFO(text);
    CHECK(unreadable<pg_lsn>(text) ==
          '"' + std::string(text) + "\" is no pg_lsn: write two hexadecimal numbers such as 16/B374D848");
  }
}

TEST_CASE("pg_lsn: the difference in bytes, or an error") {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  pg_lsn const first, last(std::numeric_limits<std::uint64_t>::max());
  CHECK(pg_lsn::parse("1/0") - pg_lsn::parse("0/FFFFFFFF") == 1);
  CHECK(last - last == 0);
  CHECK(last - pg_lsn(last.value() - 5) == 5);
  CHECK(pg_lsn(most) - first == std::numeric_limits<std::int64_t>::max());
  CHECK(first - pg_lsn(most + 1) == std::numeric_limits<std::int64_t>::min());
  CHECK_THROWS_WITH(pg_lsn(most + 1) - first,
                    "80000000/0 and 0/0 are further apart than a std::int64_t can count bytes");
  CHECK_THROWS_AS(first - last, tusk::error);
  CHECK_THROWS_AS(last - first, tusk::error);
}

TEST_CASE("pg_lsn: ordered by age, unsigned, and hashed") {
  CHECK(pg_lsn::parse("0/FFFFFFFF") < pg_lsn::parse("1/0"));
  CHECK(pg_lsn::parse("7FFFFFFF/0") < pg_lsn::parse("80000000/0"));
  CHECK(std::unordered_set<pg_lsn>{pg_lsn(1), pg_lsn(2), pg_lsn(1)}.size() == 2);
}

TEST_CASE("pg_lsn: eight bytes") {
  CHECK(refused<pg_lsn>("00000016b374d8") == "it ends too early");
  CHECK(refused<pg_lsn>("00000016b374d84800") == "bytes are left over");
  CHECK(storm<pg_lsn>(unhex("00000016b374d848")).refused == 12);
}
