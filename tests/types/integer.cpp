// tusk: tests/types/integer.cpp — int2, int4 and int8.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/integer.hpp>

#include "types/check.hpp"

#include <cstdint>
#include <limits>

using namespace codec_test;

static_assert(tusk::decodable<short> && tusk::decodable<int> && tusk::decodable<long> && tusk::decodable<long long>);
static_assert(!tusk::decodable<signed char> && !tusk::decodable<unsigned char>);
static_assert(!tusk::encodable<unsigned> && !tusk::encodable<unsigned long> && !tusk::encodable<unsigned short>);
static_assert(!tusk::encodable<wchar_t> && !tusk::encodable<char8_t> && !tusk::encodable<char32_t>);

// What decides whether a column fits before its first row.
static_assert(tusk::reads<std::int64_t>(oid::int2) && tusk::reads<std::int64_t>(oid::int4));
static_assert(tusk::reads<std::int32_t>(oid::int2) && !tusk::reads<std::int32_t>(oid::int8));
static_assert(!tusk::reads<std::int16_t>(oid::int4) && !tusk::reads<std::int64_t>(oid::oid));
static_assert(tusk::parameter_type<std::int16_t>() == oid::int2 && tusk::parameter_type<long long>() == oid::int8);
static_assert(tusk::cpp_name<long>() == tusk::cpp_name<std::int64_t>() || sizeof(long) == 4);
static_assert(tusk::cpp_name<long long>() == "std::int64_t" && tusk::cpp_name<int>() == "std::int32_t");

namespace {

template <class T> void all_powers_of_two() {
  for (int shift = 0; shift < std::numeric_limits<T>::digits; ++shift)
    for (int sign : {1, -1}) {
      T const value = static_cast<T>(sign * (T{1} << shift));
      std::string expected;
      for (int at = static_cast<int>(sizeof(T)) * 2 - 1; at >= 0; --at)
        expected += "0123456789abcdef"[static_cast<unsigned long long>(value) >> (4 * at) & 15];
      CHECK(encode(value) == expected);
      CHECK(decode<T>(expected) == value);
    }
}

} // namespace

TEST_CASE("integers: both ways") {
  all_powers_of_two<short>();
  all_powers_of_two<int>();
  all_powers_of_two<long>();
  all_powers_of_two<long long>();
  CHECK(encode(std::numeric_limits<std::int64_t>::min()) == "8000000000000000");
  CHECK(decode<std::int64_t>("8000000000000000") == std::numeric_limits<std::int64_t>::min());
  CHECK(decode<std::int32_t>("80000000") == std::numeric_limits<std::int32_t>::min());
  CHECK(decode<std::int16_t>("8000") == std::numeric_limits<std::int16_t>::min());
  CHECK(decode<std::int16_t>("7fff") == 32767);
}

TEST_CASE("integers: the wire length selects the width, with its sign") {
  CHECK(decode<std::int64_t>("ffff", oid::int2) == -1);
  CHECK(decode<std::int64_t>("fffffffe", oid::int4) == -2);
  CHECK(decode<std::int64_t>("7fffffff", oid::int4) == 2147483647);
  CHECK(decode<std::int32_t>("8000", oid::int2) == -32768);
  CHECK(decode<long long>("0001", oid::int2) == 1);
}

TEST_CASE("integers: no other length is one, and none is cut off") {
  auto const why = "it has not the length of an integer that fits";
  for (auto sent : {"", "00", "000000", "0000000000", "000000000000", "00000000000000", "000000000000000000"}) {
    CHECK(refused<std::int64_t>(sent) == why);
    CHECK(refused<std::int32_t>(sent) == why);
    CHECK(refused<std::int16_t>(sent) == why);
  }
  CHECK(refused<std::int32_t>("0000000000000001") == why);
  CHECK(refused<std::int16_t>("00000001") == why);
}

TEST_CASE("integer: text both ways") {
  for (std::int64_t i : {std::int64_t{0}, std::int64_t{-1}, INT64_MAX, INT64_MIN})
    CHECK(tusk::from_text<std::int64_t>(text_of(i)) == i);
  CHECK(text_of(std::int16_t{-32768}) == "-32768");
  CHECK(tusk::from_text<std::int16_t>("-32768") == -32768);
  for (auto wrong : {"", "-", "+1", "1.0", " 1", "32768", "-32769", "0x1", "99999999999999999999"})
    CHECK(unreadable<std::int16_t>(wrong) == '"' + std::string(wrong) + "\" is no integer of 16 bits");
  CHECK(unreadable<std::int64_t>("9223372036854775808") != "");
  CHECK(unreadable<std::int64_t>("-9223372036854775809") != "");
}
