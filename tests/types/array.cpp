// tusk: tests/types/array.cpp — std::vector, std::array and std::span as arrays.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/all.hpp>

#include "types/check.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace codec_test;
using namespace std::string_literals;

template <class T> using maybe = std::vector<std::optional<T>>;
using ints = std::vector<std::int32_t>;
using longs = std::vector<std::int64_t>;
using strings = std::vector<std::string>;

static_assert(tusk::parameter_type<ints>() == oid::int4_array && tusk::parameter_type<strings>() == oid::text_array);
static_assert(tusk::parameter_type<std::span<std::string_view const>>() == oid::text_array);
static_assert(!tusk::sent_as_text<strings>());
static_assert(tusk::reads<longs>(oid::int2_array) && tusk::reads<longs>(oid::int4_array));
static_assert(!tusk::reads<ints>(oid::int8_array) && !tusk::reads<ints>(oid::int4));
static_assert(tusk::reads<strings>(oid::varchar_array) && tusk::reads<strings>(oid::jsonb_array));
static_assert(tusk::reads<std::vector<oid>>(oid::oidvector) && tusk::reads<ints>(oid::int2vector));
static_assert(!tusk::reads<strings>(oid::int2vector));
static_assert(tusk::borrows_v<std::vector<std::string_view>> && tusk::borrows_v<maybe<std::string_view>>);
static_assert(!tusk::borrows_v<strings>);

// Parameters only, no arrays of arrays, no arrays of what is no type.
static_assert(tusk::encodable<std::span<int const>> && !tusk::decodable<std::span<int const>>);
static_assert(tusk::encodable<std::span<int>> && tusk::encodable<std::span<std::optional<bool> const, 3>>);
static_assert(!tusk::decodable<std::vector<ints>> && !tusk::encodable<std::array<ints, 2>>);
static_assert(!tusk::encodable<std::vector<void*>> && !tusk::encodable<std::span<unsigned const>>);
static_assert(tusk::encodable<std::vector<std::chrono::sys_seconds>>);
static_assert(!tusk::decodable<std::vector<std::chrono::sys_seconds>>);

static_assert(tusk::cpp_name<longs>() == "std::vector<std::int64_t>");
static_assert(tusk::cpp_name<maybe<std::string>>() == "std::vector<std::optional<std::string>>");
static_assert(tusk::cpp_name<std::array<tusk::uuid, 120>>() == "std::array<tusk::uuid, 120>");
static_assert(tusk::cpp_name<std::span<bool>>() == "std::span<bool const>");

namespace {

std::string head(unsigned size, std::string const& element, char const* has_nulls = "00000000") {
  return "00000001" + std::string(has_nulls) + element + hex(encode_bytes(static_cast<std::int32_t>(size))) +
         "00000001";
}
auto const int4 = "00000017"s, text = "00000019"s, boolean = "00000010"s, int8 = "00000014"s;

} // namespace

TEST_CASE("array: both ways") {
  auto const sent = head(3, int4) + "0000000400000001" + "00000004ffffffff" + "000000047fffffff";
  ints const value{1, -1, 2147483647};
  CHECK(decode<ints>(sent) == value);
  CHECK(encode(value) == sent);
  CHECK(encode(std::span(value)) == sent);
  CHECK(encode(std::span<std::int32_t const, 3>(value)) == sent);
  std::array<std::int32_t, 3> const fixed{1, -1, 2147483647};
  CHECK(decode<std::array<std::int32_t, 3>>(sent) == fixed);
  CHECK(encode(fixed) == sent);
  CHECK(decode<maybe<std::int32_t>>(sent) == maybe<std::int32_t>{1, -1, 2147483647});
}

TEST_CASE("array: texts") {
  auto const sent = head(3, text) + "00000000" + "0000000161" + "00000003c3bc21";
  CHECK(decode<strings>(sent) == strings{"", "a", "\xc3\xbc!"});
  CHECK(encode(strings{"", "a", "\xc3\xbc!"}) == sent);
  std::vector<std::string_view> const views{"", "a", "\xc3\xbc!"};
  CHECK(encode(views) == sent);
}

