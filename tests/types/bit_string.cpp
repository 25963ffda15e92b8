// tusk: tests/types/bit_string.cpp — tusk::bit_string.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/bit_string.hpp>

#include "types/check.hpp"

#include <compare>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

using namespace codec_test;
using tusk::bit_string;

static_assert(!std::is_aggregate_v<bit_string> && std::is_nothrow_move_constructible_v<bit_string>);
static_assert(!std::is_convertible_v<std::size_t, bit_string> && !std::is_convertible_v<std::string, bit_string>);
static_assert(tusk::parameter_type<bit_string>() == oid::varbit && tusk::reads<bit_string>(oid::bit));
static_assert(!tusk::reads<bit_string>(oid::bytea) && tusk::codec<bit_string>::array == oid::varbit_array);
static_assert(tusk::cpp_name<bit_string>() == "tusk::bit_string");

namespace {

struct known {
  char const* sent;
  char const* text;
};

// Bytes and text from a server.
constexpr known values[] = {
    {"00000000", ""},
    {"0000000180", "1"},
    {"0000000100", "0"},
    {"0000000aa000", "1010000000"},
    {"00000020deadbeef", "11011110101011011011111011101111"},
    {"00000009aa80", "101010101"},
    {"0000000801", "00000001"},
};

} // namespace

TEST_CASE("bit_string: bytes and text, both ways") {
  for (auto const& [sent, text] : values) {
    INFO(text);
    auto const bits = decode<bit_string>(sent);
    CHECK(to_string(bits) == text);
    CHECK(bits.size() == std::string_view(text).size());
    CHECK(bit_string::parse(text) == bits);
    CHECK(encode(bits) == sent);
    CHECK(decode<bit_string>(sent, oid::bit) == bits);
  }
}

TEST_CASE("bit_string: bit by bit") {
  bit_string bits;
  CHECK(bits.empty());
  std::string expected;
  for (std::size_t i = 0; i < 100; ++i) {
    bits.push_back(i % 3 == 0);
    expected += i % 3 == 0 ? '1' : '0';
    REQUIRE(to_string(bits) == expected);
    CHECK(bits == bit_string::parse(expected));
  }
  CHECK(bits.size() == 100);
  CHECK(bits[99]);
  CHECK_FALSE(bits[98]);
  bits.set(98);
  bits.set(99, false);
  CHECK(bits[98]);
  CHECK_FALSE(bits[99]);
  bits.clear();
  CHECK(bits == bit_string());
}

TEST_CASE("bit_string: so many bits, all alike") {
  for (std::size_t n = 0; n < 20; ++n) {
    CHECK(to_string(bit_string(n)) == std::string(n, '0'));
    CHECK(to_string(bit_string(n, true)) == std::string(n, '1'));
    CHECK(bit_string(n, true) == bit_string::parse(std::string(n, '1')));
  }
  CHECK(encode(bit_string(9, true)) == "00000009ff80");
}

TEST_CASE("bit_string: out of packed bytes") {
  auto const packed = unhex("aa80");
  auto const bits = bit_string::from_bytes(packed, 9);
  CHECK(to_string(bits) == "101010101");
  CHECK(hex(bits.bytes()) == "aa80");
  CHECK_THROWS_WITH(bit_string::from_bytes(packed, 8), "no bit string: its bytes are not as many as its bits need");
  CHECK_THROWS_WITH(bit_string::from_bytes(packed, 17), "no bit string: its bytes are not as many as its bits need");
  CHECK_THROWS_WITH(bit_string::from_bytes(unhex("aac0"), 9), "no bit string: bits behind its last one are set");
  CHECK(bit_string::from_bytes({}, 0).empty());
}

TEST_CASE("bit_string: what else PostgreSQL reads") {
  CHECK(to_string(bit_string::parse("b101")) == "101");
  CHECK(to_string(bit_string::parse("B101")) == "101");
  CHECK(to_string(bit_string::parse("x1fA")) == "000111111010");
  CHECK(to_string(bit_string::parse("Xff")) == "11111111");
  CHECK(bit_string::parse("b").empty());
  CHECK(bit_string::parse("x").empty());
}

TEST_CASE("bit_string: anything else is refused, and shown") {
  for (auto text : {"2", "10 ", " 10", "1 0", "bx", "xb1g", "b'101'", "0b1", "0x1", "xx1", "bb1", "-1", "a"}) {
    INFO(text);
    CHECK(unreadable<bit_string>(text) ==
          '"' + std::string(text) +
              "\" is no bit string: write its bits, such as 1010, or x and hexadecimal digits, such as xff");
  }
}

TEST_CASE("bit_string: ordered as on servers") {
  // ORDER BY of a server.
  constexpr std::string_view ordered[] = {"",          "0",         "00", "00000000",  "000000000",
                                          "000000001", "01",        "1",  "10",        "10000000",
                                          "100000000", "100000001", "11", "111111111", "1111111111"};
  for (std::size_t i = 0; i < std::size(ordered); ++i)
    for (std::size_t j = 0; j < std::size(ordered); ++j) {
      INFO(ordered[i] << ' ' << ordered[j]);
      CHECK((bit_string::parse(ordered[i]) <=> bit_string::parse(ordered[j])) == (i <=> j));
      CHECK((bit_string::parse(ordered[i]) == bit_string::parse(ordered[j])) == (i == j));
    }
}

TEST_CASE("bit_string: impossible bytes") {
  CHECK(refused<bit_string>("") == "it ends too early");
  CHECK(refused<bit_string>("000000") == "it ends too early");
  CHECK(refused<bit_string>("ffffffff") == "its size is impossible");
  CHECK(refused<bit_string>("80000000") == "its size is impossible");
  CHECK(refused<bit_string>("7fffffff") == "its size is impossible");
  CHECK(refused<bit_string>("7ffffff8") == "its bytes are not as many as its bits need");
  CHECK(refused<bit_string>("00000009aa") == "its bytes are not as many as its bits need");
  CHECK(refused<bit_string>("00000008aa80") == "its bytes are not as many as its bits need");
  CHECK(refused<bit_string>("0000000000") == "its bytes are not as many as its bits need");
  CHECK(refused<bit_string>("00000009aac0") == "bits behind its last one are set");
  CHECK(refused<bit_string>("0000000181") == "bits behind its last one are set");
}

TEST_CASE("bit_string: damaged forms") {
  for (auto const& one : values) CHECK(storm<bit_string>(unhex(one.sent)).refused != 0);
}

TEST_CASE("bit_string: an earlier value is overwritten and its memory kept") {
  bit_string out(1000, true);
  auto const* memory = out.bytes().data();
  CHECK(decode_into(unhex("0000000180"), out).why == "");
  CHECK(to_string(out) == "1");
  CHECK(out.bytes().data() == memory);
}

TEST_CASE("bit_string: what was moved from is empty") {
  auto from = bit_string::parse("101");
  auto const to = std::move(from);
  CHECK(to_string(to) == "101");
  CHECK(encode(from) == "00000000"); // NOLINT: what a bit_string promises
  from.push_back(true);
  CHECK(to_string(from) == "1");
  bit_string other;
  other = std::move(from);
  CHECK(to_string(other) == "1");
  CHECK(from.empty()); // NOLINT
  auto& same = other;
  other = std::move(same);
  CHECK(to_string(other) == "1");
}
