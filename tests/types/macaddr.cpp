// tusk: tests/types/macaddr.cpp — tusk::macaddr and tusk::macaddr8.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/macaddr.hpp>

#include "types/check.hpp"

#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>

using namespace codec_test;
using tusk::macaddr;
using tusk::macaddr8;

static_assert(std::is_trivially_copyable_v<macaddr> && sizeof(macaddr) == 6 && sizeof(macaddr8) == 8);
static_assert(!std::is_convertible_v<macaddr, macaddr8> && !std::is_convertible_v<macaddr8, macaddr>);
static_assert(!tusk::reads<macaddr8>(oid::macaddr) && !tusk::reads<macaddr>(oid::macaddr8));
static_assert(tusk::parameter_type<macaddr>() == oid::macaddr && tusk::parameter_type<macaddr8>() == oid::macaddr8);
static_assert(tusk::codec<macaddr>::array == oid::macaddr_array && tusk::codec<macaddr>::width == 6);
static_assert(tusk::codec<macaddr8>::array == oid::macaddr8_array && tusk::codec<macaddr8>::width == 8);
static_assert(tusk::cpp_name<macaddr>() == "tusk::macaddr" && tusk::cpp_name<macaddr8>() == "tusk::macaddr8");
static_assert(macaddr::parse("08:00:2b:01:02:03").bytes[2] == std::byte{0x2b});
static_assert(macaddr8::parse("08:00:2b:01:02:03").bytes[3] == std::byte{0xff});

TEST_CASE("macaddr: bytes both ways") {
  CHECK(to_string(decode<macaddr>("08002b010203")) == "08:00:2b:01:02:03");
  CHECK(encode(macaddr::parse("08:00:2b:01:02:03")) == "08002b010203");
  CHECK(encode(macaddr{}) == "000000000000");
  CHECK(to_string(decode<macaddr>("ffffffffffff")) == "ff:ff:ff:ff:ff:ff");
  CHECK(to_string(decode<macaddr8>("08002bfffe010203")) == "08:00:2b:ff:fe:01:02:03");
  CHECK(encode(macaddr8::parse("08:00:2b:01:02:03:04:05")) == "08002b0102030405");
}

TEST_CASE("macaddr: six bytes or eight, no more and no fewer") {
  CHECK(refused<macaddr>("08002b0102") == "it ends too early");
  CHECK(refused<macaddr>("08002b01020304") == "bytes are left over");
  CHECK(refused<macaddr8>("08002b010203") == "it ends too early");
  CHECK(refused<macaddr8>("08002b010203040506") == "bytes are left over");
  CHECK(storm<macaddr>(unhex("08002b010203")).refused == 10);
  CHECK(storm<macaddr8>(unhex("08002b0102030405")).refused == 12);
}

TEST_CASE("macaddr: what PostgreSQL's manual lists is read") {
  for (auto text : {"08:00:2b:01:02:03", "08-00-2b-01-02-03", "08002b:010203", "08002b-010203", "0800.2b01.0203",
                    "0800-2b01-0203", "08002b010203", "08:00:2B:01:02:03", "8:0:2b:1:2:3", "8-00-2b-1-02-3"}) {
    INFO(text);
    CHECK(encode(macaddr::parse(text)) == "08002b010203");
  }
  for (auto text : {"08:00:2b:01:02:03:04:05", "08-00-2b-01-02-03-04-05", "08002b:0102030405", "08002b-0102030405",
                    "0800.2b01.0203.0405", "0800-2b01-0203-0405", "08002b01:02030405", "08002B0102030405"}) {
    INFO(text);
    CHECK(encode(macaddr8::parse(text)) == "08002b0102030405");
  }
  for (auto text : {"08:00:2b:01:02:03", "08-00-2b-01-02-03", "08002b:010203", "0800.2b01.0203", "08002b010203"}) {
    INFO(text);
    CHECK(encode(macaddr8::parse(text)) == "08002bfffe010203");
  }
}

TEST_CASE("macaddr: anything else is refused, and shown") {
  for (auto text : {"",
                    ":",
                    "08",
                    "08:00:2b:01:02",
                    "08:00:2b:01:02:03:",
                    ":08:00:2b:01:02:03",
                    "08:00:2b:01:02:03:04",
                    "08:00-2b:01:02:03",
                    "08:00:2b:01:02:0g",
                    "08::2b:01:02:03",
                    "008:00:2b:01:02:03",
                    "08.00.2b.01.02.03",
                    "08002b.010203",
                    "0800:2b01:0203",
                    "0800.2b01-0203",
                    "08002b01020",
                    "08002b0102030",
                    " 08:00:2b:01:02:03",
                    "08:00:2b:01:02:03 ",
                    "080:02b:010:203",
                    "0x08:00:2b:01:02:03",
                    "08:00:2b:01:02:100",
                    "08002b:01:02:03",
                    "08002b01:0203"}) {
    INFO(text);
    CHECK(unreadable<macaddr>(text) ==
          '"' + std::string(text) + "\" is no macaddr: write six bytes such as 08:00:2b:01:02:03");
  }
  for (auto text : {"", "0", ":", "08", "08:00:2b:01:02", "08:00:2b:01:02:03:", "08:00:2b:01:02:03:04",
                    "08:00:2b:01:02:03:04:05:", "08:00:2b:01:02:03:04:05:06", "08:00-2b:01:02:03:04:05",
                    "08::00:2b:01:02:03:04:05", "8:0:2b:1:2:3:4:5", "08:00:2b:01:02:03:04:0g",
                    "08 00 2b 01 02 03 04 05", " 08002b0102030405", "08002b0102030405 ", "080:02b010203"}) {
    INFO(text);
    CHECK(unreadable<macaddr8>(text) ==
          '"' + std::string(text) + "\" is no macaddr8: write eight bytes such as 08:00:2b:01:02:03:04:05");
  }
  CHECK(unreadable<macaddr>(std::string_view("08\0", 3)).starts_with("\"08\\x00\" is no macaddr"));
  CHECK(unreadable<macaddr8>(std::string_view("08\00000\0002b\00001\00002\00003", 17)).starts_with("\"08\\x0000\\x00"));
}

TEST_CASE("macaddr: text and value, there and back") {
  for (std::size_t bit = 0; bit < 64; ++bit) {
    macaddr8 longer;
    longer.bytes[bit / 8] = std::byte{1} << bit % 8;
    CHECK(macaddr8::parse(to_string(longer)) == longer);
    if (bit >= 48) continue;
    macaddr address;
    address.bytes[bit / 8] = std::byte{1} << bit % 8;
    CHECK(macaddr::parse(to_string(address)) == address);
  }
}

TEST_CASE("macaddr: ordered byte by byte, unsigned, and hashed") {
  auto const low = macaddr::parse("00:00:00:00:00:ff");
  auto const middle = macaddr::parse("7f:00:00:00:00:00");
  auto const high = macaddr::parse("80:00:00:00:00:00");
  CHECK(low < middle);
  CHECK(middle < high);
  CHECK(std::unordered_set<macaddr>{low, middle, high, low}.size() == 3);
  CHECK(macaddr8::parse("7f00000000000001") < macaddr8::parse("8000000000000000"));
  CHECK(std::unordered_set<macaddr8>{macaddr8{}, macaddr8::parse("0000000000000001"), macaddr8{}}.size() == 2);
}