TEST_CASE("array: elements that borrow point into the received bytes") {
  auto const sent = unhex(head(2, text) + "0000000161" + "000000026263");
  tusk::reader in{tusk::wire::byte_view(sent)};
  std::vector<std::string_view> out;
  tusk::codec<std::vector<std::string_view>>::decode(in, out);
  REQUIRE(out.size() == 2);
  CHECK(out[1] == "bc");
  CHECK(static_cast<void const*>(out[1].data()) == sent.data() + sent.size() - 2);
}

TEST_CASE("array: bools, whose vector has no references") {
  auto const sent = head(3, boolean) + "0000000101" + "0000000100" + "0000000101";
  CHECK(decode<std::vector<bool>>(sent) == std::vector<bool>{true, false, true});
  CHECK(encode(std::vector<bool>{true, false, true}) == sent);
  CHECK(refused<std::vector<bool>>(head(2, boolean) + "0000000101" + "0000000102") ==
        "element 2: it is neither 0 nor 1");
}

TEST_CASE("array: NULLs") {
  auto const sent = head(3, int4, "00000001") + "0000000400000001" + "ffffffff" + "0000000400000003";
  CHECK(decode<maybe<std::int32_t>>(sent) == maybe<std::int32_t>{1, std::nullopt, 3});
  CHECK(encode(maybe<std::int32_t>{1, std::nullopt, 3}) == sent);
  auto const texts = head(2, text, "00000001") + "ffffffff" + "00000000";
  CHECK(decode<maybe<std::string>>(texts) == maybe<std::string>{std::nullopt, ""});
  CHECK(encode(maybe<std::string>{std::nullopt, ""}) == texts);
  CHECK(encode(std::array<std::optional<std::string_view>, 2>{std::nullopt, ""}) == texts);

  ints out;
  auto const came_to = decode_into(unhex(sent), out);
  CHECK(came_to.why == "element 2 is NULL: use std::optional");
  CHECK(came_to.code == tusk::errc::unexpected_null);
  CHECK(refused<strings>(texts) == "element 1 is NULL: use std::optional");
}

TEST_CASE("array: an empty one has no dimension") {
  auto const sent = "00000000"s + "00000000" + int4;
  CHECK(decode<ints>(sent).empty());
  CHECK(encode(ints{}) == sent);
  CHECK(encode(std::span<std::int32_t const>{}) == sent);
  CHECK(encode(std::array<std::int32_t, 0>{}) == sent);
  CHECK(decode<std::array<std::int32_t, 0>>(sent).empty());
  CHECK(decode<ints>(head(0, int4)).empty());
  CHECK(refused<ints>(sent + "00") == "bytes are left over");
}

TEST_CASE("array: narrower elements are widened") {
  CHECK(decode<longs>(head(2, int4) + "00000004ffffffff" + "0000000400000002", oid::int4_array) == longs{-1, 2});
  CHECK(decode<longs>(head(2, "00000015") + "00000002ffff" + "000000020002", oid::int2_array) == longs{-1, 2});
  CHECK(decode<std::vector<double>>(head(1, "000002bc") + "000000043f800000") == std::vector<double>{1});
}

TEST_CASE("array: jsonb as text, known by the element's type") {
  auto const sent = head(2, "00000eda") + "000000030131 30" + "00000002015b";
  CHECK(decode<strings>(sent, oid::jsonb_array) == strings{"10", "["});
  CHECK(decode<strings>(head(1, text) + "000000020131") == strings{"\x01"
                                                                   "1"});
  CHECK(decode<std::vector<tusk::jsonb>>(head(1, "00000eda") + "000000020131").at(0).text() == "1");
}

