// tusk: tests/types/char.cpp — "char" as char.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/array.hpp>
#include <tusk/types/char.hpp>

#include "types/check.hpp"

#include <cstdint>
#include <string>
#include <vector>

using namespace codec_test;

static_assert(tusk::parameter_type<char>() == oid::char_ && tusk::codec<char>::array == oid::char_array);
static_assert(tusk::codec<char>::width == 1 && tusk::cpp_name<char>() == "char");
static_assert(!tusk::reads<char>(oid::bpchar) && !tusk::reads<char>(oid::text) && !tusk::reads<char>(oid::bool_));
static_assert(!tusk::decodable<signed char> && !tusk::decodable<unsigned char> && !tusk::decodable<std::int8_t>);

// Many of them are read as an array, but a std::vector<char> that is sent is hardly meant as one.
static_assert(tusk::decodable<std::vector<char>> && !tusk::sendable<std::vector<char>>);

TEST_CASE("char: every byte, both ways") {
  for (int i = 0; i < 256; ++i) {
    auto const sent = bytes{std::byte(i)};
    CHECK(decode<char>(sent) == static_cast<char>(i));
    CHECK(encode_bytes(static_cast<char>(i)) == sent);
  }
  CHECK(decode<char>("72") == 'r');
  CHECK(encode('\0') == "00");
  CHECK(encode('\xff') == "ff");
}

TEST_CASE("char: text both ways") {
  // As servers write it.
  auto const text = [](char value) {
    std::string out;
    tusk::put_text(value, out);
    return out;
  };
  CHECK(text('r') == "r");
  CHECK(text('\0') == "");
  CHECK(text('\\') == "\\");
  CHECK(text('\x7f') == "\x7f");
  CHECK(text('\x80') == "\\200");
  CHECK(text('\xff') == "\\377");
  for (int i = 0; i < 256; ++i) CHECK(tusk::from_text<char>(text(static_cast<char>(i))) == static_cast<char>(i));
  CHECK(tusk::from_text<char>("\\101") == 'A');
}

TEST_CASE("char: a text that is no single byte is refused") {
  for (auto wrong : {"ab", "\xc3\xa9", "\xff", "\\1", "\\37", "\\3777", "\\400", "\\38a", "\\xff", "\\\\"}) {
    INFO(wrong);
    CHECK_THROWS_WITH(tusk::from_text<char>(wrong),
                      '"' + std::string(wrong) +
                          "\" is no \"char\": write one ASCII character, nothing for a zero, or such as \\377");
  }
}

TEST_CASE("char: one byte") {
  CHECK(refused<char>("") == "it ends too early");
  CHECK(refused<char>("7272") == "bytes are left over");
  CHECK(storm<char>(unhex("72")).refused == 5);
}
