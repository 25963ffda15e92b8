// tusk: tests/types/xid.cpp — tusk::xid, tusk::xid8 and tusk::cid.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/xid.hpp>

#include "types/check.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>

using namespace codec_test;
using tusk::cid;
using tusk::xid;
using tusk::xid8;

static_assert(std::equality_comparable<xid> && !std::totally_ordered<xid>, "an xid wraps around");
static_assert(std::equality_comparable<cid> && !std::totally_ordered<cid> && std::totally_ordered<xid8>);
static_assert(!std::is_aggregate_v<xid> && !std::is_convertible_v<std::uint32_t, xid>);
static_assert(!std::is_constructible_v<xid8, xid> && !std::is_constructible_v<xid, xid8> &&
              !std::is_constructible_v<cid, xid>);
static_assert(tusk::parameter_type<xid>() == oid::xid && tusk::codec<xid>::array == oid::xid_array);
static_assert(tusk::parameter_type<cid>() == oid::cid && tusk::codec<cid>::array == oid::cid_array);
static_assert(tusk::parameter_type<xid8>() == oid::xid8 && tusk::codec<xid8>::array == oid::xid8_array);
static_assert(tusk::codec<xid>::width == 4 && tusk::codec<cid>::width == 4 && tusk::codec<xid8>::width == 8);
static_assert(!tusk::reads<xid>(oid::xid8) && !tusk::reads<xid8>(oid::xid) && !tusk::reads<xid>(oid::oid));
static_assert(tusk::cpp_name<xid>() == "tusk::xid" && tusk::cpp_name<xid8>() == "tusk::xid8" &&
              tusk::cpp_name<cid>() == "tusk::cid");
static_assert(xid::parse("4294967295").value() == 4294967295 && xid8(1) < xid8(0x8000000000000000));

TEST_CASE("xid: bytes and text, both ways") {
  CHECK(to_string(decode<xid>("00000000")) == "0");
  CHECK(to_string(decode<xid>("ffffffff")) == "4294967295");
  CHECK(encode(xid::parse("742")) == "000002e6");
  CHECK(to_string(decode<xid8>("ffffffffffffffff")) == "18446744073709551615");
  CHECK(encode(xid8::parse("18446744073709551615")) == "ffffffffffffffff");
  CHECK(encode(xid8::parse("0")) == "0000000000000000");
  CHECK(to_string(decode<cid>("80000000")) == "2147483648");
  CHECK(encode(cid::parse("2147483648")) == "80000000");
}

TEST_CASE("xid: anything else is refused, and shown") {
  for (auto text : {"", "-1", "+1", " 1", "1 ", "1.0", "0x10", "010", "00", "a", "99999999999999999999"}) {
    INFO(text);
    auto const shown = '"' + std::string(text) + "\" is no ";
    CHECK(unreadable<xid>(text) == shown + "xid: write a number from 0 to 4294967295");
    CHECK(unreadable<xid8>(text) == shown + "xid8: write a number from 0 to 18446744073709551615");
    CHECK(unreadable<cid>(text) == shown + "cid: write a number from 0 to 4294967295");
  }
  CHECK(unreadable<xid>("4294967296").starts_with("\"4294967296\" is no xid"));
  CHECK(unreadable<cid>("4294967296").starts_with("\"4294967296\" is no cid"));
  CHECK(unreadable<xid8>("18446744073709551616").starts_with("\"18446744073709551616\" is no xid8"));
}

TEST_CASE("xid: four bytes, xid8: eight") {
  CHECK(refused<xid>("000000") == "it ends too early");
  CHECK(refused<xid>("0000000000") == "bytes are left over");
  CHECK(refused<cid>("") == "it ends too early");
  CHECK(refused<xid8>("00000000") == "it ends too early");
  CHECK(refused<xid8>("000000000000000000") == "bytes are left over");
  CHECK(storm<xid>(unhex("000002e6")).refused == 8);
  CHECK(storm<cid>(unhex("000002e6")).refused == 8);
  CHECK(storm<xid8>(unhex("00000000000002e6")).refused == 12);
}

TEST_CASE("xid: hashed") {
  CHECK(std::unordered_set<xid>{xid(1), xid(2), xid(1)}.size() == 2);
  CHECK(std::unordered_set<xid8>{xid8(1), xid8(2), xid8(1)}.size() == 2);
  CHECK(std::unordered_set<cid>{cid(1), cid(2), cid(1)}.size() == 2);
}