TEST_CASE("array: the first element is the first, whatever its subscript") {
  for (auto lower : {"00000000", "fffffff6", "0000000a", "80000000", "7ffffffe"})
    CHECK(decode<ints>("00000001"s + "00000000" + int4 + "00000001" + lower + "0000000400000007") == ints{7});
  CHECK(refused<ints>("00000001"s + "00000000" + int4 + "00000001" + "7fffffff" + "0000000400000007") ==
        "its bounds are impossible");
}

TEST_CASE("array: std::array takes exactly as many as it has") {
  auto const sent = head(2, int4) + "0000000400000001" + "0000000400000002";
  CHECK(decode<std::array<std::int32_t, 2>>(sent) == std::array<std::int32_t, 2>{1, 2});
  CHECK(refused<std::array<std::int32_t, 3>>(sent) == "it has 2 elements, not 3: use std::vector");
  CHECK(refused<std::array<std::int32_t, 1>>(sent) == "it has 2 elements, not 1: use std::vector");
  CHECK(refused<std::array<std::int32_t, 1>>("0000000000000000" + int4) == "it has 0 elements, not 1: use std::vector");
}

TEST_CASE("array: more than one dimension is told from nonsense") {
  auto const two =
      "00000002"s + "00000000" + int4 + "00000001" + "00000001" + "00000001" + "00000001" + "0000000400000007";
  CHECK(refused<ints>(two) == "it has more than one dimension");
  CHECK(refused<ints>("00000006"s + "00000000" + int4) == "it has more than one dimension");
  for (auto dimensions : {"00000007", "7fffffff", "ffffffff", "80000000"})
    CHECK(refused<ints>(dimensions + "00000000"s + int4 + "00000001" + "00000001" + "0000000400000007") ==
          "it does not begin as an array does");
  for (auto has_nulls : {"00000002", "ffffffff", "80000001"})
    CHECK(refused<ints>(head(1, int4, has_nulls) + "0000000400000007") == "it does not begin as an array does");
}

TEST_CASE("array: elements of another type") {
  for (auto const& element : {int8, text, boolean, "00000000"s, "ffffffff"s})
    CHECK(refused<ints>(head(1, element) + "0000000400000007") == "its elements are of another type than expected");
  CHECK(refused<strings>("0000000000000000" + int4) == "its elements are of another type than expected");
}

TEST_CASE("array: every type's array is called as the type is") {
  int arrays = 0;
  for (std::uint32_t number = 0; number < 10'000; ++number) {
    auto const type = oid(number), its_array = tusk::wire::array_of(type);
    if (its_array == oid::none) continue;
    ++arrays;
    CHECK(tusk::wire::type_name(its_array) == tusk::wire::type_name(type) + "[]");
  }
  CHECK(arrays == 78);
}

TEST_CASE("array: sizes that the bytes do not bear out allocate nothing") {
  // 8 and 12 bytes times 0x40000001 are 8 and 12 in 32 bits, which is what is there.
  for (unsigned size : {2u, 3u, 1000u, 0x20000001u, 0x40000001u, 0x55555556u, 0x7ffffffeu, 0x7fffffffu}) {
    ints out;
    CHECK(decode_into(unhex(head(size, int4) + "0000000400000007"), out).why != "");
    CHECK(out.capacity() <= 2);
    maybe<std::string> texts;
    CHECK(decode_into(unhex(head(size, text) + "0000000161"), texts).why != "");
    CHECK(texts.capacity() == 0);
    longs wide;
    CHECK(decode_into(unhex(head(size, int8) + "000000080000000000000007"), wide).why != "");
    CHECK(wide.capacity() <= 3);
  }
  for (unsigned size : {0x80000000u, 0xffffffffu})
    CHECK(refused<ints>(head(size, int4) + "0000000400000007") == "its bounds are impossible");
}

TEST_CASE("array: sizes of elements") {
  CHECK(refused<ints>(head(1, int4) + "00000005" + "0000000007") != "");
  CHECK(refused<ints>(head(2, int4) + "00000003" + "000000" + "00000005" + "0000000000") ==
        "element 1: it has not the length of an integer that fits");
  CHECK(refused<std::vector<tusk::uuid>>(head(1, "00000b86") + "00000011" + std::string(34, '0')) ==
        "element 1: it is longer than its type");
  CHECK(refused<std::vector<tusk::uuid>>(head(1, "00000b86") + "0000000f" + std::string(30, '0')) ==
        "element 1: it ends too early");
  for (auto size : {"fffffffe", "80000000", "7fffffff", "00000002"})
    CHECK(refused<strings>(head(1, text) + size + "61") == "it ends too early");
  CHECK(refused<strings>(head(1, text) + "0000000161" + "00") == "bytes are left over");
}

TEST_CASE("array: an earlier value is overwritten and its memory kept") {
  strings out{std::string(100, 'x'), std::string(100, 'y'), std::string(100, 'z')};
  auto const* memory = out[0].data();
  auto const* elements = out.data();
  CHECK(decode_into(unhex(head(2, text) + "0000000161" + "00000000"), out).why == "");
  CHECK(out == strings{"a", ""});
  CHECK(out[0].data() == memory);
  CHECK(out.data() == elements);

  maybe<std::int32_t> numbers{1, 2, std::nullopt, 4};
  CHECK(decode_into(unhex(head(3, int4, "00000001") + "ffffffff" + "0000000400000005" + "ffffffff"), numbers).why ==
        "");
  CHECK(numbers == maybe<std::int32_t>{std::nullopt, 5, std::nullopt});
  CHECK(decode_into(unhex(head(1, int4) + "0000000400000006"), numbers).why == "");
  CHECK(numbers == maybe<std::int32_t>{6});
}

TEST_CASE("array: what an element cannot be names the element") {
  CHECK(unsendable(strings{"a", "b\0"s}) == "element 2: byte 2 of its 2 is NUL, which PostgreSQL's text cannot hold");
  CHECK(unsendable(std::vector<std::chrono::sys_days>{std::chrono::sys_days::max() - std::chrono::days(1)})
            .starts_with("element 1: day "));
}

TEST_CASE("array: a span longer than PostgreSQL's limit is refused before it is read") {
  bool const one = true;
  std::span<bool const> const too_long(&one, 134'217'728);
  CHECK(unsendable(too_long) == "it has 134217728 elements, PostgreSQL takes 134217727");
}

TEST_CASE("array: a long one") {
  longs value(10'000);
  for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<std::int64_t>(i * i * i);
  auto const sent = encode_bytes(value);
  CHECK(sent.size() == 20 + 12 * value.size());
  CHECK(decode<longs>(sent) == value);
}

TEST_CASE("array: no damage goes unnoticed or hurts") {
  auto const numbers = encode_bytes(longs{1, -2, 3});
  auto const count = storm<longs>(numbers);
  CHECK(count.refused + count.taken == numbers.size() * 9 + 4);
  CHECK(count.taken >= 3 * 64);                    // bits of values, and of the lower bound
  CHECK(count.refused >= 12 * 3 + numbers.size()); // bits of sizes, each truncation
  storm<maybe<std::int64_t>>(encode_bytes(maybe<std::int64_t>{1, std::nullopt, 3}));
  storm<maybe<std::string>>(encode_bytes(maybe<std::string>{"abc", std::nullopt, ""}));
  storm<std::vector<bool>>(encode_bytes(std::vector<bool>{true, false, true}));
  storm<std::array<std::optional<tusk::uuid>, 2>>(encode_bytes(std::array<std::optional<tusk::uuid>, 2>{}));
  storm<std::vector<std::string_view>>(encode_bytes(strings{"abc", "def"}));
  storm<strings>(unhex(head(2, "00000eda") + "00000003013130" + "00000002015b"));
}
